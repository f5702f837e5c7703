/// Finds what people leave behind: unfinished work, debugging output, paths of one machine.
enum Leftovers {
    /// Words that mark unfinished work; split here so that this file does not name them.
    static let unfinished = ["FIX" + "ME", "TO" + "DO", "XX" + "X", "HA" + "CK"]

    /// Folders that exist on one machine only; split for the same reason.
    static let machinePaths = ["/wo" + "rk", "/tmp" + "/h", "/tmp" + "/bash_jobs"]

    /// Lines of `file` that say by themselves that they are unfinished.
    static func unfinishedWork(in file: SourceFile) -> [Violation] {
        find(unfinished, in: file, message: "unfinished work") { before, after in
            !isWord(before) && !isWord(after)
        }
    }

    /// Lines of `file` with an absolute path that exists on one machine only.
    static func machinePaths(in file: SourceFile) -> [Violation] {
        find(machinePaths, in: file, message: "a path of one machine") { before, after in
            let startsPath = before.map { !isWord($0) && !".-/~}$".contains($0) } ?? true
            return startsPath && !isWord(after) && after != "-"
        }
    }

    /// Calls of `print` in `file`: a library that prints writes into somebody's output.
    static func printing(in file: SourceFile) -> [Violation] {
        find(["print("], in: file, message: "print outside the command line") { before, _ in
            !isWord(before) && before != "." && before != "`"
        }
        .filter { !file.lines[$0.line - 1].contains("case print(") }
    }

    /// Finds whole occurrences of `needles`; `isWhole` judges the characters on both sides.
    private static func find(
        _ needles: [String], in file: SourceFile, message: String,
        isWhole: (Character?, Character?) -> Bool
    ) -> [Violation] {
        file.numberedLines.flatMap { number, text in
            needles.flatMap { needle in
                text.ranges(of: needle).compactMap { range in
                    let before = text[..<range.lowerBound].last
                    let after = text[range.upperBound...].first
                    guard isWhole(before, after) else { return nil }
                    return Violation(path: file.path, line: number, message: message)
                }
            }
        }
    }

    private static func isWord(_ character: Character?) -> Bool {
        guard let character else { return false }
        return character.isLetter || character.isNumber || character == "_"
    }
}

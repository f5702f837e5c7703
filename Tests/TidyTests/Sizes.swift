/// Finds lines and files that are too long.
enum Sizes {
    /// The lines of `file` with more than ``TidyLimits/lineCharacters`` characters.
    ///
    /// In Swift these are the comments: code is the formatter's, which leaves only what cannot be
    /// broken, such as a text for people.
    static func longLines(in file: SourceFile) -> [Violation] {
        file.numberedLines.compactMap { number, text in
            // Bytes are counted first: they are at hand, and hardly any line needs more.
            guard text.utf8.count > TidyLimits.lineCharacters else { return nil }
            if file.isSwift, !text.drop(while: { $0 == " " }).hasPrefix("//") { return nil }
            let length = text.count
            guard length > TidyLimits.lineCharacters else { return nil }
            return Violation(path: file.path, line: number, message: "\(length) characters")
        }
    }

    /// A violation when `file` is too long and the list of exceptions does not name it.
    static func longFile(_ file: SourceFile) -> Violation? {
        let length = file.lines.count
        guard length > TidyLimits.fileLines, TidyLimits.longFiles[file.path] == nil else {
            return nil
        }
        return Violation(path: file.path, line: length, message: "\(length) lines in one file")
    }

    /// The targets of `sources` with more files or lines than ``TidyLimits`` allows.
    static func largeTargets(in sources: [SourceFile]) -> [Violation] {
        var sums: [String: (files: Int, lines: Int)] = [:]
        for file in sources {
            guard let target = file.sourceTarget, TidyLimits.largeTargets[target] == nil else {
                continue
            }
            sums[target, default: (0, 0)].files += 1
            sums[target, default: (0, 0)].lines += file.lines.count
        }
        return sums.filter {
            $0.value.files > TidyLimits.targetFiles || $0.value.lines > TidyLimits.targetLines
        }.map { target, sum in
            Violation(
                path: target, line: sum.lines, message: "\(sum.files) files, \(sum.lines) lines")
        }
    }
}

/// Finds functions that are too long, by indentation.
///
/// The formatter puts the brace that closes a body on a line of its own, indented like the
/// declaration, and all between deeper. So the first line that is indented like it and starts
/// with the brace ends the function, and no Swift parser is needed.
enum FunctionLength {
    private static let keywords: Set<Substring> = ["func", "init", "deinit", "subscript"]

    /// The functions of `file` with more than ``TidyLimits/functionLines`` lines.
    static func violations(in file: SourceFile) -> [Violation] {
        file.lines.indices.compactMap { index in
            guard isDeclaration(file.lines[index]) else { return nil }
            let length = lineCount(from: index, in: file.lines)
            guard length > TidyLimits.functionLines, TidyLimits.longFunctions[file.path] == nil
            else {
                return nil
            }
            let message = "a function of \(length) lines; the limit is \(TidyLimits.functionLines)"
            return Violation(path: file.path, line: index + 1, message: message)
        }
    }

    /// The number of lines of the declaration that starts at `index`, which may lack a body.
    static func lineCount(from index: Int, in lines: [Substring]) -> Int {
        let indent = indentation(of: lines[index])
        for next in lines.indices[(index + 1)...] where !lines[next].isEmpty {
            guard indentation(of: lines[next]) <= indent else { continue }
            let text = lines[next].drop { $0 == " " }
            if indentation(of: lines[next]) == indent {
                // The end of a signature over several lines, and a `where` clause of its own.
                if text.hasPrefix(")") || text.hasPrefix("where ") || text == "{" { continue }
                if text.hasPrefix("}") { return next - index + 1 }
            }
            return 1
        }
        return 1
    }

    private static func isDeclaration(_ line: Substring) -> Bool {
        let words = line.split(separator: " ", maxSplits: 8)
        for word in words {
            // `init(` and `init?<T>(` carry on without a space, `func` never does.
            if keywords.contains(word.prefix(while: \.isLetter)) { return true }
            // Attributes and modifiers come before the keyword, anything else is another line.
            guard word.hasPrefix("@") || word.prefix(while: \.isLowercase).count >= 4 else {
                return false
            }
        }
        return false
    }

    private static func indentation(of line: Substring) -> Int {
        line.prefix { $0 == " " }.count
    }
}

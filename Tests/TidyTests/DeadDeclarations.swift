/// Finds declarations that nothing mentions.
///
/// A declaration is dead when its name stands in the code of the whole tree once: where it is
/// declared. That finds no declaration that shares its name with another one, and never one that
/// is in use, but for what a library calls by the name that its protocol gives it
/// (``TidyLimits/calledByLibraries``).
enum DeadDeclarations {
    /// The declarations of `sources` whose names occur once in `all` files, which hold `sources`.
    static func violations(in sources: [SourceFile], among all: [SourceFile]) -> [Violation] {
        var counts: [Substring: Int] = [:]
        for file in all {
            for line in file.lines {
                for word in line.prefix(upToComment: "//").codeWords {
                    counts[word, default: 0] += 1
                }
            }
        }
        return sources.flatMap { file in
            file.declarations.compactMap { line, declaration in
                guard counts[declaration.name[...]] == 1, declaration.name != "_",
                    TidyLimits.calledByLibraries[declaration.name] == nil
                else { return nil }
                let message = "nothing mentions \(declaration.name)"
                return Violation(path: file.path, line: line, message: message)
            }
        }
    }
}

/// One `import` line of a Swift file.
struct ImportDeclaration: Equatable {
    /// The module's name, without a submodule or the name of a single declaration.
    let module: String

    /// Whether the line is marked `@testable`.
    let isTestable: Bool

    private static let accessLevels: Set<Substring> = [
        "public", "package", "internal", "fileprivate", "private",
    ]

    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "protocol", "typealias", "func", "let", "var",
    ]

    /// Reads one line, or returns nil when it is no import.
    ///
    /// A line that goes on after the module's name is prose in a string literal, not an import.
    init?(line: Substring) {
        let code = line.prefix(upToComment: "//")
        var words = code.split(whereSeparator: { $0.isWhitespace })[...]
        var attributes: [Substring] = []
        while let word = words.first, word.hasPrefix("@") || Self.accessLevels.contains(word) {
            attributes.append(word)
            words.removeFirst()
        }
        guard words.popFirst() == "import" else { return nil }
        if words.count == 2, Self.kinds.contains(words[words.startIndex]) { words.removeFirst() }
        guard words.count == 1, let name = words.first else { return nil }
        guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }) else {
            return nil
        }
        module = String(name.prefix(while: { $0 != "." }))
        isTestable = attributes.contains("@testable")
    }
}

extension SourceFile {
    /// Every import of the file with its line number.
    var imports: [(line: Int, declaration: ImportDeclaration)] {
        numberedLines.compactMap { number, text in
            ImportDeclaration(line: text).map { (line: number, declaration: $0) }
        }
    }
}

extension Substring {
    /// The part before the first `marker`, or all of it.
    func prefix(upToComment marker: String) -> Substring {
        guard let range = firstRange(of: marker) else { return self }
        return self[..<range.lowerBound]
    }
}

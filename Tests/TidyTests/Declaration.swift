/// One declaration with a name: a type, a function or a property.
struct Declaration: Equatable {
    /// What it is: `func`, `struct`, `let` and so on.
    let keyword: String

    /// Its name, without backquotes.
    let name: String

    /// The modifiers and attributes before it.
    let modifiers: Set<String>

    /// Whether it stands at the left margin, outside all types.
    let isTopLevel: Bool

    /// The keywords of types, and of names for types.
    static let typeKeywords: Set<String> = [
        "struct", "class", "enum", "actor", "protocol", "typealias",
    ]

    private static let keywords = typeKeywords.union(["func", "var", "let"])

    private static let modifierWords: Set<String> = [
        "public", "package", "internal", "fileprivate", "private", "final", "indirect",
        "nonisolated", "static", "class", "mutating", "nonmutating", "consuming", "borrowing",
        "lazy", "weak", "unowned", "override", "convenience", "required", "prefix", "infix",
    ]

    /// Reads one line of code, or returns nil when it declares nothing.
    init?(code: Substring) {
        var modifiers: Set<String> = []
        let words = code.split(separator: " ")
        for (index, word) in words.enumerated() {
            let plain = String(word.prefix { $0 != "(" })
            // `class` is a modifier in `class func` and a keyword in `class Name`.
            let next = index + 1 < words.count ? String(words[index + 1]) : ""
            if Self.keywords.contains(plain), !Self.keywords.contains(next) {
                let name = next.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "`" }
                guard let first = name.first, !first.isNumber, word == plain else { return nil }
                keyword = plain
                self.name = name.filter { $0 != "`" }
                self.modifiers = modifiers
                isTopLevel = code.first != " "
                return
            }
            guard word.hasPrefix("@") || Self.modifierWords.contains(plain) else { return nil }
            modifiers.insert(plain)
        }
        return nil
    }

    /// Whether it is a type.
    var isType: Bool { Self.typeKeywords.contains(keyword) }

    /// Whether only its own file sees it.
    var isPrivate: Bool { modifiers.contains("private") || modifiers.contains("fileprivate") }
}

extension SourceFile {
    /// The lines as code: without comments and the text of string literals, with their numbers.
    ///
    /// A literal with an interpolation is kept whole, since there is code in it.
    var codeLines: [(number: Int, code: Substring)] {
        var isInText = false
        return numberedLines.map { number, text in
            let quotes = text.ranges(of: "\"\"\"").count
            defer { if quotes % 2 == 1 { isInText.toggle() } }
            if isInText { return (number, text.contains("\\(") ? text : "") }
            return (number, Self.withoutLiterals(text).prefix(upToComment: "//"))
        }
    }

    private static func withoutLiterals(_ text: Substring) -> Substring {
        guard text.contains("\"") else { return text }
        let pieces = text.split(separator: "\"", omittingEmptySubsequences: false)
        return pieces.enumerated().map { index, piece in
            index % 2 == 0 || piece.contains("\\(") ? String(piece) : ""
        }
        .joined(separator: "\"")[...]
    }

    /// The declarations of the file with the numbers of their lines.
    var declarations: [(line: Int, declaration: Declaration)] {
        codeLines.compactMap { number, code in
            Declaration(code: code).map { (line: number, declaration: $0) }
        }
    }
}

extension Substring {
    /// The words of a line of code: runs of letters, digits and underscores.
    var codeWords: [Substring] {
        split { !($0.isLetter || $0.isNumber || $0 == "_") }
    }
}

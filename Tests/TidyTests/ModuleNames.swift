/// Finds types that are named like the module they are in.
///
/// Inside such a module `Name.x` means the type, and no other declaration can be told apart by it.
enum ModuleNames {
    private static let kinds: Set<Substring> = [
        "struct", "class", "enum", "actor", "protocol", "typealias",
    ]

    /// The declarations in `file` of a type with the name of the file's target.
    static func violations(in file: SourceFile) -> [Violation] {
        file.numberedLines.compactMap { number, text in
            let words = text.split(separator: " ", maxSplits: 6)
            guard let kind = words.firstIndex(where: kinds.contains), kind + 1 < words.count else {
                return nil
            }
            let name = words[kind + 1].prefix { $0.isLetter || $0.isNumber || $0 == "_" }
            guard String(name) == file.sourceTarget else { return nil }
            return Violation(path: file.path, line: number, message: "\(name) names its module too")
        }
    }
}

/// Finds package and public declarations that do not say what they are for.
///
/// A declaration is read from its first line: attributes and modifiers, then the keyword and the
/// name. Cases of enums, members of protocols and members without an access level are not counted.
enum Documentation {
    /// What there is to document, and how much of it is.
    struct Share: Equatable {
        var declarations = 0
        var documented = 0

        /// From 0 to 1; 1 where there is nothing to document.
        var value: Double {
            declarations == 0 ? 1 : Double(documented) / Double(declarations)
        }

        static func += (left: inout Share, right: Share) {
            left.declarations += right.declarations
            left.documented += right.documented
        }
    }

    private static let keywords: Set<Substring> = [
        "func", "init", "var", "let", "subscript", "struct", "class", "enum", "actor", "protocol",
        "typealias",
    ]

    private static let modifiers: Set<Substring> = [
        "package", "public", "open", "internal", "private", "fileprivate", "static", "final",
        "mutating", "nonmutating", "borrowing", "consuming", "nonisolated", "required",
        "convenience", "indirect", "lazy", "weak", "unowned", "dynamic", "override", "prefix",
    ]

    /// What the standard library's protocols ask for, and have said all there is to say about.
    private static let witnesses: Set<Substring> = [
        "description", "debugDescription", "hash", "encode", "==", "<",
    ]

    /// How many declarations of `file` there are, and how many have a comment.
    static func share(in file: SourceFile) -> Share {
        let declarations = file.lines.indices.filter { isCounted(file.lines[$0]) }
        let documented = declarations.filter { isDocumented($0, in: file.lines) }
        return Share(declarations: declarations.count, documented: documented.count)
    }

    /// The shares of the targets of `files`, by the targets' names.
    static func shares(in files: [SourceFile]) -> [String: Share] {
        files.reduce(into: [:]) { shares, file in
            shares[file.sourceTarget ?? "", default: Share()] += share(in: file)
        }
    }

    /// Whether a line begins a declaration that should be documented.
    static func isCounted(_ line: Substring) -> Bool {
        var isVisible = false
        var words = DeclarationComment.withoutAttributes(line).split { $0 == " " }[...]
        while let word = words.popFirst() {
            let name = word.prefix { $0.isLetter }
            // `class func` is a function, `class Name` a class.
            if name == "class", let next = words.first, keywords.contains(next) { continue }
            if keywords.contains(name) {
                return isVisible && !isWitness(name, words.first ?? "")
            }
            guard modifiers.contains(name) else { return false }
            // What is overridden was documented by the one that it overrides.
            if name == "override" { return false }
            if word == "package" || word == "public" || word == "open" { isVisible = true }
        }
        return false
    }

    private static func isWitness(_ keyword: Substring, _ rest: Substring) -> Bool {
        let name = rest.prefix { !"(:<".contains($0) }
        return witnesses.contains(name.isEmpty ? rest.prefix(1) : name)
    }

    /// Whether the lines above a declaration hold a documentation comment.
    private static func isDocumented(_ index: Int, in lines: [Substring]) -> Bool {
        DeclarationComment.lines(above: index, in: lines).contains { $0.hasPrefix("///") }
    }
}

/// The comment that belongs to a declaration.
enum DeclarationComment {
    /// The lines of comment directly above a declaration, without their indentation; attributes on
    /// lines of their own may stand between.
    static func lines(above index: Int, in lines: [Substring]) -> [Substring] {
        var comment: [Substring] = []
        for line in lines[..<index].reversed() {
            let text = line.drop { $0 == " " }
            if text.hasPrefix("//") {
                comment.append(text)
            } else if text.isEmpty || !withoutAttributes(text).isEmpty {
                break
            }
        }
        return comment.reversed()
    }

    /// What is left of a line behind its indentation and attributes.
    static func withoutAttributes(_ line: Substring) -> Substring {
        var rest = line.drop { $0 == " " }
        while rest.hasPrefix("@") {
            rest = rest.dropFirst().drop { $0.isLetter || $0.isNumber || $0 == "_" }
            if rest.first == "(", let end = rest.firstIndex(of: ")") {
                rest = rest[rest.index(after: end)...]
            }
            rest = rest.drop { $0 == " " }
        }
        return rest
    }
}

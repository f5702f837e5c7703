/// The GLOB patterns that find a text at the start of a value or of any word in it.
///
/// SQLite folds the case of ASCII only, in `LIKE` as in `lower`. GLOB compares exactly but has
/// character classes: a letter becomes the class of its cases, so that all letters are folded whose
/// cases are one character each. `ß` does not find `SS`, and composed and decomposed forms of a
/// letter stay different.
///
/// No index helps such a pattern: where it is the only condition, all rows are looked at.
struct AutocompletePattern {
    /// Matches values that start with the text.
    let start: String
    /// Matches values with a word that starts with it, after a space or punctuation.
    let word: String

    /// What comes before a word, as the inside of a class: `]` first and `-` last are plain there.
    private static let separators = "] \t\n\u{A0}!\"#$%&'()*+,./:;<=>?@[\\^_`{|}~–—-"

    init(_ text: String) {
        let folded = text.unicodeScalars.map(Self.anyCase).joined()
        start = folded + "*"
        word = "*[\(Self.separators)]\(folded)*"
    }

    /// A pattern for one character in any case.
    private static func anyCase(_ scalar: Unicode.Scalar) -> String {
        if "*?[".unicodeScalars.contains(scalar) { return "[\(scalar)]" }
        let properties = scalar.properties
        let upper = properties.uppercaseMapping
        var cases = [scalar]
        // The lower case by way of the upper one: from ς to Σ to σ.
        let lower = single(upper)?.properties.lowercaseMapping ?? ""
        let forms = [upper, properties.titlecaseMapping, lower]
        for form in forms {
            if let other = single(form), !cases.contains(other) { cases.append(other) }
        }
        guard cases.count > 1 else { return String(scalar) }
        return "[" + cases.map { String($0) }.joined() + "]"
    }

    private static func single(_ mapping: String) -> Unicode.Scalar? {
        let scalars = mapping.unicodeScalars
        return scalars.count == 1 ? scalars.first : nil
    }
}

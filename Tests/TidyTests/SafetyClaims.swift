/// Finds what the compiler is asked to believe without a reason.
///
/// Who writes `@unchecked Sendable`, `nonisolated(unsafe)` or `@safe` has a proof in mind. It is to
/// stand in the comment of the declaration, after the word `SAFETY:`.
enum SafetyClaims {
    /// The word that a reason begins with.
    static let mark = "SAFETY:"

    /// The claims of `file` whose declaration has no reason above it.
    static func withoutReason(in file: SourceFile) -> [Violation] {
        claims(in: file).compactMap { line, claim in
            let comment = DeclarationComment.lines(above: line, in: file.lines)
            guard !comment.contains(where: { $0.contains(mark) }) else { return nil }
            return Violation(
                path: file.path, line: line + 1, message: "\(claim) without \(mark) above it")
        }
    }

    /// The declarations of `file` that are `Sendable` because they say so.
    static func uncheckedSendable(in file: SourceFile) -> [Violation] {
        claims(in: file).filter { $0.claim == unchecked }.map { line, claim in
            Violation(path: file.path, line: line + 1, message: claim)
        }
    }

    private static let unchecked = "@unchecked Sendable"
    private static let claims = [unchecked, "nonisolated(unsafe)", "@safe"]

    private static func claims(in file: SourceFile) -> [(line: Int, claim: String)] {
        file.lines.enumerated().compactMap { index, line in
            let text = line.drop { $0 == " " }
            guard !text.hasPrefix("//") else { return nil }
            return claims.first { hasWord($0, in: text) }.map { (index, $0) }
        }
    }

    /// Whether `text` has the claim itself, and not a longer name or one in a string.
    private static func hasWord(_ claim: String, in text: Substring) -> Bool {
        guard let range = text.firstRange(of: claim) else { return false }
        let after = text[range.upperBound...].first
        let before = text[..<range.lowerBound].last
        return before != "\"" && !(after?.isLetter ?? false)
    }
}

/// An SQL expression for the value at a path of a JSON column, NULL unless it has the right type.
///
/// The type test is part of the expression, and so of an index over it. SQLite orders all numbers
/// before all texts, and `json_extract` turns `true` into 1 and an array into its text: without the
/// test `{"$gt": 5}` would match "9", and 1 would equal `true`. SQLite parses the document once for
/// all JSON functions of a statement that are given the same text, so that the test costs little.
struct DocumentExpression {
    /// What stands between the occurrences of the path.
    private let parts: [String]

    /// The value as `type`; for `json`, whatever it is; for `stringSet`, the text of an array.
    init(_ type: FieldType, column: String) {
        let typeOf = "json_type(\(column), "
        let valueOf = "json_extract(\(column), "
        switch type {
        case .string:
            parts = ["CASE WHEN \(typeOf)", ") = 'text' THEN \(valueOf)", ") END"]
        case .integer, .number:
            // 5 and 5.0 are one number in JSON.
            parts = ["CASE WHEN \(typeOf)", ") IN ('integer', 'real') THEN \(valueOf)", ") END"]
        case .boolean:
            parts = ["CASE \(typeOf)", ") WHEN 'true' THEN 1 WHEN 'false' THEN 0 END"]
        case .time:
            // The guard keeps out what else `julianday` reads, above all `now`, which makes a
            // statement fail that updates an index. Its result holds whole milliseconds exactly.
            let guardPattern = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9]*"
            parts = [
                "CASE WHEN \(valueOf)",
                ") GLOB '\(guardPattern)' THEN CAST(round((julianday(\(valueOf)",
                ")) - 2440587.5) * 86400000.0) AS INTEGER) END",
            ]
        case .stringSet:
            parts = ["CASE WHEN \(typeOf)", ") = 'array' THEN \(valueOf)", ") END"]
        case .json:
            parts = [valueOf, ")"]
        }
    }

    /// The expression with the path written out.
    func text(path: AttributePath) -> String {
        parts.joined(separator: "'\(path.jsonPath)'")
    }

    /// The expression with the path as an argument, as often as it occurs.
    func bound(path: AttributePath) -> CompiledFilter {
        let argument = FilterArgument.text(path.jsonPath)
        return CompiledFilter(
            sql: parts.joined(separator: "?"),
            arguments: Array(repeating: argument, count: parts.count - 1))
    }
}

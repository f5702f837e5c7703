/// An attribute whose type an app has declared, so that it can be indexed.
///
/// A value of another type than the declared one counts as missing.
package struct DeclaredAttribute: Hashable, Sendable {
    package let path: AttributePath
    package let type: FieldType

    package init(path: AttributePath, type: FieldType) {
        self.path = path
        self.type = type
    }

    /// The expression to create an index with, over the JSON column `column` of the index's table.
    ///
    /// Filters use the same one, which is how SQLite knows that the index answers them. Nil for
    /// sets and untyped values, which no index helps.
    ///
    /// ```sql
    /// CREATE INDEX user_plan ON user (app, <expression>)
    /// ```
    package func indexExpression(column: String = "attributes") -> String? {
        switch type {
        case .string, .integer, .number, .boolean, .time:
            DocumentExpression(type, column: column).text(path: path)
        case .stringSet, .json: nil
        }
    }
}

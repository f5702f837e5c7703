/// An attribute whose type an app has declared, so that it can be indexed.
///
/// A value of another type than the declared one counts as missing.
package struct DeclaredAttribute: Hashable, Sendable {
    /// Where the value lies inside a user's attributes.
    package let path: AttributePath
    /// The type that values must have to be found; one of another type is as good as none.
    package let type: FieldType
    /// Whether there is an index of `indexExpression`.
    package let isIndexed: Bool

    /// Describes a declaration; whether the index exists is the caller's word.
    package init(path: AttributePath, type: FieldType, isIndexed: Bool) {
        self.path = path
        self.type = type
        self.isIndexed = isIndexed
    }

    /// The expression to create an index with, over the JSON column `column` of the index's table.
    ///
    /// Filters use the same one, which is how SQLite knows that the index answers them. Nil for
    /// sets and untyped values, which no index helps.
    ///
    /// ```sql
    /// CREATE INDEX user_plan ON user (<expression>) WHERE app = 7
    /// ```
    package func indexExpression(column: String = "attributes") -> String? {
        switch type {
        case .string, .integer, .number, .boolean, .time:
            DocumentExpression(type, column: column).text(path: path)
        case .stringSet, .json: nil
        }
    }
}

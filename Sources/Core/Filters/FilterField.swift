/// A field that a filter may name.
package struct FilterField: Sendable {
    /// The name that mistakes give.
    let name: String
    let type: FieldType
    let operators: Set<FilterOperator>
    let storage: FieldStorage

    /// A field that allows `operators`; all that suit its type when nil.
    init(
        _ name: String, _ type: FieldType, _ storage: FieldStorage,
        operators: Set<FilterOperator>? = nil
    ) {
        self.name = name
        self.type = type
        self.operators = operators ?? type.operators
        self.storage = storage
    }

    /// A field with a column of its own, which for a set of strings holds a JSON array.
    ///
    /// - Parameters:
    ///   - name: The name that mistakes give.
    ///   - type: What the values are; times are Unix milliseconds.
    ///   - column: Where they are, with the table: text of the program's own.
    ///   - isNullable: Whether the column can hold NULL.
    package init(_ name: String, _ type: FieldType, column: String, isNullable: Bool) {
        let storage: FieldStorage =
            type == .stringSet ? .list(column) : .column(column, isNullable: isNullable)
        self.init(name, type, storage)
    }
}

/// How a field's values are reached in SQL.
///
/// All texts here are the schema's own and go into statements as they are; what comes from a filter
/// is an argument.
enum FieldStorage: Sendable {
    /// A column of the row's own table, such as `user.name`.
    ///
    /// The only fields to sort by. `isNullable` must be true where the column can hold NULL, and
    /// `isIndexed` where an index begins with the scope and the column.
    case column(String, isNullable: Bool, isIndexed: Bool = false)
    /// A value inside a column that holds a JSON object.
    case document(DocumentPlace)
    /// A column that holds a JSON array of strings.
    case list(String)
    /// Rows of another table that name this one.
    case related(Relation)
}

/// A place inside a column that holds a JSON object.
struct DocumentPlace: Sendable {
    let column: String
    let path: AttributePath
    /// Whether the path is the schema's own, and so may stand in a statement.
    let isDeclared: Bool
    /// Whether there is an index of the values.
    var isIndexed = false
}

/// The rows of another table that name the row that is tested.
struct Relation: Sendable {
    let table: String
    /// The column with the key of the row that is tested.
    let owner: String
    /// The columns that say which rows count, and what they must be.
    let matching: [(column: String, value: FilterArgument)]
    /// The column, never NULL, that conditions are about.
    let value: String
    /// The value that rows without a partner have; without one, no condition is true of them.
    var absent: Int64?
}

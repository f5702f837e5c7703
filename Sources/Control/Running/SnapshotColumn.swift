/// One variable of a recipient in a campaign's snapshot, and where it comes from.
struct SnapshotColumn: Equatable, Sendable {
    /// Where the value of a user is.
    enum Source: Equatable, Sendable {
        /// A column of the table of users that holds text.
        case text(String)
        /// A column of times: templates see RFC 3339.
        case time(String)
        /// A column that is a JSON document.
        case document(String)
        /// A value inside a JSON document: the column, and the path in SQLite's notation.
        case path(String, String)
        /// A variable of the recipient's own row.
        case variable(String)
    }

    let name: String
    let source: Source

    /// The expression over the tables `user` and `recipient`; JSON text for documents.
    var expression: String {
        switch source {
        case .text(let column), .time(let column), .document(let column): "user.\(column)"
        case .path(let column, let path): "user.\(column) -> '\(path)'"
        case .variable: "NULL"
        }
    }
}

package import GRDB
package import JSON

/// A list of rows in the order of their numbers, a page at a time.
///
/// The statement itself names the list in its cursors, so that a cursor of another is refused.
package struct RowList {
    /// The statement up to its `WHERE`.
    private let selection: String
    /// The column with the row's number.
    private let key: String
    /// Whether the row with the largest number comes first.
    private let isDescending: Bool
    private var condition: SQLCondition

    package init(
        _ selection: String, where condition: SQLCondition = SQLCondition("TRUE"),
        key: String = "pk", isDescending: Bool = false
    ) {
        self.selection = selection
        self.key = key
        self.isDescending = isDescending
        self.condition = condition
    }

    /// Keeps the rows that have a value in a column; nil keeps them all.
    package func filtered(_ column: String, _ value: String?) -> RowList {
        guard let value else { return self }
        var list = self
        list.condition.sql += " AND \(column) = ?"
        list.condition.arguments += [value]
        return list
    }

    /// Reads a page.
    ///
    /// - Parameters:
    ///   - page: Where it begins and how many rows it has.
    ///   - db: Where to read.
    ///   - view: What a row is shown as.
    /// - Returns: The page, with a cursor if there is more.
    /// - Throws: `Problem` of `invalidCursor`; what the database throws.
    package func page(
        _ page: PageRequest, _ db: Database, view: (Row) throws -> JSONValue
    ) throws -> ListPage {
        let fingerprint = PageCursor.fingerprint(
            "\(selection)\u{0}\(condition.sql)\u{0}\(condition.arguments)")
        var condition = condition
        if let last = try page.lastRow(of: fingerprint) {
            condition.sql += " AND \(key) \(isDescending ? "<" : ">") ?"
            condition.arguments += [last]
        }
        let rows = try Row.fetchAll(
            db,
            sql: """
                \(selection) WHERE \(condition.sql)
                ORDER BY \(key) \(isDescending ? "DESC" : "ASC") LIMIT ?
                """, arguments: condition.arguments + [page.limit + 1])
        let shown = rows.prefix(page.limit)
        var next: PageCursor?
        if rows.count > page.limit, let last = shown.last {
            next = PageCursor(fingerprint: fingerprint, values: [.integer(last[key])])
        }
        return ListPage(items: try shown.map(view), next: next)
    }
}

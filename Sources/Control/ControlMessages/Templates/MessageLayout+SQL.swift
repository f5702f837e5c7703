package import ControlDirectory
import GRDB
import JSON
package import SendPlans
package import Storage

extension MessageLayout {
    /// The columns as what follows `SELECT`, over a row called `user`.
    ///
    /// The user may be missing, as in a left join: then its fields are.
    ///
    /// - Parameter variables: An expression for the recipient's own variables, a JSON object; nil
    ///   where recipients have none.
    /// - Returns: One expression for each column; `NULL` when there is none.
    package func selection(variables: SQLCondition? = nil) -> SQLCondition {
        let parts = columns.map { expression($0.source, variables) }
        return SQLCondition(
            parts.isEmpty ? "NULL" : parts.map(\.sql).joined(separator: ", "),
            parts.reduce([]) { $0 + $1.arguments })
    }

    /// Appends the columns of a row that was selected by `selection`.
    ///
    /// - Parameters:
    ///   - row: The row.
    ///   - first: The index in the row of the first column.
    ///   - slots: Where the user id has been appended to before.
    package func append(_ row: BorrowedRow, from first: Int, to slots: inout SlotBuffer) {
        for (index, column) in columns.enumerated() {
            let text = unsafe row.text(Int32(first + index))
            if column.isJSON {
                unsafe slots.append(json: text)
            } else {
                unsafe slots.append(text: text)
            }
        }
    }

    private func expression(_ source: Source, _ variables: SQLCondition?) -> SQLCondition {
        switch source {
        case .field(let field): return SQLCondition(field.sql)
        case .attributes: return SQLCondition("user.attributes")
        case .attribute(let name):
            guard let path = Self.path(name) else { return SQLCondition("NULL") }
            return SQLCondition("user.attributes -> ?", [path])
        case .variable(let name):
            let fallback = self.variables.fallback(name)?.encoded
            guard let variables, let path = Self.path(name) else {
                return SQLCondition("?", [fallback])
            }
            return SQLCondition(
                "coalesce((\(variables.sql)) -> ?, ?)", variables.arguments + [path, fallback])
        }
    }

    /// The name as SQLite's JSON functions take it; nil for one that it cannot look for, as it
    /// compares names as they are written in JSON.
    private static func path(_ name: String) -> String? {
        let isPlain = name.utf8.allSatisfy {
            $0 >= 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\")
        }
        return isPlain ? "$.\"\(name)\"" : nil
    }
}

extension MessageLayout.Column {
    /// Appends what was selected for the column.
    func append(_ text: String?, to slots: inout SlotBuffer) {
        if isJSON { slots.append(json: text) } else { slots.append(text: text) }
    }

    /// Whether the selected text is JSON and not the text itself.
    fileprivate var isJSON: Bool {
        switch source {
        case .variable, .attribute, .attributes: true
        case .field(let field): field.isJSON
        }
    }
}

import Filters
import Foundation
import GRDB
package import Jinja

extension Users {
    /// Finds users by a filter, a page at a time.
    ///
    /// Without a sort they come in the order of their ids.
    ///
    /// - Throws: `Problem` of `validationFailed` with the filter's mistakes, or `invalidCursor`.
    package func query(_ caller: Caller, _ body: JSONValue) async throws -> ListPage {
        try await database.read { db in
            let schema = FilterSchema.users(
                app: caller.app, attributes: try Attributes.declared(caller.app, db))
            let (filter, sort) = try Self.read(body, schema)
            let limit = body["limit"]?.integer.map(Int.init) ?? InputLimits.pageSizeDefault
            let fingerprint = filter.fingerprint(sort: sort)
            // The literal is what lets SQLite take the indexes of this app's attributes.
            var condition = "user.app = \(caller.app) AND \(filter.compiled.sql)"
            var arguments = filter.compiled.arguments
            if let next = body["next"]?.string {
                let cursor = try Cursor(next, of: fingerprint, count: sort.columns.count)
                guard let after = sort.keysetCondition(after: cursor.values.map(\.argument)) else {
                    throw Problem(.invalidCursor, "expected a cursor of this query")
                }
                condition += " AND \(after.sql)"
                arguments += after.arguments
            }
            let columns = sort.columns.enumerated().map { "\($0.element) AS sort_\($0.offset)" }
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT user.*, \(columns.joined(separator: ", ")) FROM user
                    WHERE \(condition) ORDER BY \(sort.orderBy) LIMIT \(limit + 1)
                    """,
                arguments: StatementArguments(arguments.map(\.databaseValue)))
            var next: Cursor?
            if rows.count > limit {
                let last = rows[limit - 1]
                next = Cursor(
                    fingerprint: fingerprint,
                    values: columns.indices.map { JSONValue(last["sort_\($0)"] as DatabaseValue) })
            }
            return ListPage(items: rows.prefix(limit).map(\.view), next: next)
        }
    }

    private static func read(
        _ body: JSONValue, _ schema: FilterSchema
    ) throws(Problem) -> (Filter, SortSpec) {
        do throws(FilterMistakes) {
            let filter = try Filter(body["filter"] ?? [:], schema: schema, at: "/filter")
            let order = body["sort"] ?? []
            let sort = try SortSpec(
                order == [] ? [["field": "id"]] : order, schema: schema, at: "/sort")
            return (filter, sort)
        } catch {
            throw Problem.invalid(error)
        }
    }
}

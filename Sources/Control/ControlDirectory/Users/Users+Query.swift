import Filters
import GRDB
package import JSON

extension Users {
    /// Finds users by a filter, a page at a time.
    ///
    /// Without a sort they come in the order of their ids.
    ///
    /// - Throws: `Problem` of `validationFailed` with the filter's mistakes, or `invalidCursor`.
    package func query(_ caller: Caller, _ body: JSONValue) async throws -> ListPage {
        try await database.read { db in
            let schema = try FilterSchema.users(app: caller.app, db)
            return try FilteredList(body, schema: schema, order: [["field": "id"]])
                .page(db) { $0.view }
        }
    }
}

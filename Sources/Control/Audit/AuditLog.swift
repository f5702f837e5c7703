import Foundation
import GRDB
import Jinja

/// What was changed by whom, newest first.
package struct AuditLog: Sendable {
    let database: ControlDatabase

    package static let shape = Shape.named(
        "AuditEntry",
        .fields([
            .required("id", .count), .required("at", .time),
            .required("actor", .text(1...InputLimits.idLength)),
            .required("action", .text(1...64)), .required("resource", .text(1...64)),
            .required("resource_id", .text(0...InputLimits.idLength)),
            .required("before", .json), .required("after", .json),
        ]))

    /// Lists the changes of the caller's app, or those of one resource.
    package func list(
        _ caller: Caller, resource: String?, resourceID: String?, _ page: PageRequest
    ) async throws -> ListPage {
        let query = "audit\u{0}\(resource ?? "")\u{0}\(resourceID ?? "")"
        // Row numbers fall: the largest comes first.
        let before = page.next == nil ? Int64.max : try Paging.after(page, query: query)
        return try await database.read { db in
            var sql = "SELECT * FROM audit WHERE app = ? AND pk < ?"
            var arguments: StatementArguments = [caller.app, before]
            if let resource {
                sql += " AND resource = ?"
                arguments += [resource]
            }
            if let resourceID {
                sql += " AND resource_id = ?"
                arguments += [resourceID]
            }
            let rows = try Row.fetchAll(
                db, sql: sql + " ORDER BY pk DESC LIMIT ?",
                arguments: arguments + [page.limit + 1])
            return Paging.page(rows, page, query: query, view: Self.view)
        }
    }

    private static func view(_ row: Row) -> JSONValue {
        func document(_ text: String?) -> JSONValue {
            text.flatMap { try? JSONValue(parsing: $0) } ?? .null
        }
        return [
            "id": .integer(row["pk"]), "at": .time(row["at"]), "actor": .string(row["actor"]),
            "action": .string(row["action"]), "resource": .string(row["resource"]),
            "resource_id": .string(row["resource_id"]), "before": document(row["before"]),
            "after": document(row["after"]),
        ]
    }
}

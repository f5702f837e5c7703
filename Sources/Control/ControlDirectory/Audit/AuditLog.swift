import Foundation
import GRDB
import JSON

/// What was changed by whom, newest first.
package struct AuditLog: Sendable {
    let database: ControlDatabase

    /// The log of all apps.
    package init(database: ControlDatabase) {
        self.database = database
    }

    /// One entry, as a list of the log has it.
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
        try await database.read { db in
            try RowList(
                "SELECT * FROM audit", where: SQLCondition("app = ?", [caller.app]),
                isDescending: true
            )
            .filtered("resource", resource).filtered("resource_id", resourceID)
            .page(page, db, view: Self.view)
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

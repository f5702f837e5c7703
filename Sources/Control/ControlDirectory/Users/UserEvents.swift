import Foundation
import GRDB
package import JSON

/// What users did, as the app tells it: how often, when first and when last.
package struct UserEvents: Sendable {
    let database: ControlDatabase

    /// The events of all apps.
    package init(database: ControlDatabase) {
        self.database = database
    }

    private static let event = Shape.named(
        "UserEvent",
        .fields([
            .required("user_id", .userID),
            .required("name", .text(1...InputLimits.eventNameLength)),
            .optional("at", .time.describedAs("Now, where it is missing.")),
        ]))

    /// What users did, as it is reported.
    package static let report = Shape.named(
        "UserEvents",
        .fields([.required("events", .array(event, 1...InputLimits.eventsPerCall))]))

    /// What became of each event of a report.
    package static let answer = Shape.named(
        "UserEventsAnswer",
        .fields([
            .required("accepted", .count), .required("rejected", .count),
            .required("errors", .array(UserShapes.itemError, 0...InputLimits.eventsPerCall)),
        ]))

    /// Counts events; one of a user who is not known does not stop the others.
    package func add(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let events = body["events"]?.array ?? []
        return try await database.write { db, now in
            var errors: [JSONValue] = []
            for (index, event) in events.enumerated() {
                guard let pk = try Self.user(event["user_id"]?.string ?? "", caller, db) else {
                    let mistake = FieldMistake(
                        path: "/user_id", code: "not_found", message: "there is no such user")
                    errors.append(mistake.json(at: index))
                    continue
                }
                let at = event["at"]?.string.flatMap(Timestamp.init(rfc3339:)) ?? now
                try Self.count(event["name"]?.string ?? "", user: pk, at: at, caller, db)
            }
            let figures: [String: JSONValue] = [
                "accepted": .integer(Int64(events.count - errors.count)),
                "rejected": .integer(Int64(errors.count)),
            ]
            try AuditEntry("report", "user_event", "", after: .object(figures))
                .record(by: caller, at: now, db)
            return .object(figures.merging(["errors": .array(errors)]) { first, _ in first })
        }
    }

    private static func user(_ id: String, _ caller: Caller, _ db: Database) throws -> UserRowID? {
        try UserRowID.fetchOne(
            db.cachedStatement(sql: "SELECT pk FROM user WHERE app = ? AND id = ?"),
            arguments: [caller.app, id])
    }

    private static func count(
        _ name: String, user: UserRowID, at: Timestamp, _ caller: Caller, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: """
                INSERT INTO user_event (app, name, user, count, first_at, last_at)
                VALUES (?1, ?2, ?3, 1, ?4, ?4) ON CONFLICT (app, name, user) DO UPDATE SET
                    count = count + 1, first_at = min(first_at, excluded.first_at),
                    last_at = max(last_at, excluded.last_at)
                """
        ).execute(arguments: [caller.app, name, user, at.milliseconds])
        try db.cachedStatement(
            sql: """
                UPDATE user SET last_active_at = max(coalesce(last_active_at, ?1), ?1)
                WHERE pk = ?2
                """
        ).execute(arguments: [at.milliseconds, user])
    }
}

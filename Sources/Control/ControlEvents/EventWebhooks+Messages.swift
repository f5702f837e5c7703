package import ControlDirectory
import GRDB
package import JSON

/// What was sent, or is still to be.
extension EventWebhooks {
    /// The type of the message that a test sends.
    private static let ping = "ping"

    private static let fields: [FieldShape] = [
        .required("id", .id), .required("webhook_id", .id),
        .required("type", .choice(CampaignEventType.allCases.map(\.rawValue) + [ping])),
        .required("state", .choice(EventMessageState.allCases.map(\.rawValue))),
        .required("attempts", .count), .required("next_attempt_at", .nullable(.time)),
        .required("last_attempt_at", .nullable(.time)),
        .required("last_status", .nullable(.integer(100...999))),
        .required("last_error", .nullable(.text(1...64))),
        .required("replay_of", .nullable(.id)), .required("created_at", .time),
        .required("delivered_at", .nullable(.time)),
    ]

    /// A message to a webhook, as lists have it.
    package static let message = Shape.named("EventMessage", .fields(fields))

    /// A message to a webhook with the bytes that it carries.
    package static let messageWithPayload = Shape.named(
        "EventMessageWithPayload", .fields(fields + [.required("payload", .jsonObject)]))

    /// Sends a `ping`.
    package func test(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.write { [outbox] db, now in
            let webhook = try Self.row(caller, id, db)
            try Self.requireEnabled(webhook)
            let payload = EventOutbox.payload(
                Self.ping, ["webhook_id": .string(id)], at: now)
            let message = try outbox.insert(
                Self.ping, app: caller.app, webhook: webhook["pk"], payload: payload,
                at: now, db)
            try AuditEntry("test", "event_webhook", id, after: ["message_id": .string(message)])
                .record(by: caller, at: now, db)
            return Self.view(try Self.message(message, of: webhook, db), of: webhook)
        }
    }

    /// Lists the messages of a webhook, the newest first.
    package func messages(
        _ caller: Caller, _ id: String, state: String?, _ page: PageRequest
    ) async throws -> ListPage {
        try await database.read { db in
            let webhook = try Self.row(caller, id, db)
            // Payloads are large and not shown.
            return try RowList(
                """
                SELECT pk, id, type, state, attempts, due_at, last_attempt_at, last_status,
                    last_error, replay_of, created_at, delivered_at
                FROM event_message
                """, where: SQLCondition("webhook = ?", [webhook["pk"] as EventWebhookRowID]),
                isDescending: true
            )
            .filtered("state", state).page(page, db) { Self.view($0, of: webhook) }
        }
    }

    /// One message, with what is sent.
    package func message(
        _ caller: Caller, _ id: String, _ messageID: String
    ) async throws -> JSONValue {
        try await database.read { db in
            let webhook = try Self.row(caller, id, db)
            let row = try Self.message(messageID, of: webhook, db)
            var fields = Self.view(row, of: webhook).object ?? [:]
            fields["payload"] = try JSONValue(parsing: row["payload"] as String)
            return .object(fields)
        }
    }

    /// Sends a message again.
    ///
    /// One that is still tried is tried at once. One that has ended is sent as a new message with
    /// the same payload: a receiver that knows the old id would take it for a repetition and drop
    /// it, which is not what who replays it wants.
    package func replay(
        _ caller: Caller, _ id: String, _ messageID: String
    ) async throws -> JSONValue {
        try await database.write { [outbox] db, now in
            let webhook = try Self.row(caller, id, db)
            try Self.requireEnabled(webhook)
            let row = try Self.message(messageID, of: webhook, db)
            var replayed = messageID
            if row["state"] == EventMessageState.pending.rawValue {
                try db.execute(
                    sql: "UPDATE event_message SET due_at = ? WHERE pk = ?",
                    arguments: [now, row["pk"] as EventMessageRowID])
                outbox.wake(after: db)
            } else {
                replayed = try outbox.insert(
                    row["type"], app: caller.app, webhook: webhook["pk"], payload: row["payload"],
                    replayOf: messageID, at: now, db)
            }
            try AuditEntry("replay", "event_message", messageID, after: ["id": .string(replayed)])
                .record(by: caller, at: now, db)
            return Self.view(try Self.message(replayed, of: webhook, db), of: webhook)
        }
    }

    private static func requireEnabled(_ webhook: Row) throws(Problem) {
        guard webhook["is_enabled"] as Bool else {
            throw Problem(.actionNotAllowed, "the event webhook is disabled")
        }
    }

    private static func message(_ id: String, of webhook: Row, _ db: Database) throws -> Row {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM event_message WHERE webhook = ? AND id = ?",
            arguments: [webhook["pk"] as EventWebhookRowID, id])
        guard let row else { throw Problem.notFound("message", id) }
        return row
    }

    private static func view(_ row: Row, of webhook: Row) -> JSONValue {
        [
            "id": .string(row["id"]), "webhook_id": .string(webhook["id"]),
            "type": .string(row["type"]), "state": .string(row["state"]),
            "attempts": .integer(row["attempts"]), "next_attempt_at": .time(row["due_at"]),
            "last_attempt_at": .time(row["last_attempt_at"]),
            "last_status": (row["last_status"] as Int64?).map { .integer($0) } ?? .null,
            "last_error": .text(row["last_error"]), "replay_of": .text(row["replay_of"]),
            "created_at": .time(row["created_at"]), "delivered_at": .time(row["delivered_at"]),
        ]
    }
}

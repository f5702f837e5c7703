package import ControlDirectory
package import GRDB
package import JSON

/// Puts messages where they are sent from, in the transaction of the change that they tell of: what
/// happened and what is told of it are durable together.
package final class EventOutbox: Sendable {
    private let bell: Bell

    package init(bell: Bell) { self.bell = bell }

    /// Adds a message for every enabled webhook of an app that wants events of a type.
    package func add(
        _ type: String, app: AppRowID, data: () -> JSONValue, at now: Timestamp, _ db: Database
    ) throws {
        let webhooks = try Row.fetchAll(
            db.cachedStatement(
                sql: "SELECT pk, events FROM event_webhook WHERE app = ? AND is_enabled = 1"),
            arguments: [app])
        var payload: String?
        for webhook in webhooks {
            let wanted = (try? JSONValue(parsing: webhook["events"] as String))?.array ?? []
            guard wanted.contains(.string(type)) else { continue }
            let text = payload ?? Self.payload(type, data(), at: now)
            payload = text
            _ = try insert(type, app: app, webhook: webhook["pk"], payload: text, at: now, db)
        }
    }

    /// What receivers get: `{type, timestamp, data}`.
    static func payload(_ type: String, _ data: JSONValue, at now: Timestamp) -> String {
        let document: JSONValue = [
            "type": .string(type), "timestamp": .string(now.rfc3339), "data": data,
        ]
        return document.encoded
    }

    /// Adds one message, due at once.
    ///
    /// - Returns: Its id, which receivers get as `webhook-id`.
    func insert(
        _ type: String, app: AppRowID, webhook: EventWebhookRowID, payload: String,
        replayOf: String? = nil, at now: Timestamp, _ db: Database
    ) throws -> String {
        let id = RandomText.id("msg")
        try db.cachedStatement(
            sql: """
                INSERT INTO event_message (app, webhook, id, type, payload, state, attempts,
                    due_at, replay_of, created_at)
                VALUES (?, ?, ?, ?, ?, 'pending', 0, ?, ?, ?)
                """
        ).execute(arguments: [app, webhook, id, type, payload, now, replayOf, now])
        wake(after: db)
        return id
    }

    /// Lets the queue be looked at once a transaction is durable.
    func wake(after db: Database) {
        db.afterNextTransaction { [bell] _ in bell.ring() }
    }
}

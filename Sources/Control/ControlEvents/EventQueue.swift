import ControlDirectory
import Engine
import GRDB
import JSON

// The queue is the table: a message that is due stays due until the outcome of an attempt is
// written. Whatever happens to the process in between, it is sent again, with the same id.

/// A message that is due, with all that an attempt needs.
struct DueMessage: Sendable {
    let pk: EventMessageRowID
    let id: String
    let app: AppRowID
    let webhook: EventWebhookRowID
    let webhookID: String
    let attempts: Int
    let url: String
    let secret: String
    /// The secret before the last rotation, while it is still signed with.
    let previousSecret: String?
    let payload: String

    /// What is sent now.
    func request(at now: Timestamp) -> EventRequest {
        let seconds = now.milliseconds / 1_000
        let body = Array(payload.utf8)
        let signatures = [secret, previousSecret].compactMap { $0.flatMap(WebhookSecret.init) }
            .map { $0.signature(id: id, timestamp: seconds, body: body) }
        return EventRequest(
            url: url,
            fieldValues: [id, "\(seconds)", signatures.joined(separator: " ")], body: body)
    }
}

/// Reads what is due, and writes what became of it.
enum EventQueue {
    /// What a look at the queue finds.
    struct Look: Sendable {
        var due: [DueMessage] = []
        /// When the next message is due for which there is room then.
        var next: Int64?
    }

    /// Chooses messages to send now: those of webhooks with the fewest on the wire first.
    ///
    /// Costs a few index reads for each webhook that has anything in the queue, however long it is.
    ///
    /// - Parameters:
    ///   - now: Messages that are due by then.
    ///   - flying: The messages on the wire, by webhook.
    ///   - resting: Webhooks that are left out.
    ///   - places: How many messages there is room for.
    ///   - after: The webhook after which equals are taken; nil at first.
    ///   - db: To read.
    /// - Returns: What to send, and when to look again.
    /// - Throws: What the database throws.
    static func look(
        now: Int64, flying: [EventWebhookRowID: Set<EventMessageRowID>],
        resting: Set<EventWebhookRowID>, places: Int, after: EventWebhookRowID?, _ db: Database
    ) throws -> Look {
        var look = Look()
        let perWebhook = EventLimits.inFlightPerWebhook
        func turn(_ webhook: EventWebhookRowID) -> (Int, Int, EventWebhookRowID) {
            let hadTurn = after.map { webhook <= $0 } ?? false
            return (flying[webhook, default: []].count, hadTurn ? 1 : 0, webhook)
        }
        let waiting = try webhooks(db).filter {
            !resting.contains($0) && flying[$0, default: []].count < perWebhook
        }.sorted { turn($0) < turn($1) }
        let list = try db.cachedStatement(
            sql: """
                SELECT pk, due_at FROM event_message
                WHERE webhook = ? AND due_at IS NOT NULL ORDER BY due_at LIMIT ?
                """)
        for webhook in waiting {
            let busy = flying[webhook, default: []]
            let rows = try Row.fetchAll(list, arguments: [webhook, perWebhook + busy.count])
            var room = perWebhook - busy.count
            for row in rows where !busy.contains(row["pk"]) && room > 0 {
                let dueAt: Int64 = row["due_at"]
                guard dueAt <= now else {
                    look.next = min(look.next ?? .max, dueAt)
                    break
                }
                guard look.due.count < places else { return look }
                if let message = try message(row["pk"], now: now, db) {
                    look.due.append(message)
                    room -= 1
                }
            }
        }
        return look
    }

    /// The enabled webhooks that have anything in the queue, found by steps through its index.
    private static func webhooks(_ db: Database) throws -> [EventWebhookRowID] {
        try EventWebhookRowID.fetchAll(
            db.cachedStatement(
                sql: """
                    WITH RECURSIVE queued (webhook) AS (
                        SELECT min(webhook) FROM event_message WHERE due_at IS NOT NULL
                        UNION ALL
                        SELECT (SELECT min(webhook) FROM event_message
                                WHERE due_at IS NOT NULL AND webhook > queued.webhook)
                        FROM queued WHERE queued.webhook IS NOT NULL
                    )
                    SELECT pk FROM queued JOIN event_webhook ON pk = queued.webhook
                    WHERE is_enabled = 1
                    """))
    }

    private static func message(_ pk: EventMessageRowID, now: Int64, _ db: Database) throws
        -> DueMessage?
    {
        let row = try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT message.*, webhook.id AS webhook_id, url, secret, previous_secret,
                        previous_secret_until
                    FROM event_message AS message
                    JOIN event_webhook AS webhook ON webhook.pk = message.webhook
                    WHERE message.pk = ?
                    """), arguments: [pk])
        guard let row else { return nil }
        let until: Int64? = row["previous_secret_until"]
        return DueMessage(
            pk: pk, id: row["id"], app: row["app"], webhook: row["webhook"],
            webhookID: row["webhook_id"], attempts: row["attempts"], url: row["url"],
            secret: row["secret"],
            previousSecret: until.map { $0 > now } == true ? row["previous_secret"] : nil,
            payload: row["payload"])
    }

    /// Writes what became of an attempt, and what follows from it.
    static func settle(
        _ message: DueMessage, _ result: TransferResult, now: Timestamp, _ db: Database
    ) throws {
        let status = Int(result.status)
        let isDelivered = (200...299).contains(status)
        let isGone = status == 410
        let hasMore = message.attempts < EventLimits.retrySeconds.count && !isGone
        let due = isDelivered || !hasMore ? nil : now + EventLimits.retrySeconds[message.attempts]
        let state: EventMessageState =
            isDelivered ? .delivered : due == nil ? .failed : .pending
        try db.execute(
            sql: """
                UPDATE event_message SET state = ?, attempts = ?, due_at = ?, last_attempt_at = ?,
                    last_status = ?, last_error = ?, delivered_at = ?
                WHERE pk = ? AND id = ?
                """,
            arguments: [
                state.rawValue, message.attempts + 1, due?.milliseconds, now.milliseconds,
                status == 0 ? nil : status, isDelivered ? nil : result.word,
                isDelivered ? now.milliseconds : nil, message.pk, message.id,
            ])
        guard isGone else { return }
        try db.execute(
            sql: """
                UPDATE event_webhook SET is_enabled = 0, disabled_reason = 'gone', updated_at = ?
                WHERE pk = ? AND id = ?
                """, arguments: [now.milliseconds, message.webhook, message.webhookID])
        try AuditEntry(
            "disable", "event_webhook", message.webhookID,
            after: ["is_enabled": false, "disabled_reason": "gone"]
        ).record(app: message.app, actor: "server", at: now, db)
    }
}

/// Where a message to an event webhook stands.
package enum EventMessageState: String, CaseIterable, Sendable {
    /// An attempt is due, now or later.
    case pending
    /// The receiver answered with a status from 200 to 299.
    case delivered
    /// No attempt is left.
    case failed
}

extension TransferResult {
    /// Why an attempt failed, as a stable word.
    fileprivate var word: String {
        failure == .none
            ? DeliveryReason.httpStatus.label(code: status)
            : failure.reason.label(code: transportCode)
    }
}

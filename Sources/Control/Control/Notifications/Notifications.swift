import CampaignLife
package import ControlDirectory
import Foundation
import GRDB
package import JSON

/// One call, one message to up to 10,000 targets: a campaign in all but name.
package struct Notifications: Sendable {
    let database: ControlDatabase
    let campaigns: Campaigns
    let deliveries: Deliveries

    /// How long a call waits for its few targets before it answers like one with many.
    package static let waitSeconds = 30.0

    package static let creation = Shape.named(
        "NotificationCreation",
        .fields([
            CampaignRecord.schema.creation(of: "template_id"),
            CampaignRecord.schema.creation(of: "template_version"),
            .required(
                "targets",
                .array(
                    .fields([
                        .required("user_id", .userID, "Who gets the message."),
                        .optional(
                            "variables", .jsonObject,
                            "Variables of the target, before those of the notification.",
                            default: [:]),
                    ]), 1...InputLimits.notificationTargets), "Who gets the message."),
            CampaignRecord.schema.creation(of: "variables"),
            CampaignRecord.schema.creation(of: "sender_id"),
            CampaignRecord.schema.creation(of: "title"),
            .optional(
                "delivery_mode", .choice(DeliveryMode.allCases.map(\.rawValue)),
                """
                Whether the answer waits for the messages (realtime) or not (batch). By default it \
                waits for at most \(InputLimits.notificationTargetsRealtime) targets; it never \
                waits for more, nor longer than \(Int(waitSeconds)) s.
                """),
            CampaignRecord.schema.creation(of: "delivery_guarantee"),
        ]))

    package static let batch = Shape.named(
        "NotificationBatch",
        .fields([
            .required("batch_id", .id, "The notification: a campaign of the kind notification."),
            .required("status", CampaignShapes.status, "Where it stands."),
            .required("stats", CampaignShapes.stats, "What became of its messages."),
            .required(
                "results",
                .nullable(.array(Deliveries.shape, 0...InputLimits.notificationTargetsRealtime)),
                "Its deliveries, where there are few. Null: there are more."),
        ]))

    /// Sends one message to a list of targets.
    ///
    /// - Returns: The batch, and whether all is done: so with few targets, unless they take long.
    package func send(
        _ caller: Caller, _ body: JSONValue
    ) async throws -> (JSONValue, isDone: Bool) {
        let targets = body["targets"]?.array ?? []
        try InputLimits.checkVariables(targets, at: "/targets")
        let isSmall = targets.count <= InputLimits.notificationTargetsRealtime
        let record = try await database.write { [campaigns] db, now in
            var draft = CampaignRecord(
                draftOf: caller.app, kind: .notification, at: now)
            draft.name = "notification"
            draft.deliveryMode = isSmall ? .realtime : .batch
            CampaignRecord.schema.take(body, into: &draft)
            let record = try campaigns.insert(draft, at: now, db)
            var report = RecipientReport()
            for target in targets {
                try report.add(
                    target["user_id"]?.string ?? "", target["variables"] ?? [:], to: record.pk, db)
            }
            try AuditEntry("create", "notification", record.id, after: report.summary)
                .record(by: caller, at: now, db)
            return record
        }
        do {
            _ = try await campaigns.start(caller, record.id)
        } catch {
            // What was not sent leaves nothing behind.
            try? await campaigns.delete(caller, record.id)
            throw error
        }
        let isAwaited = isSmall && record.deliveryMode == .realtime
        if isAwaited {
            await campaigns.runner.waitWhileRunning(
                record.pk, atMost: .seconds(Self.waitSeconds))
        }
        let isDone = try await database.read { db in
            try isAwaited && CampaignRecord.find(pk: record.pk, db)?.status.isEnded == true
        }
        return (try await get(caller, record.id), isDone)
    }

    /// A batch, with the deliveries of a small one.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await database.read { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            guard record.kind == .notification else { throw Problem.notFound("notification", id) }
            return record
        }
        var results = JSONValue.null
        if record.recipients <= Int64(InputLimits.notificationTargetsRealtime) {
            let page = try await deliveries.list(
                caller, campaign: id, status: nil, reason: nil,
                PageRequest(limit: InputLimits.notificationTargetsRealtime))
            results = .array(page.items)
        }
        return [
            "batch_id": .string(id), "status": .string(record.status.rawValue),
            "stats": CampaignStats(record, live: campaigns.board.live(record.pk)).json,
            "results": results,
        ]
    }
}

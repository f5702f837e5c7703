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
            .required("template_id", .id),
            .optional("template_version", .nullable(.integer(1...1_000_000))),
            .required(
                "targets",
                .array(
                    .fields([
                        .required("user_id", .userID), .optional("variables", .jsonObject),
                    ]), 1...InputLimits.notificationTargets)),
            .optional("variables", .jsonObject), .optional("sender_id", .nullable(.userID)),
            .optional("title", .text(0...InputLimits.nameLength)),
            .optional("delivery_mode", .choice(["realtime", "batch"])),
            .optional("delivery_guarantee", .choice(["at_least_once", "at_most_once"])),
        ]))

    package static let batch = Shape.named(
        "NotificationBatch",
        .fields([
            .required("batch_id", .id), .required("status", CampaignShapes.status),
            .required("stats", CampaignShapes.stats),
            .required(
                "results",
                .nullable(
                    .array(Deliveries.shape, 0...InputLimits.notificationTargetsRealtime))),
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
        let mode = body["delivery_mode"]?.string ?? (isSmall ? "realtime" : "batch")
        var fields = body.object ?? [:]
        fields["targets"] = nil
        fields["delivery_mode"] = .string(mode)
        fields["name"] = "notification"
        let draft = JSONValue.object(fields)
        let record = try await database.write { [campaigns] db, now in
            let record = try campaigns.insert(
                caller, draft, kind: .notification, parent: nil, at: now, db)
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
        if isSmall, mode == "realtime" {
            await campaigns.runner.waitWhileRunning(
                record.pk, atMost: .seconds(Self.waitSeconds))
        }
        let isDone = try await database.read { db in
            try isSmall && mode == "realtime"
                && CampaignRecord.find(pk: record.pk, db)?.status.isEnded == true
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

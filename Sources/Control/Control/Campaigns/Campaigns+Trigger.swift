import CampaignLife
package import ControlDirectory
import GRDB
package import JSON

/// Runs of a campaign that an app's backend starts.
extension Campaigns {
    package static let triggering = Shape.named(
        "CampaignTrigger",
        .fields([
            .optional(
                "idempotency_key", .text(1...255),
                "The same key within 24 hours answers the same run."),
            .optional(
                "variables", .jsonObject,
                "Variables of this run, before those of the campaign with the same names."),
        ]))

    package static let run = Shape.named(
        "CampaignRun",
        .fields([
            .required("run_id", .id, "The run: a campaign with an id of its own."),
            .required("campaign_id", .id, "The campaign that was triggered."),
            .required("status", CampaignShapes.status, "Where the run stands."),
        ]))

    /// Starts a run of an API-triggered campaign: a campaign of its own, like this one.
    ///
    /// The same key within 24 hours answers the same run.
    package func trigger(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        var run = try await database.read { db in
            try knownRun(of: campaign, body, app: caller.app, at: database.clock.now, db)
        }
        if run == nil {
            let source = try await checkedForLaunch(caller, id, .trigger)
            run = try await database.write { db, now in
                // Another call with the key may have been faster.
                try knownRun(of: campaign, body, app: caller.app, at: now, db)
                    ?? makeRun(of: source, caller, body, at: now, db)
            }
            if let run { try await putLimitsInForce(of: run) }
        }
        guard let run else { preconditionFailure("a trigger made no run") }
        // A draft is one that an earlier call could make and not begin.
        if run.status == .draft { try await beginRun(run, by: caller) }
        let now = try await database.read { db in
            try CampaignRecord.find(run.id, app: caller.app, db)
        }
        return [
            "run_id": .string(now.id), "campaign_id": .string(id),
            "status": .string(now.status.rawValue),
        ]
    }

    /// Begins a run, unless another call with its key has been faster.
    private func beginRun(_ run: CampaignRecord, by caller: Caller) async throws {
        do {
            _ = try await begin(run, by: caller, action: "trigger")
        } catch let problem as Problem where problem.code == .actionNotAllowed {
            let now = try await database.read { db in try CampaignRecord.find(pk: run.pk, db) }
            guard let now, now.status != .draft else { throw problem }
        }
    }

    /// The run that a key has had within the last 24 hours.
    private func knownRun(
        of campaign: CampaignRowID, _ body: JSONValue, app: AppRowID, at now: Timestamp,
        _ db: Database
    ) throws -> CampaignRecord? {
        guard let key = body["idempotency_key"]?.string else { return nil }
        let oldest = now.milliseconds - KeptAnswers.seconds * 1_000
        let run = try String.fetchOne(
            db,
            sql: "SELECT run_id FROM trigger_run WHERE campaign = ? AND key = ? "
                + "AND created_at >= ?", arguments: [campaign, key, oldest])
        return try run.map { try CampaignRecord.find($0, app: app, db) }
    }

    private func makeRun(
        of source: CampaignRecord, _ caller: Caller, _ body: JSONValue, at now: Timestamp,
        _ db: Database
    ) throws -> CampaignRecord {
        guard source.trigger == .api else {
            throw Problem(
                .actionNotAllowed, "the campaign's trigger is \(source.trigger.rawValue), not api",
                members: [
                    "state": .string(source.status.rawValue),
                    "allowed_actions": ["start", "schedule"],
                ])
        }
        let oldest = now.milliseconds - KeptAnswers.seconds * 1_000
        try db.execute(sql: "DELETE FROM trigger_run WHERE created_at < ?", arguments: [oldest])
        let running = try String.fetchOne(
            db,
            sql: """
                SELECT id FROM campaign
                WHERE app = ? AND parent = ? AND kind = ? AND status = 'running'
                """, arguments: [caller.app, source.id, CampaignKind.campaign.rawValue])
        if let running {
            throw Problem(
                .actionNotAllowed, "its run “\(running)” has not ended",
                members: ["state": "running", "allowed_actions": []])
        }
        let run = try insertCopy(
            of: source, caller, [:], parent: source.id,
            variables: body["variables"]?.object ?? [:], at: now, db)
        if let key = body["idempotency_key"]?.string {
            try db.execute(
                sql: "INSERT INTO trigger_run (campaign, key, run_id, created_at) "
                    + "VALUES (?, ?, ?, ?)",
                arguments: [source.pk, key, run.id, now])
        }
        return run
    }
}

import Engine
import Foundation
import GRDB
package import Jinja
import Storage

/// What makes campaigns run, wait, and end.
///
/// Operations of one campaign come one after the other. Each looks at the status in the transaction
/// that changes it.
extension Campaigns {
    // MARK: Starting

    /// Starts a campaign now.
    ///
    /// - Throws: `Problem` when something that it needs is missing: nothing has changed then.
    package func start(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            let record = try await checkedForLaunch(caller, id, .start)
            return try await begin(record, by: caller, action: "start")
        }
    }

    /// A campaign that may take an action, with everything that a launch needs in place.
    func checkedForLaunch(
        _ caller: Caller, _ id: String, _ action: CampaignAction
    ) async throws -> CampaignRecord {
        let record = try await database.read { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(action)
            return record
        }
        try await runner.launcher.check(record)
        try await checkQuota(record)
        guard await runner.runCount < CampaignRunner.runsMax else {
            throw Problem(
                .limitReached, "\(CampaignRunner.runsMax) campaigns run at once at the most")
        }
        return record
    }

    /// Makes a campaign running that was checked.
    func begin(
        _ record: CampaignRecord, by caller: Caller?, action: String
    ) async throws -> JSONValue {
        let changed = try await database.write { [events] db in
            guard let record = try CampaignRecord.find(pk: record.pk, db) else {
                throw Problem.notFound("campaign", record.id)
            }
            try record.status.require(.start)
            return try CampaignTransition(to: .running, event: .started)
                .apply(to: record, db, events: events, by: caller, action: action)
        }
        await runner.launch(changed.pk)
        return changed.json(live: board.live(changed.pk))
    }

    /// With the policy `reject`, a quota that does not cover the audience refuses the launch.
    private func checkQuota(_ record: CampaignRecord) async throws {
        guard try await runner.launcher.quotaPolicy(of: record) == .reject else { return }
        let size = try await runner.launcher.audienceSize(of: record)
        let left = runner.quota.account(of: record.app).figures(month: Timestamp.now.month).left
        guard size <= left else {
            throw Problem(
                .quotaExceeded, "the audience has \(size) recipients and \(left) messages are left",
                members: [
                    "quota_needed": .integer(Int64(size)), "quota_left": .integer(Int64(left)),
                ])
        }
    }

    // MARK: Scheduling

    package static let scheduling = Shape.named(
        "CampaignSchedule",
        .fields([
            .optional("at", .time),
            .optional(
                "local_time",
                .string(
                    TextRule(
                        19...19, pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$",
                        expectation: "expected 2026-01-31T08:00:00"))),
            .optional("time_zone", .text(1...64)),
            .optional("stop_at", .nullable(.time)),
            .optional("max_lateness_seconds", .integer(0...31_536_000)),
        ]))

    /// Lets a campaign start by itself at a time.
    package func schedule(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let schedule = try CampaignSchedule(body)
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            _ = try await checkedForLaunch(caller, id, .schedule)
            return try await database.write { [events] db in
                let record = try CampaignRecord.find(id, app: caller.app, db)
                try record.status.require(.schedule)
                if let stopAt = schedule.stopAt {
                    try db.execute(
                        sql: "UPDATE campaign SET stop_at = ? WHERE pk = ?",
                        arguments: [stopAt.milliseconds, record.pk])
                }
                return try CampaignTransition(
                    to: .scheduled, scheduledFor: schedule.at.milliseconds, schedule: schedule.json
                ).apply(to: record, db, events: events, by: caller, action: "schedule")
                    .json(live: nil)
            }
        }
    }

    /// Makes a scheduled campaign a draft again.
    package func unschedule(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.write { [events] db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.unschedule)
            return try CampaignTransition(to: .draft)
                .apply(to: record, db, events: events, by: caller, action: "unschedule")
                .json(live: nil)
        }
    }

    // MARK: Pausing and stopping

    package static let receipt = Shape.named(
        "StopReceipt",
        .fields([
            .required("status", CampaignShapes.status),
            .required(
                "in_flight",
                .count.describedAs("Requests on the wire when the last sender had stopped.")),
            .required("took_ms", .number(0...1e9)),
        ]))

    /// Pauses a campaign: when this returns, no further request of it begins.
    package func pause(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await halt(caller, id, .pause, to: .paused, event: .paused)
    }

    /// Stops a campaign for good: when this returns, no further request of it begins.
    package func stop(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await halt(caller, id, .stop, to: .stopped, event: .stopped)
    }

    private func halt(
        _ caller: Caller, _ id: String, _ action: CampaignAction, to status: CampaignStatus,
        event: CampaignEventType
    ) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            try await database.read { db in
                try CampaignRecord.find(id, app: caller.app, db).status.require(action)
            }
            let receipt = await runner.halt(campaign)
            let changed = try await database.write { [events] db in
                let record = try CampaignRecord.find(id, app: caller.app, db)
                // It may have come to its end meanwhile.
                guard !record.status.isEnded else { return record }
                return try CampaignTransition(to: status, event: event)
                    .apply(to: record, db, events: events, by: caller, action: action.rawValue)
            }
            return [
                "status": .string(changed.status.rawValue),
                "in_flight": .integer(Int64(receipt.inFlight)),
                "took_ms": .number((receipt.milliseconds * 100).rounded() / 100),
            ]
        }
    }

    /// Lets a paused campaign go on with what is pending; what has ended is not retried.
    package func resume(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            let record = try await database.read { db in
                let record = try CampaignRecord.find(id, app: caller.app, db)
                try record.status.require(.resume)
                return record
            }
            try checkQuotaLeft(record)
            return try await goOn(record, by: caller, action: "resume", event: .resumed)
        }
    }

    /// A campaign that ran out of quota needs some before it goes on.
    private func checkQuotaLeft(_ record: CampaignRecord) throws {
        let figures = runner.quota.account(of: record.app).figures(month: Timestamp.now.month)
        guard record.status == .pausedQuota, figures.used >= figures.limit else { return }
        throw Problem(
            .quotaExceeded, "all \(figures.limit) messages of this month are used",
            members: ["quota_left": 0])
    }

    /// Makes a campaign running again whose last run is over.
    private func goOn(
        _ record: CampaignRecord, by caller: Caller, action: String, event: CampaignEventType?
    ) async throws -> JSONValue {
        if await runner.isBroken(record.pk) {
            throw Problem(
                .actionNotAllowed,
                "its records could not be written; it can go on after a restart of the server",
                members: [
                    "state": .string(record.status.rawValue), "allowed_actions": [],
                ])
        }
        await runner.waitUntilOver(record.pk)
        let changed = try await database.write { [events] db in
            guard let now = try CampaignRecord.find(pk: record.pk, db) else {
                throw Problem.notFound("campaign", record.id)
            }
            // Its last requests may have been all that was left.
            guard now.status == record.status else { return now }
            return try CampaignTransition(to: .running, event: event)
                .apply(to: now, db, events: events, by: caller, action: action)
        }
        if changed.status == .running { await runner.launch(changed.pk) }
        return changed.json(live: board.live(changed.pk))
    }

    // MARK: Retrying

    package static let retrying = Shape.named(
        "CampaignRetry",
        .fields([
            .optional(
                "scope",
                .array(.choice(["failed", "unknown", "skipped", "pending"]), 1...4)),
            .optional("reasons", .array(.text(1...64), 1...100)),
        ]))

    /// Sends again what did not arrive, by how it ended and why; each message gets a new key.
    package func retryFailed(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let scopes = Set(body["scope"]?.array?.compactMap(\.string) ?? ["failed"])
        let reasons = (body["reasons"]?.array?.compactMap(\.string)).map { Set($0) }
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            let record = try await database.read { db in
                let record = try CampaignRecord.find(id, app: caller.app, db)
                try record.status.require(.retryFailed)
                return record
            }
            await runner.waitUntilOver(campaign)
            let folder = CampaignFolder(
                dataDirectory: options.dataDirectory, engineID: record.engineID)
            let (reset, ledger) = try await BlockingQueue.run {
                guard try folder.hasSnapshot() else { return (0, CampaignLedger()) }
                return try Self.reset(folder, scopes: scopes, reasons: reasons)
            }
            try await database.write { db in try ledger.publish(of: record, db) }
            let pending = record.recipients - Int64(ledger.tally.ended)
            guard reset > 0 || scopes.contains("pending") && pending > 0 else {
                throw Problem(
                    .audienceEmpty, "no delivery of the campaign ended in this way")
            }
            let view = try await goOn(record, by: caller, action: "retry_failed", event: .resumed)
            return ["retried": .integer(Int64(reset)), "campaign": view]
        }
    }

    /// Makes ended deliveries pending again.
    private static func reset(
        _ folder: CampaignFolder, scopes: Set<String>, reasons: Set<String>?
    ) throws -> (Int, CampaignLedger) {
        let directory = try StateDirectory.open(folder.path)
        defer { withExtendedLifetime(directory) {} }
        let database = try CampaignDatabase.open(at: directory.databasePath)
        let count = try database.resetForRetry(
            nowMilliseconds: Timestamp.now.milliseconds
        ) { record in
            scopes.contains(record.status.name)
                && (reasons.map { $0.contains(record.reason.label(code: record.code)) } ?? true)
        }
        var ledger = try CampaignLedger(database)
        try ledger.recount(database)
        try database.transaction { () throws(StorageError) in
            do { try ledger.save(database) } catch let error as StorageError { throw error } catch {
                preconditionFailure("a ledger failed with another error: \(error)")
            }
        }
        try database.close()
        return (count, ledger)
    }

    // MARK: Triggering

    package static let triggering = Shape.named(
        "CampaignTrigger",
        .fields([
            .optional("idempotency_key", .text(1...255)), .optional("variables", .jsonObject),
        ]))

    package static let run = Shape.named(
        "CampaignRun",
        .fields([
            .required("run_id", .id), .required("campaign_id", .id),
            .required("status", CampaignShapes.status),
        ]))

    /// Starts a run of an API-triggered campaign: a campaign of its own, like this one.
    ///
    /// The same key within 24 hours answers the same run.
    package func trigger(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        return try await operations.run(campaign) { [self] in
            let source = try await checkedForLaunch(caller, id, .trigger)
            let made = try await database.write { db -> (CampaignRecord, isNew: Bool) in
                try makeRun(of: source, caller, body, db)
            }
            if made.isNew {
                _ = try await operations.run(made.0.pk) {
                    try await begin(made.0, by: caller, action: "trigger")
                }
            }
            let now = try await database.read { db in
                try CampaignRecord.find(made.0.id, app: caller.app, db)
            }
            return [
                "run_id": .string(now.id), "campaign_id": .string(id),
                "status": .string(now.status.rawValue),
            ]
        }
    }

    private func makeRun(
        of source: CampaignRecord, _ caller: Caller, _ body: JSONValue, _ db: Database
    ) throws -> (CampaignRecord, isNew: Bool) {
        guard source.trigger == "api" else {
            throw Problem(
                .actionNotAllowed, "the campaign's trigger is \(source.trigger), not api",
                members: [
                    "state": .string(source.status.rawValue),
                    "allowed_actions": ["start", "schedule"],
                ])
        }
        let now = Timestamp.now
        let oldest = now.milliseconds - IdempotencyLedger.seconds * 1_000
        try db.execute(sql: "DELETE FROM trigger_run WHERE created_at < ?", arguments: [oldest])
        let key = body["idempotency_key"]?.string
        if let key,
            let run = try String.fetchOne(
                db, sql: "SELECT run_id FROM trigger_run WHERE campaign = ? AND key = ?",
                arguments: [source.pk, key])
        {
            return (try CampaignRecord.find(run, app: caller.app, db), false)
        }
        let running = try String.fetchOne(
            db, sql: "SELECT id FROM campaign WHERE app = ? AND parent = ? AND status = 'running'",
            arguments: [caller.app, source.id])
        if let running {
            throw Problem(
                .actionNotAllowed, "its run “\(running)” has not ended",
                members: ["state": "running", "allowed_actions": []])
        }
        var run = try insertCopy(of: source, caller, [:], parent: source.id, db)
        if let variables = body["variables"]?.object {
            let merged = (source.variables.object ?? [:]).merging(variables) { $1 }
            try db.execute(
                sql: "UPDATE campaign SET variables = ? WHERE pk = ?",
                arguments: [JSONValue.object(merged).encoded, run.pk])
            run = try CampaignRecord.find(run.id, app: caller.app, db)
        }
        if let key {
            try db.execute(
                sql: "INSERT INTO trigger_run (campaign, key, run_id, created_at) "
                    + "VALUES (?, ?, ?, ?)",
                arguments: [source.pk, key, run.id, now.milliseconds])
        }
        return (run, true)
    }

    /// The row of a campaign of the caller's app.
    func row(_ caller: Caller, _ id: String) async throws -> Int64 {
        try await database.read { db in try CampaignRecord.find(id, app: caller.app, db).pk }
    }
}

import Engine
import Foundation
import GRDB
package import JSON
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
            if let end = record.stopAt, end <= Timestamp.now.milliseconds {
                throw Problem.invalid("/stop_at", "out_of_range", "expected a time to come")
            }
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
                let end = body["stop_at"] == nil ? record.stopAt : schedule.stopAt?.milliseconds
                if let end, end <= schedule.at.milliseconds {
                    throw Problem.invalid(
                        "/stop_at", "out_of_range", "expected a time after the start")
                }
                if body["stop_at"] != nil {
                    try db.execute(
                        sql: "UPDATE campaign SET stop_at = ? WHERE pk = ?",
                        arguments: [end, record.pk])
                }
                return try CampaignTransition(
                    to: .scheduled, scheduledFor: schedule.at.milliseconds, schedule: schedule.json,
                    audited: ["schedule": schedule.json, "stop_at": body["stop_at"] ?? .null]
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
        _ record: CampaignRecord, by caller: Caller, action: String, event: CampaignEventType?,
        audited: [String: JSONValue] = [:]
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
            return try CampaignTransition(to: .running, event: event, audited: audited)
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
            try await database.write { db in
                try ledger.publish(of: record, db)
                // An end that has come would end the retry, too.
                try db.execute(
                    sql: "UPDATE campaign SET stop_at = NULL WHERE pk = ? AND stop_at <= ?",
                    arguments: [record.pk, Timestamp.now.milliseconds])
            }
            let pending = record.recipients - Int64(ledger.tally.ended)
            guard reset > 0 || scopes.contains("pending") && pending > 0 else {
                throw Problem(
                    .audienceEmpty, "no delivery of the campaign ended in this way")
            }
            let view = try await goOn(
                record, by: caller, action: "retry_failed", event: .resumed,
                audited: [
                    "retried": .integer(Int64(reset)),
                    "scope": .array(scopes.sorted().map { .string($0) }),
                    "reasons": body["reasons"] ?? .null,
                ])
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

    /// The row of a campaign of the caller's app.
    func row(_ caller: Caller, _ id: String) async throws -> Int64 {
        try await database.read { db in try CampaignRecord.find(id, app: caller.app, db).pk }
    }
}

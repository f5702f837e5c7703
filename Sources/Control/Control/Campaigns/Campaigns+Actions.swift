import CampaignLife
package import ControlDirectory
import ControlEvents
import Engine
import Foundation
import GRDB
package import JSON
import Storage

/// What makes campaigns run, wait, and end: requests to the runner, with what is checked before.
extension Campaigns {
    // MARK: Starting

    /// Starts a campaign now.
    ///
    /// - Throws: `Problem` when something that it needs is missing: nothing has changed then.
    package func start(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await checkedForLaunch(caller, id, .start)
        if let end = record.stopAt, end <= database.clock.now.milliseconds {
            throw Problem.invalid("/stop_at", "out_of_range", "expected a time to come")
        }
        return try await begin(record, by: caller, action: "start")
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
        return record
    }

    /// Makes a campaign running that was checked.
    func begin(
        _ record: CampaignRecord, by caller: Caller?, action: String
    ) async throws -> JSONValue {
        let request = RunRequest(.start, of: record.id, by: caller, action: action)
        return view(try await runner.ask(record.pk, request))
    }

    /// A campaign as it was written, with the live figures of its run.
    private func view(_ reply: RunReply) -> JSONValue {
        guard let record = reply.record else { return .null }
        return record.json(live: board.live(record.pk))
    }

    /// With the policy `reject`, a quota that does not cover the audience refuses the launch.
    private func checkQuota(_ record: CampaignRecord) async throws {
        guard try await runner.launcher.quotaPolicy(of: record) == .reject else { return }
        let size = try await runner.launcher.audienceSize(of: record)
        let left = runner.quota.account(of: record.app)
            .figures(month: database.clock.now.month).left
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
            .optional("at", .time, "When it starts; either this or local_time."),
            .optional(
                "local_time",
                .string(
                    TextRule(
                        19...19, pattern: "^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}:\\d{2}$",
                        expectation: "expected 2026-01-31T08:00:00")),
                "What clocks in time_zone show when it starts."),
            .optional(
                "time_zone", .text(1...64),
                "The IANA zone of local_time, such as Europe/Berlin."),
            .optional(
                "stop_at", .nullable(.time),
                "When it is stopped if it has not ended; as the campaign has it when not given."),
            .optional(
                "max_lateness_seconds", .integer(0...31_536_000),
                "How much later it may still start; later it becomes a draft again.",
                default: .integer(CampaignSchedule.maxLatenessDefault)),
        ]))

    /// Lets a campaign start by itself at a time.
    package func schedule(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let schedule = try CampaignSchedule(body, now: database.clock.now)
        let record = try await checkedForLaunch(caller, id, .schedule)
        let request = RunRequest(.schedule, of: id, by: caller) { record, transition, db in
            let end = body["stop_at"] == nil ? record.stopAt : schedule.stopAt?.milliseconds
            if let end, end <= schedule.at.milliseconds {
                throw Problem.invalid("/stop_at", "out_of_range", "expected a time after the start")
            }
            if body["stop_at"] != nil {
                try db.execute(
                    sql: "UPDATE campaign SET stop_at = ? WHERE pk = ?",
                    arguments: [end, record.pk])
            }
            transition.scheduledFor = schedule.at.milliseconds
            transition.schedule = schedule.json
            transition.audited = ["schedule": schedule.json, "stop_at": body["stop_at"] ?? .null]
        }
        return view(try await runner.ask(record.pk, request))
    }

    /// Makes a scheduled campaign a draft again.
    package func unschedule(_ caller: Caller, _ id: String) async throws -> JSONValue {
        view(
            try await runner.ask(
                try await row(caller, id), RunRequest(.unschedule, of: id, by: caller)))
    }

    // MARK: Pausing and stopping

    package static let receipt = Shape.named(
        "StopReceipt",
        .fields([
            .required("status", CampaignShapes.status, "Where the campaign stands now."),
            .required(
                "in_flight", .count, "Requests on the wire when the last sender had stopped."),
            .required("took_ms", .number(0...1e9), "Milliseconds until no request could begin."),
        ]))

    /// Pauses a campaign: when this returns, no further request of it begins.
    package func pause(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await halt(caller, id, .pause)
    }

    /// Stops a campaign for good: when this returns, no further request of it begins.
    package func stop(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await halt(caller, id, .stop)
    }

    private func halt(_ caller: Caller, _ id: String, _ wish: RunWish) async throws -> JSONValue {
        let campaign = try await row(caller, id)
        let started = ContinuousClock.now
        let reply = try await runner.ask(campaign, RunRequest(wish, of: id, by: caller))
        let milliseconds = (ContinuousClock.now - started) / .milliseconds(1)
        return [
            "status": .text(reply.record?.status.rawValue),
            "in_flight": .integer(Int64(reply.inFlight)),
            "took_ms": .number((milliseconds * 100).rounded() / 100),
        ]
    }

    /// Lets a paused campaign go on with what is pending; what has ended is not retried.
    package func resume(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await database.read { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.resume)
            return record
        }
        try checkQuotaLeft(record)
        return view(try await runner.ask(record.pk, RunRequest(.resume, of: id, by: caller)))
    }

    /// A campaign that ran out of quota needs some before it goes on.
    private func checkQuotaLeft(_ record: CampaignRecord) throws {
        let figures = runner.quota.account(of: record.app)
            .figures(month: database.clock.now.month)
        guard record.status == .pausedQuota, figures.used >= figures.limit else { return }
        throw Problem(
            .quotaExceeded, "all \(figures.limit) messages of this month are used",
            members: ["quota_left": 0])
    }

    // MARK: Retrying

    package static let retrying = Shape.named(
        "CampaignRetry",
        .fields([
            .optional(
                "scope", .array(.choice(["failed", "unknown", "skipped", "pending"]), 1...4),
                "How the deliveries ended that are sent again.", default: ["failed"]),
            .optional(
                "reasons", .array(.text(1...64), 1...100),
                "Why they ended; for whatever reason when not given."),
        ]))

    /// Sends again what did not arrive, by how it ended and why; each message gets a new key.
    package func retryFailed(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let statuses = Set(body["scope"]?.array?.compactMap(\.string) ?? ["failed"])
        let reasons = (body["reasons"]?.array?.compactMap(\.string)).map { Set($0) }
        let request = RunRequest(
            .retry, of: id, by: caller, retry: RetryScope(statuses: statuses, reasons: reasons)
        ) { _, transition, _ in
            transition.audited["scope"] = .array(statuses.sorted().map { .string($0) })
            transition.audited["reasons"] = body["reasons"] ?? .null
        }
        let reply = try await runner.ask(try await row(caller, id), request)
        return ["retried": .integer(Int64(reply.retried)), "campaign": view(reply)]
    }

    /// The row of a campaign of the caller's app.
    func row(_ caller: Caller, _ id: String) async throws -> CampaignRowID {
        try await database.read { db in try CampaignRecord.find(id, app: caller.app, db).pk }
    }
}

import CampaignLife
import ControlDirectory
import ControlEvents
import Engine
import Foundation
import GRDB
import JSON
import Logging
import Runtime

/// What is written of runs, and what their callers are told.
extension CampaignRunner {
    // MARK: Statuses

    /// What came of changing a row.
    private enum Change: Sendable {
        case made(CampaignRecord)
        /// The row has another status, or is gone.
        case found(CampaignStatus?)
    }

    /// Writes a status, with its audit entry and its event.
    func written(_ change: StatusChange, _ row: CampaignRowID) async -> RunEvent {
        let ask = change.origin.flatMap { asks[$0] }
        let reason = reason(of: change.cause, row)
        do {
            let made = try await IdempotencyScope.$current.withValue(ask?.scope) {
                try await database.write { [events] db, now -> Change in
                    guard let record = try CampaignRecord.find(pk: row, db) else {
                        return .found(nil)
                    }
                    guard record.status == change.from else { return .found(record.status) }
                    var transition = CampaignTransition(
                        to: change.to, reason: reason, event: change.event)
                    if let ask, ask.request.retry != nil {
                        transition.audited["retried"] = .integer(Int64(ask.reply.retried))
                    }
                    try ask?.request.complete(record, &transition, db)
                    return .made(
                        try transition.apply(
                            to: record, at: now, db, events: events, by: ask?.request.caller,
                            action: ask?.request.action))
                }
            }
            guard case .made(let record) = made else {
                guard case .found(let status) = made else { return .writeFailed(change.number) }
                return .statusFound(change.number, status)
            }
            if let origin = change.origin { asks[origin]?.reply.record = record }
            log(change, record, reason)
            return .written(change.number)
        } catch {
            if let origin = change.origin { asks[origin]?.error = error }
            logger.error(
                "a campaign's status was not written",
                metadata: [
                    "campaign": "\(row)", "status": "\(change.to.rawValue)", "error": "\(error)",
                ])
            return .writeFailed(change.number)
        }
    }

    private func log(_ change: StatusChange, _ record: CampaignRecord, _ reason: String?) {
        guard change.cause.isNoticed else { return }
        logger.notice(
            "campaign \(change.to.rawValue)",
            metadata: ["campaign": "\(record.id)", "reason": "\(reason ?? "")"])
    }

    /// What the row says of why.
    private func reason(of cause: ChangeCause, _ row: CampaignRowID) -> String? {
        switch cause {
        case .asked, .scheduleCame, .completed: nil
        case .scheduleMissed: "schedule_missed: it was too late to start"
        case .endCame: "its stop_at has come"
        case .quotaEnded: "the month's messages are used"
        case .destinationBroken: "the destination has answered nothing but failures"
        case .launchRefused, .cannotRun: reasons[row] ?? "the server's log has the reason"
        }
    }

    // MARK: Retries and removal

    /// Makes ended deliveries pending again.
    func reset(_ row: CampaignRowID, _ ask: AskNumber) async -> RunEvent {
        do {
            guard let scope = asks[ask]?.request.retry,
                let record = try await database.read({ db in try CampaignRecord.find(pk: row, db) })
            else { return .resetFailed(ask) }
            let folder = folder(record)
            let (count, ledger) = try await BlockingQueue.run { [clock = database.clock] in
                try scope.reset(folder, now: clock.now)
            }
            try await database.write { db, now in
                try ledger.publish(of: record, db)
                // An end that has come would end the retry, too.
                try db.execute(
                    sql: "UPDATE campaign SET stop_at = NULL WHERE pk = ? AND stop_at <= ?",
                    arguments: [row, now])
            }
            asks[ask]?.reply.retried = count
            let pending = record.recipients - Int64(ledger.tally.ended)
            return .recordsReset(
                ask, hasPending: count > 0 || scope.statuses.contains("pending") && pending > 0)
        } catch {
            asks[ask]?.error = error
            return .resetFailed(ask)
        }
    }

    /// Removes a campaign with all its records and files.
    func remove(_ row: CampaignRowID, _ ask: AskNumber) async -> RunEvent {
        do {
            let request = asks[ask]
            let removed = try await IdempotencyScope.$current.withValue(request?.scope) {
                try await database.write { db, now -> CampaignRecord? in
                    guard let record = try CampaignRecord.find(pk: row, db) else { return nil }
                    try record.status.require(.delete)
                    try record.remove(by: request?.request.caller, at: now, db)
                    return record
                }
            }
            guard let removed else { return .removed(ask) }
            try await database.write { [limits] db in try limits.refresh(removed.app, db) }
            limits.drop(app: removed.app, campaign: removed.id)
            if let id = CampaignID(removed.engineID) {
                runtime?.forget(id)
                quota.account(of: removed.app).forgetUnwritten(of: id)
            }
            unsettled.remove(row)
            let folder = folder(removed)
            do {
                try await BlockingQueue.run { try folder.remove() }
            } catch {
                // The campaign is gone all the same; what is left are files that nobody asks for.
                logger.error(
                    "the files of a removed campaign were not removed",
                    metadata: ["folder": "\(folder.path)", "error": "\(error)"])
            }
            return .removed(ask)
        } catch {
            asks[ask]?.error = error
            return .removalFailed(ask)
        }
    }

    // MARK: Answers

    /// Tells a caller what came of its request.
    func answer(_ number: AskNumber, _ answer: RunAnswer) {
        guard var ask = asks[number], let continuation = ask.continuation else { return }
        ask.continuation = nil
        switch answer {
        case .changed(let inFlight):
            ask.reply.inFlight = inFlight
            releaseWatchers(of: ask.row)
            continuation.resume(returning: ask.reply)
        case .removed: continuation.resume(returning: RunReply())
        case .refused(let status):
            continuation.resume(throwing: status.refusal(of: ask.request.wish.action))
        case .full:
            continuation.resume(
                throwing: Problem(
                    .limitReached,
                    "\(CampaignLifeLimits.runsMax) campaigns run at once at the most"))
        case .nobody:
            continuation.resume(
                throwing: Problem(.audienceEmpty, "no delivery of the campaign ended in this way"))
        case .gone:
            continuation.resume(throwing: Problem.notFound("campaign", ask.request.campaign))
        case .failed:
            let error = ask.error ?? Problem(.internalError, "the server's log has the reason")
            continuation.resume(throwing: error)
        }
        // A stop that could not be written is written later, in its caller's name.
        asks[number] = answer == .failed ? ask : nil
    }
}

extension StatusChange {
    /// What the app is told of the change.
    fileprivate var event: CampaignEventType? {
        switch cause {
        case .scheduleCame, .asked(.start): .started
        case .asked(.resume), .asked(.retry): .resumed
        case .asked(.pause), .quotaEnded, .destinationBroken, .cannotRun: .paused
        case .asked(.stop), .endCame: .stopped
        case .launchRefused: .failed
        case .completed: to == .failed ? .failed : .completed
        case .asked(.schedule), .asked(.unschedule), .asked(.delete), .scheduleMissed: nil
        }
    }
}

extension ChangeCause {
    /// Whether operators want to read of it in the log: the server did it by itself, and nobody had
    /// planned it.
    fileprivate var isNoticed: Bool {
        switch self {
        case .quotaEnded, .destinationBroken, .cannotRun, .scheduleMissed, .launchRefused: true
        case .asked, .scheduleCame, .endCame, .completed: false
        }
    }
}

extension CampaignRecord {
    /// Removes the campaign's rows.
    fileprivate func remove(by caller: Caller?, at now: Timestamp, _ db: Database) throws {
        try db.execute(
            sql: "DELETE FROM send_limit WHERE app = ? AND level = 'campaign' AND name = ?",
            arguments: [app, id])
        for sql in [
            "DELETE FROM campaign_recipient WHERE campaign = ?",
            "DELETE FROM engagement WHERE campaign = ?",
            "DELETE FROM trigger_run WHERE campaign = ?", "DELETE FROM campaign WHERE pk = ?",
        ] { try db.execute(sql: sql, arguments: [pk]) }
        let entry = AuditEntry("delete", "campaign", id, before: json(live: nil))
        if let caller {
            try entry.record(by: caller, at: now, db)
        } else {
            try entry.record(app: app, actor: "server", at: now, db)
        }
    }
}

import Engine
import Foundation
import GRDB
import Logging
import Runtime
import SendPlans
import Storage

/// One run: prepared, started, stopped, finished.
extension CampaignRunner {
    /// Begins to run a campaign that the database calls running; to call it twice changes nothing.
    package func launch(_ campaign: Int64) {
        guard runs[campaign] == nil, !isStopping else { return }
        runs[campaign] = .preparing(isUnwanted: false)
        Task { await prepare(campaign) }
    }

    private func prepare(_ campaign: Int64) async {
        do {
            guard
                let record = try await database.read({ db in
                    try CampaignRecord.find(pk: campaign, db)
                })
            else { return removeRun(campaign) }
            try await launcher.makeSnapshot(of: record)
            guard case .preparing(false) = runs[campaign] else { return removeRun(campaign) }
            try await begin(record)
        } catch {
            logger.error(
                "campaign cannot run",
                metadata: ["campaign": "\(campaign)", "error": "\(error)"])
            await fail(campaign, "\(error)")
            removeRun(campaign)
        }
    }

    /// Opens the snapshot and hands the campaign to the shards.
    private func begin(_ record: CampaignRecord) async throws {
        guard let runtime else { return removeRun(record.pk) }
        try await database.write { db in
            try db.execute(
                sql: "UPDATE campaign SET is_open = 1, storage_bytes = 0 WHERE pk = ?",
                arguments: [record.pk])
        }
        let policy = try await launcher.quotaPolicy(of: record)
        let prepared = try await launcher.open(
            record, quota: quota.account(of: record.app), trims: policy == .trim)
        guard case .preparing(false) = runs[record.pk] else {
            try await BlockingQueue.run { try prepared.value.store.database.close() }
            return removeRun(record.pk)
        }
        // Read before the store thread can change it.
        let before = prepared.value.store.reports.durable.tally
        let handle = try prepared.value.start(
            on: runtime, shards: options.shards, flightsPerShard: flightsPerShard,
            limiters: limits.chain(app: record.app, campaign: record.id, provider: "webhook"),
            hostLimits: limits.hosts(app: record.app),
            eligibility: eligibility.check(app: record.app, medium: .webhook)
        ) { [weak self] end in
            Task { await self?.ended(record.pk, end, prepared) }
        }
        let run = RunningCampaign(
            record, handle: handle, prepared: prepared.value, before: before,
            bounds: prepared.value.bounds(
                shards: options.shards, flightsPerShard: flightsPerShard))
        runs[record.pk] = .running(run)
        board.show(run)
    }

    // MARK: Stopping

    /// What a stop found.
    package struct Receipt: Sendable {
        /// Requests on the wire when the last shard had stopped.
        package let inFlight: Int
        package let milliseconds: Double
    }

    /// Lets no further request of a campaign begin; returns when none can.
    package func halt(_ campaign: Int64) async -> Receipt {
        let started = ContinuousClock.now
        var inFlight = 0
        switch runs[campaign] {
        case nil, .broken: break
        case .preparing: runs[campaign] = .preparing(isUnwanted: true)
        case .running(let run):
            inFlight = await withCheckedContinuation { continuation in
                run.handle.drain { continuation.resume(returning: $0) }
            }
        }
        let (seconds, attoseconds) = (ContinuousClock.now - started).components
        return Receipt(
            inFlight: inFlight, milliseconds: Double(seconds) * 1e3 + Double(attoseconds) / 1e15)
    }

    // MARK: The end

    private func ended(
        _ campaign: Int64, _ end: CampaignHandle.End, _ prepared: PreparedCampaign.Box
    ) async {
        if case .failed(let error) = end {
            // Shards keep its pages, and the journal too: it can go on after a restart only.
            runs[campaign] = .broken
            board.removeBroken(campaign)
            for waiter in waiters.removeValue(forKey: campaign) ?? [] { waiter.resume() }
            await fail(campaign, "\(error)")
            return
        }
        guard let runtime, case .running(let run) = runs[campaign] else { return }
        await withCheckedContinuation { continuation in
            runtime.release(run.handle) { continuation.resume() }
        }
        do {
            try await finish(campaign, end, prepared)
        } catch {
            logger.error(
                "campaign was not closed",
                metadata: ["campaign": "\(campaign)", "error": "\(error)"])
        }
        removeRun(campaign)
    }

    private func finish(
        _ campaign: Int64, _ end: CampaignHandle.End, _ prepared: PreparedCampaign.Box
    ) async throws {
        let isCompleted = if case .completed = end { true } else { false }
        let ledger = prepared.value.store.reports.durable
        let bytes = try await BlockingQueue.run {
            let database = prepared.value.store.database
            if isCompleted { try database.setState(.completed) }
            try database.close()
            return CampaignDatabase.fileBytes(at: prepared.value.directory.databasePath)
        }
        try await database.write { [events] db in
            guard let record = try CampaignRecord.find(pk: campaign, db) else { return }
            try ledger.publish(of: record, db)
            try db.execute(
                sql: "UPDATE campaign SET is_open = 0, storage_bytes = ? WHERE pk = ?",
                arguments: [bytes, campaign])
            guard isCompleted, record.status != .stopped else { return }
            let status = CampaignStatus.completed(by: ledger.tally)
            try CampaignTransition(
                to: status, event: status == .failed ? .failed : .completed
            ).apply(to: record, db, events: events)
        }
    }

    /// Pauses a campaign that cannot go on by itself.
    private func fail(_ campaign: Int64, _ reason: String) async {
        try? await database.write { [events] db in
            guard let record = try CampaignRecord.find(pk: campaign, db),
                record.status == .running
            else { return }
            try CampaignTransition(to: .pausedError, reason: reason, event: .paused)
                .apply(to: record, db, events: events)
        }
    }
}

extension CampaignStatus {
    /// How a campaign ended whose deliveries have all ended.
    static func completed(by tally: Tally) -> CampaignStatus {
        if tally.sent == 0, tally.failed > 0 { return .failed }
        return tally.failed + tally.skipped + tally.unknown > 0 ? .completedPartial : .completed
    }
}

import CampaignLife
import ControlDirectory
import Engine
import Foundation
import GRDB
import JSON
import Logging
import Providers
import Runtime
import Storage

/// What machines want done.
extension CampaignRunner {
    /// Does it, or begins a task that does.
    func carryOut(_ action: RunAction, _ row: CampaignRowID) {
        switch action {
        case .check(let number):
            work(row, .checked(number, passes: false)) { try await $0.check(row, number) }
        case .prepare(let number):
            work(row, .preparationFailed(number)) { try await $0.prepare(row, number) }
        case .open(let number):
            work(row, .preparationFailed(number)) { try await $0.open(row, number) }
        case .start(let number): start(row, number)
        case .drain(let number): drain(row, number)
        case .close(let number, let end):
            work(row, .closeFailed(number)) { try await $0.close(row, number, end) }
        case .write(let change):
            Task { tell(row, await written(change, row)) }
        case .reset(let ask):
            Task { tell(row, await reset(row, ask)) }
        case .remove(let ask):
            Task { tell(row, await remove(row, ask)) }
        case .answer(let ask, let answer): self.answer(ask, answer)
        }
    }

    /// Begins a task that tells what came of it, or that it failed and why.
    private func work(
        _ row: CampaignRowID, _ failure: RunEvent,
        _ body: @escaping @Sendable (isolated CampaignRunner) async throws -> RunEvent
    ) {
        Task {
            do {
                tell(row, try await body(self))
            } catch {
                reasons[row] = error.statusReason
                logger.error(
                    "a step of a campaign's run failed",
                    metadata: [
                        "campaign": "\(row)", "failure": "\(failure)", "error": "\(error)",
                    ])
                tell(row, failure)
            }
        }
    }

    // MARK: Beginning

    private func check(_ row: CampaignRowID, _ number: StepNumber) async throws -> RunEvent {
        let record = try await find(row)
        try await launcher.check(record)
        return .checked(number, passes: true)
    }

    private func prepare(_ row: CampaignRowID, _ number: RunNumber) async throws -> RunEvent {
        try await launcher.makeSnapshot(of: try await find(row))
        return .snapshotMade(number)
    }

    /// Settles what an earlier process left, and opens the snapshot.
    ///
    /// What a run of this process left whose store had failed is settled by the runtime, which has
    /// kept its pages.
    private func open(_ row: CampaignRowID, _ number: RunNumber) async throws -> RunEvent {
        let record = try await find(row)
        if unsettled.contains(row) {
            try await settle(record, journalsIn: folder(record).journalDirectory)
            unsettled.remove(row)
        }
        try await database.write { db in
            try db.execute(
                sql: "UPDATE campaign SET is_open = 1, storage_bytes = 0 WHERE pk = ?",
                arguments: [row])
        }
        let policy = try await launcher.quotaPolicy(of: record)
        let prepared = try await launcher.open(
            record, quota: quota.account(of: record.app), trims: policy == .trim)
        open[number] = OpenRun(row: row, record: record, prepared: prepared)
        return .opened(number)
    }

    private func find(_ row: CampaignRowID) async throws -> CampaignRecord {
        let record = try await database.read { db in try CampaignRecord.find(pk: row, db) }
        guard let record else { throw Problem.notFound("campaign", "\(row)") }
        return record
    }

    /// Hands an open run to the shards.
    private func start(_ row: CampaignRowID, _ number: RunNumber) {
        guard let runtime, let run = open[number] else { return tell(row, .startFailed(number)) }
        let prepared = run.prepared.value
        let record = run.record
        // Read before the store thread can change it.
        let before = prepared.store.reports.durable.tally
        do {
            let handle = try prepared.start(
                on: runtime, shards: options.shards, flightsPerShard: flightsPerShard,
                limiters: limits.chain(
                    app: record.app, campaign: record.id, provider: record.provider.rawValue),
                hostLimits: limits.hosts(app: record.app),
                eligibility: eligibility.check(app: record.app, medium: record.medium)
            ) { [weak self] end in
                Task { await self?.engineEnded(row, number, end) }
            }
            open[number]?.handle = handle
            board.show(
                RunningCampaign(
                    record, number: number, handle: handle, prepared: prepared, before: before,
                    bounds: prepared.bounds(
                        shards: options.shards, flightsPerShard: flightsPerShard)))
        } catch {
            reasons[row] = error.statusReason
            logger.error(
                "campaign cannot run", metadata: ["campaign": "\(row)", "error": "\(error)"])
            tell(row, .startFailed(number))
        }
    }

    // MARK: Stopping

    private func drain(_ row: CampaignRowID, _ number: RunNumber) {
        guard let handle = open[number]?.handle else { return }
        handle.drain { inFlight in
            Task { [weak self] in await self?.tell(row, .shardsStopped(number, inFlight: inFlight))
            }
        }
    }

    // MARK: Ending

    private func engineEnded(_ row: CampaignRowID, _ number: RunNumber, _ end: CampaignHandle.End) {
        switch end {
        case .completed: tell(row, .ended(number, .completed))
        case .drained: tell(row, .ended(number, .drained))
        case .failed(let error):
            reasons[row] = error.statusReason
            logger.error(
                "campaign cannot go on", metadata: ["campaign": "\(row)", "error": "\(error)"])
            tell(row, .ended(number, .failed))
        }
    }

    /// Lets the engine go of a run, closes its file, and writes its figures.
    ///
    /// After a failure it may be called again, and goes on where it was.
    private func close(
        _ row: CampaignRowID, _ number: RunNumber, _ end: RunEnd
    ) async throws -> RunEvent {
        guard let run = open[number] else { return .closed(number, completedAs: nil) }
        if let runtime, let handle = run.handle {
            await withCheckedContinuation { continuation in
                runtime.release(handle) { continuation.resume() }
            }
            open[number]?.handle = nil
        }
        if !run.isFileClosed {
            try await closeFile(run, isCompleted: end == .completed, mayFail: end == .failed)
            open[number]?.isFileClosed = true
        }
        let ledger = run.prepared.value.store.reports.durable
        // What a failed store left is settled when the campaign is started again.
        if end != .failed {
            let bytes = folder(run.record).fileBytes
            try await database.write { db in
                guard let record = try CampaignRecord.find(pk: row, db) else { return }
                try ledger.publish(of: record, db)
                try db.execute(
                    sql: "UPDATE campaign SET is_open = 0, storage_bytes = ? WHERE pk = ?",
                    arguments: [bytes, row])
            }
        }
        // Its figures are on the board until the row has them.
        board.remove(row)
        limits.drop(app: run.record.app, campaign: run.record.id)
        open[number] = nil
        return .closed(
            number,
            completedAs: end == .completed ? CampaignStatus.completed(by: ledger.tally) : nil)
    }

    private func closeFile(
        _ run: OpenRun, isCompleted: Bool, mayFail: Bool
    ) async throws {
        let prepared = run.prepared
        try await BlockingQueue.run {
            let database = prepared.value.store.database
            do {
                if isCompleted { try database.setState(.completed) }
                try database.close()
            } catch {
                // A store that has failed may be one that cannot be closed in order either.
                guard mayFail else { throw error }
            }
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

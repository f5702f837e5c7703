import CurlTransport
import Engine
import Foundation
import GRDB
import JSON
import Logging
import Runtime
import Storage
import Structures

// Runs campaigns: the one place where the control plane and the engine meet.
//
// 1. The database says what should be; this makes it so. A campaign that the database calls running
//    is in `runs`, or becomes it at the next start.
// 2. Operations of one campaign come one after the other (`queue`), those of different ones side by
//    side.
// 3. What a dead process left is settled before the runtime starts, which begins its journals anew.
// 4. A run ends in one place, `finish`: the store is closed, the figures are written, and only then
//    can the campaign run again.

/// The engine as the control plane uses it.
package actor CampaignRunner {
    let database: ControlDatabase
    let options: ControlOptions
    let logger: Logger
    let quota: QuotaBook
    let limits: LimitBook
    let eligibility: EligibilityDirectory
    nonisolated let board: LiveBoard
    let launcher: CampaignLauncher
    /// Told of what happens to campaigns, in the transaction that makes it so.
    let events: CampaignEvents

    var runtime: DispatchRuntime<CurlCarrier>?
    var runs: [Int64: Run] = [:]
    var isStopping = false

    /// Campaigns that run at once, each with a file of its own open.
    package static let runsMax = 256

    /// Where a campaign is on its way through this process.
    enum Run {
        /// Its snapshot is made or opened; `isUnwanted` once it should not start any more.
        case preparing(isUnwanted: Bool)
        case running(RunningCampaign)
        /// Its last requests end; whoever waits is told when all is written.
        case broken
    }

    /// Who waits for a run to be over.
    var waiters: [Int64: [CheckedContinuation<Void, Never>]] = [:]

    init(
        database: ControlDatabase, options: ControlOptions, quota: QuotaBook, limits: LimitBook,
        eligibility: EligibilityDirectory, board: LiveBoard, launcher: CampaignLauncher,
        events: CampaignEvents, logger: Logger
    ) {
        self.database = database
        self.options = options
        self.quota = quota
        self.limits = limits
        self.eligibility = eligibility
        self.board = board
        self.launcher = launcher
        self.events = events
        self.logger = logger
    }

    // MARK: Start and end of the process

    /// Settles what an earlier process left, starts the threads, and lets running campaigns go on.
    package func start() async throws {
        try FileManager.default.createDirectory(
            atPath: journalDirectory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: options.dataDirectory + "/campaigns", withIntermediateDirectories: true)
        try await settleOpenRuns()
        try await database.read { [quota, limits] db in
            try quota.load(db, month: Timestamp.now.month)
            try limits.load(db)
        }
        let carrierOptions = CurlTransportOptions(flightsMax: flightsPerShard)
        runtime = try DispatchRuntime(
            options: .init(
                shards: options.shards, flightsPerShard: flightsPerShard,
                journalDirectory: journalDirectory, seed: UInt64.random(in: 0 ... .max))
        ) { loop in try CurlCarrier(loop: loop, options: carrierOptions) }
        let running = try await database.read { db in
            try Int64.fetchAll(db, sql: "SELECT pk FROM campaign WHERE status = 'running'")
        }
        for campaign in running { launch(campaign) }
    }

    /// Stops all sends, waits for what is on the wire, and ends the threads; campaigns that run go
    /// on at the next start.
    package func stop() async {
        isStopping = true
        for (campaign, run) in runs {
            switch run {
            case .preparing: runs[campaign] = .preparing(isUnwanted: true)
            case .running(let run): run.handle.drain()
            case .broken: break
            }
        }
        for campaign in Array(runs.keys) { await waitUntilOver(campaign) }
        try? await database.write { [limits] db in try limits.save(db) }
        if let runtime {
            try? await BlockingQueue.run { runtime.shutDown() }
        }
        runtime = nil
    }

    private var journalDirectory: String { options.dataDirectory + "/journal" }

    /// What a shard may have on the wire, over all campaigns.
    var flightsPerShard: Int {
        max(1, (options.inFlightMax + options.shards - 1) / options.shards)
    }

    /// Settles the pages that a dead process had claimed, before the journals are begun anew.
    private func settleOpenRuns() async throws {
        let open = try await database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM campaign WHERE is_open = 1")
                .map(CampaignRecord.init)
        }
        for record in open {
            let folder = folder(record)
            let journals = journalDirectory
            let settled = try await BlockingQueue.run { [board] () throws -> CampaignLedger? in
                guard try folder.hasSnapshot() else { return nil }
                let directory = try StateDirectory.open(folder.path)
                let database = try CampaignDatabase.open(at: directory.databasePath)
                let store = try QuotaGate(
                    database, quota: QuotaAccount(limit: .max / 2), trims: false)
                let before = store.reports.durable.tally
                _ = try CrashRecovery.settle(
                    store, campaign: database.campaign.id, guarantee: record.guarantee,
                    journalsIn: journals, boot: BootIdentity.current,
                    wallMilliseconds: SystemClock.wallMilliseconds)
                let ledger = store.reports.durable
                try database.close()
                board.addCrashed(ledger.tally.crashed - before.crashed)
                return ledger
            }
            try await database.write { db in
                if let settled { try settled.publish(of: record, db) }
                try db.execute(
                    sql: "UPDATE campaign SET is_open = 0, storage_bytes = ? WHERE pk = ?",
                    arguments: [folder.fileBytes, record.pk])
            }
        }
    }

    func folder(_ record: CampaignRecord) -> CampaignFolder {
        CampaignFolder(dataDirectory: options.dataDirectory, engineID: record.engineID)
    }

    // MARK: Runs

    /// What the engine's threads have done, and what waits in them.
    var runtimeFigures: RuntimeFigures { runtime?.figures ?? RuntimeFigures() }

    /// How many campaigns run or prepare to.
    package var runCount: Int { runs.count }

    /// Waits until a campaign's run is over and written.
    func waitUntilOver(_ campaign: Int64) async {
        switch runs[campaign] {
        case nil, .broken: return
        case .preparing, .running:
            await withCheckedContinuation { waiters[campaign, default: []].append($0) }
        }
    }

    /// Says that a run is over.
    func removeRun(_ campaign: Int64) {
        runs[campaign] = nil
        board.remove(campaign)
        for waiter in waiters.removeValue(forKey: campaign) ?? [] { waiter.resume() }
    }
}

extension CampaignRecord {
    var guarantee: DeliveryGuarantee {
        deliveryGuarantee == "at_most_once" ? .atMostOnce : .atLeastOnce
    }
}

extension CampaignLedger {
    /// Writes a campaign's figures where views and the quota find them.
    func publish(of record: CampaignRecord, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE campaign SET tally = ? WHERE pk = ?",
            arguments: [tally.json.encoded, record.pk])
        for (month, used) in used {
            try db.execute(
                sql: """
                    INSERT INTO quota_used (app, month, campaign, used) VALUES (?, ?, ?, ?)
                    ON CONFLICT (app, month, campaign) DO UPDATE SET used = excluded.used
                    """, arguments: [record.app, month, record.engineID, used])
        }
    }
}

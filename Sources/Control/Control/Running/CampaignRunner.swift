import CampaignLife
import ControlDirectory
import ControlEvents
import CurlTransport
import Engine
import Foundation
import GRDB
import Logging
import Runtime
import Storage
import Structures

// Runs campaigns: the one place where the control plane and the engine meet.
//
// 1. It decides nothing: what happens is told to the campaign's machine (`CampaignLife`), and what
//    the machine answers is done here. Nothing else starts, stops or marks a run.
// 2. An event is told, and what follows from it begun, in one turn of the actor; what takes time is
//    a task that tells its end as another event.
// 3. A status is written in one transaction with its audit entry and its event, and only over the
//    status that the machine believes the row to have.
// 4. What a dead process left is settled before the runtime starts, which begins its journals anew.

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

    var runtime: DispatchRuntime<ServerTransport>?
    /// Runs whose files are open.
    var open: [RunNumber: OpenRun] = [:]
    /// Requests that have no answer yet, or whose change is still owed to the row.
    var asks: [AskNumber: Ask] = [:]
    /// Why campaigns cannot run, until that is written, by their rows.
    var reasons: [CampaignRowID: String] = [:]
    /// Campaigns of which an earlier process left what could not be settled at the start.
    var unsettled: Set<CampaignRowID> = []
    private var table = CampaignRunTable<CampaignRowID>()
    /// What is still to be told, so that an event that comes of an action waits for the others.
    private var inbox: [(row: CampaignRowID, event: RunEvent)] = []
    private var isTelling = false
    private var lastAsk: UInt64 = 0
    /// Who waits until a campaign does not run any more.
    private var watchers: [CampaignRowID: [Watcher]] = [:]
    /// Who waits until no campaign has a run.
    private var untilOver: CheckedContinuation<Void, Never>?

    struct Ask {
        let row: CampaignRowID
        let request: RunRequest
        /// The key of the API's request that this is part of.
        let scope: IdempotencyScope?
        /// Nil once it is answered.
        var continuation: CheckedContinuation<RunReply, any Error>?
        var reply = RunReply()
        /// Why it could not be done.
        var error: (any Error)?
    }

    private struct Watcher {
        let deadline: ContinuousClock.Instant
        let continuation: CheckedContinuation<Void, Never>
    }

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

    // MARK: Requests

    /// Asks for what changes where a campaign stands, and waits for the answer.
    ///
    /// - Throws: `Problem` that says why it cannot be; what the database throws. Nothing is changed
    ///   then, but a pause or a stop that could not be written: that is in force all the same, and
    ///   written as soon as it can be.
    func ask(_ row: CampaignRowID, _ request: RunRequest) async throws -> RunReply {
        let scope = IdempotencyScope.current
        if !table.contains(row) {
            let status = try await database.read { db in
                try CampaignRecord.find(pk: row, db)?.status
            }
            guard let status else { throw Problem.notFound("campaign", request.campaign) }
            table.add(row, status: status)
        }
        lastAsk += 1
        let number = AskNumber(lastAsk)
        return try await withCheckedThrowingContinuation { continuation in
            asks[number] = Ask(
                row: row, request: request, scope: scope, continuation: continuation)
            tell(row, .asked(number, request.wish, hasRoom: table.hasRoom))
        }
    }

    /// Waits until a campaign does not run any more, but no longer than so.
    ///
    /// - Parameters:
    ///   - row: A campaign.
    ///   - duration: The longest wait, to within a tick: a task that slept for each wait would stay
    ///     in memory until its time, however soon the campaign ends.
    func waitWhileRunning(_ row: CampaignRowID, atMost duration: Duration) async {
        guard table.status(of: row) == .running else { return }
        let deadline = ContinuousClock.now + duration
        await withCheckedContinuation { continuation in
            watchers[row, default: []].append(
                Watcher(deadline: deadline, continuation: continuation))
        }
    }

    /// Lets those go on who have waited for as long as they wanted.
    private func releaseLateWatchers() {
        let now = ContinuousClock.now
        for (row, waiting) in watchers where waiting.contains(where: { $0.deadline <= now }) {
            let left = waiting.filter { $0.deadline > now }
            watchers[row] = left.isEmpty ? nil : left
            for watcher in waiting where watcher.deadline <= now { watcher.continuation.resume() }
        }
    }

    // MARK: Events

    /// Tells a campaign's machine what happened, and does what it wants.
    func tell(_ row: CampaignRowID, _ event: RunEvent) {
        inbox.append((row, event))
        guard !isTelling else { return }
        isTelling = true
        while !inbox.isEmpty {
            let (row, event) = inbox.removeFirst()
            let actions = table.take(
                row, event, nowMilliseconds: database.clock.now.milliseconds)
            for action in actions { carryOut(action, row) }
            if !table.contains(row) { forget(row) }
        }
        isTelling = false
        if table.runCount == 0 {
            untilOver?.resume()
            untilOver = nil
        }
    }

    /// Tells something about a campaign that may have no machine yet.
    func tell(_ row: CampaignRowID, status: CampaignStatus, _ event: RunEvent) {
        table.add(row, status: status)
        tell(row, event)
    }

    /// Lets go of what was kept for a campaign of which nothing is under way.
    private func forget(_ row: CampaignRowID) {
        asks = asks.filter { $0.value.row != row || $0.value.continuation != nil }
        reasons[row] = nil
        for watcher in watchers.removeValue(forKey: row) ?? [] { watcher.continuation.resume() }
    }

    /// Lets those go on who wait for the end of a campaign that does not run any more.
    func releaseWatchers(of row: CampaignRowID) {
        guard table.status(of: row) != .running else { return }
        for watcher in watchers.removeValue(forKey: row) ?? [] { watcher.continuation.resume() }
    }

    /// Tells everybody that time has passed.
    func tellTime() {
        for row in table.rows { tell(row, .ticked) }
        releaseLateWatchers()
    }

    // MARK: Start and end of the process

    /// Settles what an earlier process left, starts the threads, and lets running campaigns go on.
    ///
    /// - Throws: What makes the process unable to send anything; what only one campaign has costs
    ///   that one alone.
    package func start() async throws {
        try FileManager.default.createDirectory(
            atPath: journalDirectory, withIntermediateDirectories: true)
        try FileManager.default.createDirectory(
            atPath: options.dataDirectory + "/campaigns", withIntermediateDirectories: true)
        let failed = try await settleOpenRuns()
        try await database.read { [quota, limits, now = database.clock.now] db in
            try quota.load(db, month: now.month)
            try limits.load(db, now: now)
        }
        let flightsMax = flightsPerShard
        runtime = try DispatchRuntime(
            options: .init(
                shards: options.shards, flightsPerShard: flightsPerShard,
                journalDirectory: journalDirectory, seed: UInt64.random(in: 0 ... .max))
        ) { loop in try ServerTransport.onLoop(loop, flightsMax: flightsMax) }
        for (record, reason) in failed {
            unsettled.insert(record.pk)
            reasons[record.pk] = reason
            tell(record.pk, status: record.status, .recoveryFailed)
        }
        let running = try await database.read { db in
            try CampaignRowID.fetchAll(db, sql: "SELECT pk FROM campaign WHERE status = 'running'")
        }
        for row in running { tell(row, status: .running, .processRestarted) }
    }

    /// Stops all sends, waits for what is on the wire, and ends the threads; campaigns that run go
    /// on at the next start.
    package func stop() async {
        table.beginShutdown()
        for row in table.rows { tell(row, .shutdownBegan) }
        if table.runCount > 0 {
            await withCheckedContinuation { untilOver = $0 }
        }
        try? await database.write { [limits] db, now in try limits.save(db, now: now) }
        if let runtime {
            try? await BlockingQueue.run { runtime.shutDown() }
        }
        runtime = nil
    }

    var journalDirectory: String { options.dataDirectory + "/journal" }

    /// What a shard may have on the wire, over all campaigns.
    var flightsPerShard: Int {
        max(1, (options.inFlightMax + options.shards - 1) / options.shards)
    }

    func folder(_ record: CampaignRecord) -> CampaignFolder {
        CampaignFolder(of: record, options)
    }

    // MARK: Figures

    /// What the engine's threads have done, and what waits in them.
    var runtimeFigures: RuntimeFigures { runtime?.figures ?? RuntimeFigures() }

    /// Whether one more campaign may run.
    var hasRoom: Bool { table.hasRoom }

    /// Lets shards that wait for a limit look at it again.
    package func limitsChanged() { runtime?.wakeShards() }
}

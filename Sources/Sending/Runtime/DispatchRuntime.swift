package import Engine
import Glibc
import Structures
package import UVLoop

/// Shard threads and the store thread of a process: runs campaigns side by side.
///
/// Start order: store thread, then shards, each with a channel to it; if one cannot start, those
/// that have are stopped. Shutdown order: campaigns are drained by their owners first, then shards
/// stop, then the store thread, then the journals are unmapped. Whatever a campaign had on the wire
/// when a shard stops stays `inFlight` in its journal.
package final class DispatchRuntime<Carrier: LoopTransport>: Sendable {
    /// What a runtime needs to know at its start.
    package struct Options: Sendable {
        package var shards: Int
        /// Requests on the wire per shard at the most.
        package var flightsPerShard: Int
        /// Where the flight journals lie; one runtime at a time may use it.
        package var journalDirectory: String
        /// Seeds the jitter of retries; each shard derives its own.
        package var seed: UInt64

        package init(
            shards: Int, flightsPerShard: Int, journalDirectory: String, seed: UInt64
        ) {
            self.shards = shards
            self.flightsPerShard = flightsPerShard
            self.journalDirectory = journalDirectory
            self.seed = seed
        }
    }

    private let options: Options
    private let store: RunningThread<StoreThread.StoreCommand>
    private let shards: [RunningThread<ShardCommand>]
    private let storeCounters: StoreCounters
    /// One for each shard.
    private let samples: [QueueSample]
    /// Which campaign slots are taken.
    ///
    /// Guards starts and ends against each other.
    private let slots = Guarded<Set<UInt16>>([])

    /// Starts the threads.
    ///
    /// - Parameters:
    ///   - options: How many shards, and where their journals lie.
    ///   - makeTransport: Called on each shard's thread with its loop.
    /// - Throws: `RuntimeError` when a journal cannot be made or a thread cannot start.
    package init(
        options: Options,
        makeTransport: @escaping @Sendable (EventLoop) throws -> Carrier
    ) throws(RuntimeError) {
        precondition(
            (1...RuntimeLimits.shardsMax).contains(options.shards),
            "the number of shards is out of range")
        self.options = options
        // What earlier runs left was settled before a runtime starts; a journal of a shard that
        // this run does not have would be taken for news after the next crash.
        for path in JournalFile.paths(in: options.journalDirectory) { unsafe unlink(path) }
        let storeCounters = StoreCounters()
        self.storeCounters = storeCounters
        samples = (0..<options.shards).map { _ in QueueSample() }
        let store = try Self.startStore(options, storeCounters)
        var shards: [RunningThread<ShardCommand>] = []
        do throws(RuntimeError) {
            for index in 0..<options.shards {
                shards.append(
                    try Self.startShard(
                        index, options, samples[index], store: store, makeTransport: makeTransport))
            }
        } catch {
            Self.stop(shards, store)
            throw error
        }
        self.store = store
        self.shards = shards
    }

    private static func startStore(
        _ options: Options, _ counters: StoreCounters
    ) throws(RuntimeError) -> RunningThread<StoreThread.StoreCommand> {
        try RunningThread(name: "store", capacity: RuntimeLimits.commandsMax) { loop, mailbox in
            // Made while there is room, as what it is for is mostly a full disk.
            let file = try JournalFile(
                path: JournalFile.unsettledPath(in: options.journalDirectory),
                slots: options.shards * EngineLimits.pagesPerShardMax)
            file.journal.stamp(boot: BootIdentity.current)
            let journal = JournalHolder(file)
            let thread = StoreThread(
                loop: loop, commands: mailbox.ring, counters: counters,
                unsettled: UnsettledJournal(journal.file.journal))
            return RunningThread.Hooks(
                wake: { thread.wake() }, release: { withExtendedLifetime((thread, journal)) {} })
        }
    }

    private static func startShard(
        _ index: Int, _ options: Options, _ sample: QueueSample,
        store: RunningThread<StoreThread.StoreCommand>,
        makeTransport: @escaping @Sendable (EventLoop) throws -> Carrier
    ) throws(RuntimeError) -> RunningThread<ShardCommand> {
        try RunningThread(name: "shard \(index)", capacity: RuntimeLimits.commandsMax) {
            loop, mailbox in
            let file = try JournalFile(
                path: JournalFile.path(in: options.journalDirectory, shard: index),
                slots: EngineLimits.pagesPerShardMax)
            file.journal.format(boot: BootIdentity.current)
            let journal = JournalHolder(file)
            let alarm = try LoopAlarm(loop)
            // The last that can fail: a transport must be closed, which its shard does.
            let transport = try makeTransport(loop)
            let channel = StoreLink(
                storeWakeUp: store.wakeUp, shardWakeUp: mailbox.wakeUp)
            store.send(.connect(channel))
            var generator = SeededGenerator(seed: options.seed &+ UInt64(index))
            let driver = ShardDriver(
                loop: loop, alarm: alarm, commands: mailbox.ring, index: index, sample: sample,
                shard: Shard(
                    transport: transport, store: StoreMailbox(channel: channel),
                    journal: journal.file.journal, flightsMax: options.flightsPerShard,
                    generator: SeededGenerator(seed: generator.next()), now: SystemClock.now,
                    index: index))
            driver.start()
            return RunningThread.Hooks(
                wake: {},
                release: { withExtendedLifetime((driver, journal)) {} })
        }
    }

    // MARK: Campaigns

    /// Starts a campaign on every shard.
    ///
    /// - Parameters:
    ///   - plan: What to send, to where, and how fast.
    ///   - campaignStore: The campaign's durable side; the runtime alone uses it until the campaign
    ///     ended.
    ///   - shares: What each shard may use of the campaign's bounds, by shard.
    ///   - onEnd: Called once, on a thread of the runtime.
    /// - Returns: The running campaign.
    /// - Throws: `RuntimeError` with code `campaignLimit`.
    package func start(
        _ plan: SendPlan, store campaignStore: StoreHandover,
        shares: [SendShare], onEnd: @escaping @Sendable (CampaignHandle.End) -> Void
    ) throws(RuntimeError) -> CampaignHandle {
        precondition(shares.count == shards.count, "every shard needs a share")
        let slot = try takeSlot()
        let handle = CampaignHandle(
            slot: slot, plan: plan, shardWakeUps: shards.map(\.wakeUp), onEnd: onEnd)
        store.send(.add(slot, campaignStore, handle))
        for (shard, share) in zip(shards, shares) { shard.send(.add(handle, share)) }
        return handle
    }

    /// Lets go of a campaign that has ended, in whichever way: its slot is free again and its store
    /// no longer used.
    ///
    /// One that has failed may be started anew after that, with its store opened anew: what is left
    /// of the run before is settled first.
    package func release(_ handle: CampaignHandle, done: @escaping @Sendable () -> Void) {
        let slot = handle.slot
        store.send(
            .remove(
                slot,
                done: { [self] in
                    _ = slots.withLock { $0.remove(slot.rawValue) }
                    done()
                }))
    }

    /// Forgets what is kept of a campaign whose store has failed and that is removed: its pages
    /// need not be settled any more.
    package func forget(_ campaign: CampaignID) { store.send(.forget(campaign)) }

    /// Lets every shard look at its limits again, after a change that lets it send sooner.
    package func wakeShards() { for shard in shards { shard.wakeUp.send() } }

    /// What the threads have done and what waits in them; an old reading when it is returned.
    package var figures: RuntimeFigures {
        var figures = storeCounters.figures
        for sample in samples { figures.recipients += sample.queues }
        return figures
    }

    private func takeSlot() throws(RuntimeError) -> SendSlot {
        let taken = slots.withLock { slots -> UInt16? in
            for slot in 0..<UInt16(EngineLimits.campaignsMax) where !slots.contains(slot) {
                slots.insert(slot)
                return slot
            }
            return nil
        }
        guard let taken else {
            throw RuntimeError(
                .campaignLimit, "\(EngineLimits.campaignsMax) campaigns run already")
        }
        return SendSlot(taken)
    }

    /// Stops the threads and waits for them.
    ///
    /// Campaigns should have ended: what is on the wire is given up and stays in the journal.
    package func shutDown() { Self.stop(shards, store) }

    private static func stop(
        _ shards: [RunningThread<ShardCommand>], _ store: RunningThread<StoreThread.StoreCommand>
    ) {
        for shard in shards { shard.send(.stop) }
        for shard in shards { shard.join() }
        store.send(.stop)
        store.join()
    }
}

/// Keeps a mapped journal alive as long as its thread.
private final class JournalHolder {
    let file: JournalFile

    init(_ file: consuming JournalFile) { self.file = file }
}

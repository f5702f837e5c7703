import Engine
import Structures
import Synchronization
import UVLoop

/// The one thread that reads pages and writes results: feeder and committer of all campaigns.
///
/// It works in batches: everything that the shards asked for meanwhile is done in one transaction
/// per campaign, and answered only when that is durable. Reading pages happens inside the
/// transaction, since a claim is a write.
///
/// Invariants:
/// 1. An answer is sent only after the transaction that it speaks of is durable.
/// 2. A page's memory is held by exactly one side: here until `loaded` is sent, by the shard until
///    it posts the commit, here again after.
/// 3. After a store has failed, nothing of its campaign is answered any more: its shards keep their
///    pages in the journal, where the next process finds them.
final class StoreThread {
    private let loop: EventLoop
    private let commands: MPSCRing<StoreCommand>
    private let counters: StoreCounters
    private var channels: [StoreLink] = []
    private var campaigns: [SendSlot: Entry] = [:]
    private var freeBuffers: [PageBuffer] = []
    /// The memory that shards have, by its name in messages.
    ///
    /// Of a campaign whose store has failed it stays here until the thread ends, since its shards
    /// go on using it.
    private var lentBuffers: [UInt: PageBuffer] = [:]
    private var claims: UInt64 = 0

    private struct Entry {
        let store: any CampaignStore
        let handle: CampaignHandle
        var isInTransaction = false
        /// Whether the transaction changes pages: only then is its commit worth measuring.
        var isChanged = false
        var hasFailed = false
    }

    /// What other threads ask of the store thread.
    enum StoreCommand: Sendable {
        case connect(StoreLink)
        case add(SendSlot, StoreHandover, CampaignHandle)
        case remove(SendSlot, done: @Sendable () -> Void)
        case stop
    }

    init(loop: EventLoop, commands: MPSCRing<StoreCommand>, counters: StoreCounters) {
        self.loop = loop
        self.commands = commands
        self.counters = counters
    }

    /// Works off everything that is there; called on the loop's thread after a wake-up.
    func wake() {
        takeCommands()
        while workOffBatch() {}
    }

    private func takeCommands() {
        while let command = commands.tryPop() { run(command) }
    }

    private func run(_ command: StoreCommand) {
        switch command {
        case .connect(let channel):
            channels.append(channel)
            counters.connected(channel)
        case .add(let slot, let box, let handle):
            campaigns[slot] = Entry(store: box.store, handle: handle)
        case .remove(let slot, let done):
            campaigns[slot]?.store.letGo()
            campaigns[slot] = nil
            done()
        case .stop:
            loop.stop()
        }
    }

    // MARK: Batches

    private struct Answer {
        let channel: StoreLink
        let campaign: SendSlot
        let event: StoreEvent
    }

    /// - Returns: Whether there may be more to do.
    private func workOffBatch() -> Bool {
        var answers: [Answer] = []
        var count = 0
        for channel in channels {
            while count < RuntimeLimits.requestsPerTransaction,
                let request = channel.requests.tryPop()
            {
                count += 1
                if let answer = work(request, channel) { answers.append(answer) }
            }
        }
        guard count > 0 else { return false }
        for slot in campaigns.keys { commitTransaction(of: slot) }
        send(answers)
        return true
    }

    private func send(_ answers: [Answer]) {
        for answer in answers where campaigns[answer.campaign]?.hasFailed == false {
            // A shard has at most one open request per answer that fits, so the ring has room.
            let isSent = answer.channel.answers.tryPush(answer.event)
            precondition(isSent, "a shard has more requests open than its ring holds")
        }
        for channel in channels where answers.contains(where: { $0.channel === channel }) {
            channel.shardWakeUp.send()
        }
    }

    private func work(_ request: StoreRequest, _ channel: StoreLink) -> Answer? {
        let slot: SendSlot =
            switch request {
            case .page(let campaign): campaign
            case .commit(let commit): commit.campaign
            }
        // A campaign is announced here before its shards hear of it, but a shard may be faster with
        // its first request than this thread with its commands.
        if campaigns[slot] == nil { takeCommands() }
        guard let entry = campaigns[slot], !entry.hasFailed else { return nil }
        do {
            try beginTransaction(of: slot, entry)
            switch request {
            case .page:
                let event = try claim(slot, entry)
                return Answer(channel: channel, campaign: slot, event: event)
            case .commit(let commit):
                try write(commit, slot, entry)
                return Answer(
                    channel: channel, campaign: slot, event: .committed(slot: commit.slot))
            }
        } catch {
            fail(slot, error)
            return nil
        }
    }

    private func claim(_ slot: SendSlot, _ entry: Entry) throws -> StoreEvent {
        let buffer = freeBuffers.popLast() ?? PageBuffer()
        let claim = try entry.store.claimNextPage(
            nowMilliseconds: SystemClock.wallMilliseconds, into: buffer)
        switch claim {
        case .page(let page, let allowance):
            claims += 1
            counters.pageClaimed()
            campaigns[slot]?.isChanged = true
            let audience = unsafe try AudiencePage(checking: buffer.page)
            let memory = unsafe Unmanaged.passUnretained(buffer).toOpaque()
            lentBuffers[UInt(bitPattern: memory)] = buffer
            return unsafe .loaded(
                LoadedPage(
                    campaign: slot, page: page, claim: claims, audience: audience,
                    records: buffer.results, ordinals: buffer.ordinals, memory: memory,
                    allowance: allowance))
        case .nothingDue(let until, let byQuota):
            keep(buffer)
            return .nothingDue(slot, untilMilliseconds: until, byQuota: byQuota)
        case .finished:
            keep(buffer)
            entry.handle.storeFinished()
            return .nothingDue(slot, untilMilliseconds: .max)
        }
    }

    private func write(_ commit: PageCommit, _ slot: SendSlot, _ entry: Entry) throws {
        try unsafe entry.store.write(
            UnsafeBufferPointer(start: commit.records, count: commit.count),
            of: PageID(commit.page, of: entry.handle.plan.send),
            dueMilliseconds: commit.dueMilliseconds)
        counters.pageWritten(isFinished: commit.dueMilliseconds == nil)
        campaigns[slot]?.isChanged = true
        guard let buffer = unsafe lentBuffers.removeValue(forKey: UInt(bitPattern: commit.memory))
        else {
            preconditionFailure("a shard gave back memory that it had not got")
        }
        keep(buffer)
    }

    private func keep(_ buffer: PageBuffer) {
        guard freeBuffers.count < RuntimeLimits.pageBuffersKept,
            buffer.byteCapacity <= RuntimeLimits.pageBufferKeptBytes
        else { return }
        freeBuffers.append(buffer)
    }

    // MARK: Transactions

    private func beginTransaction(of slot: SendSlot, _ entry: Entry) throws {
        guard !entry.isInTransaction else { return }
        try entry.store.beginTransaction()
        campaigns[slot]?.isInTransaction = true
    }

    private func commitTransaction(of slot: SendSlot) {
        guard let entry = campaigns[slot], entry.isInTransaction, !entry.hasFailed else { return }
        do {
            let began = SystemClock.now.monotonicNanoseconds
            try entry.store.commitTransaction()
            campaigns[slot]?.isInTransaction = false
            guard entry.isChanged else { return }
            campaigns[slot]?.isChanged = false
            let elapsed = SystemClock.now.monotonicNanoseconds - began
            counters.commits.add(microseconds: UInt64(max(0, elapsed)) / 1_000)
        } catch {
            fail(slot, error)
        }
    }

    private func fail(_ slot: SendSlot, _ error: any Error) {
        campaigns[slot]?.hasFailed = true
        campaigns[slot]?.handle.storeFailed(RuntimeError(.store, "\(error)"))
    }
}

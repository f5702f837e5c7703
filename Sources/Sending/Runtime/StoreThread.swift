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
/// 3. After a store has failed it is not called any more but to be told so, and all that its
///    campaign's shards ask is answered: no page is due, and a page that comes back is kept in the
///    journal of unsettled pages before its shard may clear its slot. So only its own campaign
///    pays, and nothing of it is lost.
/// 4. Such pages are settled before the campaign's next claim, here or by the next process.
final class StoreThread {
    private let loop: EventLoop
    private let commands: MPSCRing<StoreCommand>
    private let counters: StoreCounters
    private var channels: [StoreLink] = []
    private var campaigns: [SendSlot: Entry] = [:]
    private var freeBuffers: [PageBuffer] = []
    /// The memory that shards have, by its name in messages.
    private var loans: [UInt: Loan] = [:]
    private var claims: UInt64 = 0
    /// What campaigns left whose stores have failed.
    private var unsettled: UnsettledJournal

    /// A page in the hands of a shard.
    private struct Loan {
        let buffer: PageBuffer
        let claim: UInt64
    }

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
        /// Its campaign is removed: nothing that was kept of it is needed.
        case forget(CampaignID)
        case stop
    }

    init(
        loop: EventLoop, commands: MPSCRing<StoreCommand>, counters: StoreCounters,
        unsettled: UnsettledJournal
    ) {
        self.loop = loop
        self.commands = commands
        self.counters = counters
        self.unsettled = unsettled
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
            settle(slot, box.store, handle)
        case .remove(let slot, let done):
            campaigns[slot]?.store.letGo()
            campaigns[slot] = nil
            done()
        case .forget(let campaign):
            unsettled.forget(campaign)
        case .stop:
            loop.stop()
        }
    }

    // MARK: Batches

    private struct Answer {
        let channel: StoreLink
        let request: StoreRequest
        /// Of a commit, the claim by which its shard had got the page.
        let claim: UInt64
        /// What it is told if all goes well until the transaction is durable.
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
        tellFinished(answers)
        return true
    }

    /// Tells the campaigns whose last page has become durable that they are at their end, which
    /// their shards would learn only when they ask for a page the next time.
    private func tellFinished(_ answers: [Answer]) {
        for answer in answers {
            guard case .commit(let commit) = answer.request, commit.dueMilliseconds == nil,
                let entry = campaigns[commit.campaign], !entry.hasFailed, entry.store.isFinished
            else { continue }
            entry.handle.storeFinished()
        }
    }

    private func send(_ answers: [Answer]) {
        for answer in answers {
            let hasFailed = campaigns[answer.request.campaign]?.hasFailed == true
            let event = hasFailed ? abandon(answer) : answer.event
            // A shard has at most one open request per answer that fits, so the ring has room.
            let isSent = answer.channel.answers.tryPush(event)
            precondition(isSent, "a shard has more requests open than its ring holds")
        }
        for channel in channels where answers.contains(where: { $0.channel === channel }) {
            channel.shardWakeUp.send()
        }
    }

    /// - Returns: The answer; `nil` for a campaign that is not there.
    private func work(_ request: StoreRequest, _ channel: StoreLink) -> Answer? {
        let slot = request.campaign
        // A campaign is announced here before its shards hear of it, but a shard may be faster with
        // its first request than this thread with its commands.
        if campaigns[slot] == nil { takeCommands() }
        guard let entry = campaigns[slot] else { return nil }
        switch request {
        case .page:
            let event = attempt(slot, entry) { try claim(slot, entry) }
            return Answer(
                channel: channel, request: request, claim: 0,
                event: event ?? .nothingDue(slot, untilMilliseconds: .max))
        case .commit(let commit):
            // The records are in the shard's journal: what the page was read into is free.
            let claim = unsafe takeBack(commit.memory)
            _ = attempt(slot, entry) { try write(commit, slot, entry) }
            return Answer(
                channel: channel, request: request, claim: claim,
                event: .committed(slot: commit.slot))
        }
    }

    /// Does something in the open transaction of a campaign's store.
    ///
    /// - Returns: `nil` when the store fails, or has failed before.
    private func attempt<Value>(
        _ slot: SendSlot, _ entry: Entry, _ body: () throws -> Value
    ) -> Value? {
        guard !entry.hasFailed else { return nil }
        do {
            try beginTransaction(of: slot, entry)
            return try body()
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
        case .claimed(let page):
            claims += 1
            counters.pageClaimed()
            campaigns[slot]?.isChanged = true
            let audience = unsafe try AudiencePage(checking: buffer.page)
            let memory = unsafe Unmanaged.passUnretained(buffer).toOpaque()
            loans[UInt(bitPattern: memory)] = Loan(buffer: buffer, claim: claims)
            return unsafe .loaded(
                LoadedPage(
                    campaign: slot, page: page.page, claim: claims, audience: audience,
                    records: buffer.results, ordinals: buffer.ordinals, memory: memory,
                    allowance: page.allowance))
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
    }

    /// Ends the loan of a page's memory.
    ///
    /// - Returns: The claim by which its shard had got it.
    @discardableResult
    private func takeBack(_ memory: UnsafeMutableRawPointer) -> UInt64 {
        guard let loan = loans.removeValue(forKey: UInt(bitPattern: memory)) else {
            preconditionFailure("a shard gave back memory that it had not got")
        }
        keep(loan.buffer)
        return loan.claim
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

    // MARK: Failures

    private func fail(_ slot: SendSlot, _ error: any Error) {
        guard let entry = campaigns[slot], !entry.hasFailed else { return }
        campaigns[slot]?.hasFailed = true
        unsettled.open(entry.handle.plan)
        entry.handle.fail(RuntimeError(.store, "\(error)"))
    }

    /// Takes over what a shard has posted to a store that has failed, and takes back what it was
    /// about to get.
    ///
    /// - Returns: What the shard is told.
    private func abandon(_ answer: Answer) -> StoreEvent {
        switch answer.request {
        case .page(let slot):
            // Claimed, as far as the store knows, by no shard: there is nothing to be kept.
            if case .loaded(let page) = answer.event { unsafe takeBack(page.memory) }
            return .nothingDue(slot, untilMilliseconds: .max)
        case .commit(let commit):
            guard let entry = campaigns[commit.campaign] else { return answer.event }
            let plan = entry.handle.plan
            unsettled.keep(commit, claim: answer.claim, of: plan)
            unsafe entry.store.abandon(
                UnsafeBufferPointer(start: commit.records, count: commit.count),
                of: PageID(commit.page, of: plan.send))
            return answer.event
        }
    }

    /// Settles what an earlier run of the campaign in this process has left.
    private func settle(_ slot: SendSlot, _ store: any CampaignStore, _ handle: CampaignHandle) {
        let plan = handle.plan
        guard unsettled.isOpen(plan) else { return }
        do {
            _ = try CrashRecovery.settle(
                store, unsettled.recovery(of: plan), of: plan.send, guarantee: plan.guarantee,
                wallMilliseconds: SystemClock.wallMilliseconds)
            unsettled.close(plan)
        } catch {
            fail(slot, error)
        }
    }
}

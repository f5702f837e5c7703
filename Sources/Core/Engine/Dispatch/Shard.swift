package import Structures

/// The dispatcher of one thread: takes events and the time, decides, and acts through its two
/// ports.
///
/// It does no I/O and reads no clock, so that the same code runs in production and under the seeded
/// simulator. A turn is: what the store answered, what the transport finished, what became due, new
/// sends, pages to give back or ask for.
///
/// Invariants:
/// 1. A record reads `inFlight` in the journal before its request is handed to the transport, and
///    until its completion was taken. Nothing else makes a record `inFlight`.
/// 2. A page is committed only while none of its records is `inFlight`, and its slot is reused only
///    after the store said that the commit is durable.
/// 3. A send passes all limiters of its campaign first; what was granted and not used is given back
///    in the same turn.
/// 4. Requests on the wire never exceed the share of the campaign, in total and per host, nor the
///    shard's flights: the transport has no queue.
/// 5. A recipient is in exactly one place; see `ActivePage`.
package struct Shard<Carrier: Transport, Store: PageStore>: ~Copyable {
    /// Carries the requests.
    package var transport: Carrier
    /// Gives and takes the pages.
    package var store: Store

    let journal: FlightJournal
    /// Names the shard to limits that it shares with others, from 1.
    let number: UInt8
    var generator: SeededGenerator
    var timers: TimerWheel
    var flights: FlightTable
    let links: RecipientLinks
    var hosts = HostTable()
    var pages: PageTable
    let runs: RunTable
    /// What runs here, in the order in which it came.
    var activeRuns: [Int] = []
    /// The same by campaign, in the order in which campaigns take turns.
    var groups: [RunGroup] = []
    /// Where in `groups` the next turn begins.
    var rotation = 0
    /// Where in `groups` the search for a campaign without a page begins.
    var pageRotation = 0
    var renderer = MessageRenderer()

    /// Takes over a formatted journal.
    ///
    /// - Parameters:
    ///   - transport: Carries the requests; the shard is its only user.
    ///   - store: Gives and takes the pages.
    ///   - journal: Formatted memory that outlives the shard.
    ///   - flightsMax: Requests on the wire at the most, 1 to `EngineLimits.flightsPerShardMax`.
    ///   - generator: Where the jitter of retries comes from.
    ///   - now: When the timers begin to count.
    ///   - index: The shard's place among those that share limits with it.
    package init(
        transport: Carrier, store: Store, journal: FlightJournal, flightsMax: Int,
        generator: SeededGenerator, now: Moment, index: Int = 0
    ) {
        precondition(
            (1...EngineLimits.flightsPerShardMax).contains(flightsMax),
            "the number of flights is out of range")
        self.transport = transport
        self.store = store
        self.journal = journal
        self.generator = generator
        number = UInt8(truncatingIfNeeded: index % 64 + 1)
        timers = TimerWheel(
            limit: journal.slotCount * PageLayout.recipientsMax,
            nowMilliseconds: now.monotonicMilliseconds)
        flights = FlightTable(capacity: flightsMax)
        links = RecipientLinks(slots: journal.slotCount)
        pages = PageTable(slots: journal.slotCount)
        runs = RunTable()
    }

    /// When the shard wants its next turn if nothing happens before.
    package enum NextTurn: Equatable, Sendable {
        /// There is work that the last turn's bounds left over.
        case now
        /// At a monotonic time, in nanoseconds.
        case at(Int64)
    }

    // MARK: Runs

    /// Begins to work on a send of a campaign.
    ///
    /// - Throws: `TransportError` when its target cannot be prepared; the shard is unchanged then.
    package mutating func add(
        _ plan: SendPlan, at slot: SendSlot, share: SendShare,
        counters: SendCounters
    ) throws(TransportError) {
        precondition(!runs.isUsed(slot), "a campaign slot is in use")
        let target = try transport.prepare(plan.target)
        var run = SendRun(plan: plan, target: target, share: share, counters: counters)
        _ = run.hostLimits?.refresh()
        if let url = plan.target.url {
            run.host = hosts.gate(hash: HostName.hash(of: url), limits: run.hostLimits)
            hosts.pin(run.host)
        }
        runs.insert(run, at: slot)
        let index = Int(slot.rawValue)
        activeRuns.append(index)
        if let place = groups.firstIndex(where: { $0.campaign == plan.id }) {
            groups[place].add(index)
        } else {
            groups.append(RunGroup(plan.id, run: index))
        }
    }

    /// Forgets a run that holds no page here.
    package mutating func remove(_ slot: SendSlot) {
        let run = unsafe runs[slot]
        unsafe precondition(run.pointee.pages.isEmpty, "a campaign left while it holds pages")
        unsafe run.pointee.publish()
        unsafe transport.release(run.pointee.target)
        if unsafe run.pointee.host != .none { unsafe hosts.unpin(run.pointee.host) }
        let campaign = unsafe run.pointee.plan.id
        runs.remove(slot)
        let index = Int(slot.rawValue)
        activeRuns.removeAll { $0 == index }
        guard let place = groups.firstIndex(where: { $0.campaign == campaign }) else {
            preconditionFailure("a run has no group")
        }
        groups[place].remove(index)
        if groups[place].runs.isEmpty { groups.remove(at: place) }
    }

    /// Whether the run holds no page, has asked for none, and sends nothing.
    package func isQuiet(_ slot: SendSlot) -> Bool {
        guard runs.isUsed(slot) else { return true }
        return unsafe runs[slot].pointee.holdsNoPage
    }

    /// Requests on the wire.
    package var inFlight: Int { flights.capacity - flights.freeCount }

    // MARK: The turn

    /// Does what there is to do, within the bounds of one turn.
    package mutating func turn(_ now: Moment) -> NextTurn {
        refreshHostLimits()
        hosts.openThrottled(nowNanoseconds: now.monotonicNanoseconds)
        takeStoreEvents(now)
        takeCompletions(now)
        takeTimers(now)
        let hasMore = startSends(now)
        let comesSoon = keepPages(now)
        publishCounters(now)
        if hasMore { return .now }
        return .at(nextDeadline(now, comesSoon: comesSoon))
    }

    private mutating func takeTimers(_ now: Moment) {
        // The body may not change `self` while the wheel is advanced, so the due ones are linked
        // into a list first; a recipient whose timer fires is in no other list.
        var due = RecipientList()
        timers.advance(to: now.monotonicMilliseconds) { payload in
            due.append(RecipientReference(rawValue: UInt32(truncatingIfNeeded: payload)), links)
        }
        while let reference = due.popFirst(links) {
            let page = unsafe pages[reference.slot]
            unsafe page.pointee.waiting -= 1
            unsafe makeReady(reference, page)
        }
    }

    /// Puts a recipient into its campaign's ready list.
    mutating func makeReady(
        _ reference: RecipientReference, _ page: UnsafeMutablePointer<ActivePage>
    ) {
        unsafe page.pointee.queued += 1
        unsafe runs[page.pointee.campaign].pointee.ready.append(reference, links)
    }

    private func publishCounters(_ now: Moment) {
        for index in activeRuns {
            unsafe runs[index].pointee.publishTurn(nowNanoseconds: now.monotonicNanoseconds)
        }
    }

    private func nextDeadline(_ now: Moment, comesSoon: Bool) -> Int64 {
        var deadline = now.monotonicNanoseconds + EngineLimits.idleMilliseconds * 1_000_000
        if comesSoon { deadline = min(deadline, now.monotonicNanoseconds + 1_000_000) }
        if let milliseconds = timers.nextDeadlineMilliseconds {
            deadline = min(deadline, Int64(milliseconds) * 1_000_000)
        }
        if let limit = hosts.throttledUntilNanoseconds { deadline = min(deadline, limit) }
        for index in activeRuns {
            let run = unsafe runs[index]
            if let limit = unsafe run.pointee.limitedUntilNanoseconds {
                deadline = min(deadline, limit)
            }
            if unsafe run.pointee.wantsPage {
                let waitMilliseconds =
                    unsafe max(0, run.pointee.askAgainMilliseconds - now.wallMilliseconds)
                deadline = min(
                    deadline, now.monotonicNanoseconds + (waitMilliseconds + 1) * 1_000_000)
            }
        }
        return deadline
    }
}

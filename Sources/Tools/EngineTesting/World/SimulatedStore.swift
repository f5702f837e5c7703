import Engine
import Structures

/// The store thread of one process: works off what shards asked for in batches, each durable as a
/// whole at one moment, and answers later.
// SAFETY: the memory of a page is freed once: when the shard gives it back, or with the store.
@safe
final class SimulatedStore {
    enum Request {
        case page(SimulatedCampaign)
        case commit(SimulatedCampaign, PageCommit, claim: UInt64)

        var campaign: SimulatedCampaign {
            switch self {
            case .page(let campaign), .commit(let campaign, _, _): campaign
            }
        }
    }

    unowned let simulation: Simulation
    let process: SimulatedProcess
    private var requests: [(mailbox: SimulatedMailbox, request: Request)] = []
    private var isScheduled = false
    private var claims: UInt64 = 0
    /// The memory of pages that shards hold.
    private var lent: [UnsafeMutableRawPointer: Loan] = unsafe [:]

    private struct Loan {
        let campaign: Int
        let page: PageIndex
        let claim: UInt64
    }

    init(_ simulation: Simulation, _ process: SimulatedProcess) {
        self.simulation = simulation
        self.process = process
    }

    deinit {
        for unsafe(memory, _) in unsafe lent { unsafe memory.deallocate() }
    }

    func post(_ request: Request, from mailbox: SimulatedMailbox) {
        requests.append((mailbox, request))
        guard !isScheduled else { return }
        isScheduled = true
        simulation.insert(
            .storeWork(self), at: simulation.nowNanoseconds + simulation.drawStoreDelay())
    }

    /// Does everything that was asked for meanwhile.
    func work() {
        isScheduled = false
        // The process may die before the batch is durable, and after.
        guard simulation.step(process) else { return }
        let batch = requests
        requests = []
        let failing = batch.compactMap { countDown($0.request.campaign) }
        for (mailbox, request) in batch {
            mailbox.requestsOpen -= 1
            let isLost = failing.contains { $0 === request.campaign }
            if isLost || request.campaign.run?.failure != nil {
                mailbox.answer(abandon(request, mailbox, isLost: isLost))
                continue
            }
            switch request {
            case .page(let campaign): mailbox.answer(claim(campaign, mailbox.shard))
            case .commit(let campaign, let commit, _):
                write(commit, campaign)
                mailbox.answer(.committed(slot: commit.slot))
            }
        }
        for campaign in failing {
            campaign.isFinished = false
            campaign.run?.plan.control.drain()
            simulation.storeFailed()
        }
        _ = simulation.step(process)
    }

    // MARK: Failures

    /// Counts a request.
    ///
    /// - Returns: The campaign, if its store fails with this request.
    private func countDown(_ campaign: SimulatedCampaign) -> SimulatedCampaign? {
        guard campaign.run?.failure == nil else { return nil }
        campaign.requestsToFailure -= campaign.requestsToFailure == .max ? 0 : 1
        guard campaign.requestsToFailure <= 0, let failure = campaign.storeFailures.popFirst()
        else { return nil }
        campaign.requestsToFailure = campaign.storeFailures.first?.requests ?? .max
        campaign.run?.failure = failure
        if let plan = campaign.run?.plan { process.unsettled.open(plan) }
        return campaign
    }

    /// Answers a request of a campaign whose store has failed; with `isLost` the request is in the
    /// transaction that fails.
    private func abandon(
        _ request: Request, _ mailbox: SimulatedMailbox, isLost: Bool
    ) -> StoreEvent {
        let isDurable = isLost && request.campaign.run?.failure?.isDurable == true
        switch request {
        case .page(let campaign):
            if isDurable, case .loaded(let page) = claim(campaign, mailbox.shard) {
                _ = unsafe takeBack(page.memory, campaign, page.page)
            }
            guard let slot = campaign.run?.slot else {
                preconditionFailure("a shard asks for a page of a campaign that does not run")
            }
            return .nothingDue(slot, untilMilliseconds: .max)
        case .commit(let campaign, let commit, let claim):
            if let plan = campaign.run?.plan {
                process.unsettled.keep(commit, claim: claim, of: plan)
            }
            if isDurable { write(commit, campaign) }
            simulation.statistics.unsettledPages += 1
            return .committed(slot: commit.slot)
        }
    }

    /// Takes the memory back that a page was loaded into.
    ///
    /// - Returns: The claim; `nil` when it is not that page's memory.
    func takeBack(
        _ memory: UnsafeMutableRawPointer, _ campaign: SimulatedCampaign, _ page: PageIndex
    ) -> UInt64? {
        guard let loan = unsafe lent.removeValue(forKey: memory) else { return nil }
        unsafe memory.deallocate()
        return loan.campaign == campaign.index && loan.page == page ? loan.claim : nil
    }

    // MARK: Pages

    private func claim(_ campaign: SimulatedCampaign, _ shard: Int) -> StoreEvent {
        guard let slot = campaign.run?.slot else {
            preconditionFailure("a shard asks for a page of a campaign that does not run")
        }
        guard let index = due(campaign) else {
            let parked = campaign.pages.compactMap { page -> Int64? in
                if case .parked(let due) = page.state { due } else { nil }
            }
            if campaign.pages.allSatisfy({ $0.state == .done }) { simulation.finished(campaign) }
            return .nothingDue(slot, untilMilliseconds: parked.min() ?? .max)
        }
        claims += 1
        noteContest(campaign, index)
        campaign.pages[index].state = .claimed(shard: shard)
        let allowance = drawAllowance(campaign, index)
        let page = campaign.pages[index]
        let count = page.fixture.audience.count
        let recordBytes = count * MemoryLayout<DeliveryRecord>.stride
        let memory = UnsafeMutableRawPointer.allocate(
            byteCount: max(1, recordBytes + count * MemoryLayout<UInt32>.stride), alignment: 16)
        unsafe lent[memory] = Loan(
            campaign: campaign.index, page: PageIndex(UInt32(index)), claim: claims)
        var records: UnsafePointer<DeliveryRecord>?
        if let stored = page.records {
            let copy = unsafe memory.bindMemory(to: DeliveryRecord.self, capacity: count)
            for place in 0..<count { unsafe (copy + place).initialize(to: stored[place]) }
            unsafe records = unsafe UnsafePointer(copy)
        }
        return unsafe .loaded(
            LoadedPage(
                campaign: slot, page: PageIndex(UInt32(index)), claim: claims,
                audience: page.fixture.audience, records: records,
                ordinals: ordinals(of: page, in: memory + recordBytes), memory: memory,
                allowance: allowance))
    }

    /// Copies the numbers of a page's recipients, if it has numbers of its own.
    @unsafe
    private func ordinals(
        of page: SimulatedCampaign.StoredPage, in memory: UnsafeMutableRawPointer
    ) -> UnsafePointer<UInt32>? {
        guard let ordinals = page.ordinals else { return nil }
        let copy = unsafe memory.bindMemory(to: UInt32.self, capacity: ordinals.count)
        for place in ordinals.indices { unsafe (copy + place).initialize(to: ordinals[place]) }
        return unsafe UnsafePointer(copy)
    }

    /// Allows all pending recipients of a page, or the unsure ones and the first of the others.
    private func drawAllowance(_ campaign: SimulatedCampaign, _ index: Int) -> Int {
        campaign.pages[index].allowed = nil
        guard campaign.setup.hasAllowances, !simulation.generator.isOne(in: 4) else { return .max }
        let page = campaign.pages[index]
        let pending = (0..<page.fixture.audience.count).filter { place in
            page.records.map { !$0[place].status.isEnded } ?? true
        }
        let unsure = pending.filter { place in
            page.records.map { $0[place].flags.contains(.unsure) } ?? false
        }
        let others = pending.filter { !unsure.contains($0) }
        let least = unsure.isEmpty ? 1 : 0
        let allowance = simulation.generator.draw(least...max(least, others.count))
        campaign.pages[index].allowed = Set(others.prefix(allowance)).union(unsure)
        if allowance < others.count { simulation.statistics.partialPages += 1 }
        return allowance
    }

    /// Sees whether the page is claimed before the shard that gave it back knows that it is
    /// durable.
    private func noteContest(_ campaign: SimulatedCampaign, _ page: Int) {
        let isContested = process.shards.contains { $0.mailbox.hasPosted(campaign, page: page) }
        guard isContested else {
            campaign.pages[page].contests = 0
            return
        }
        campaign.pages[page].contests += 1
        simulation.statistics.contestedPages += 1
        simulation.happened(.contestedPage)
        if campaign.pages[page].contests > 1 { simulation.happened(.recontestedPage) }
    }

    /// The page to be claimed next: the parked one that is due longest, or else the first fresh
    /// one.
    private func due(_ campaign: SimulatedCampaign) -> Int? {
        var best: (index: Int, due: Int64)?
        var fresh: Int?
        let now = simulation.moment.wallMilliseconds
        for index in campaign.pages.indices {
            switch campaign.pages[index].state {
            case .parked(let due) where due <= now && due < best?.due ?? .max:
                best = (index, due)
            case .fresh where fresh == nil: fresh = index
            default: break
            }
        }
        return best?.index ?? fresh
    }

    private func write(_ commit: PageCommit, _ campaign: SimulatedCampaign) {
        let records = unsafe Array(UnsafeBufferPointer(start: commit.records, count: commit.count))
        let page = Int(commit.page.rawValue)
        campaign.pages[page].records = records
        if let due = commit.dueMilliseconds {
            campaign.pages[page].state = .parked(dueMilliseconds: due)
            simulation.statistics.parkedPages += 1
            simulation.happened(.parkedPage)
        } else {
            campaign.pages[page].state = .done
        }
    }
}

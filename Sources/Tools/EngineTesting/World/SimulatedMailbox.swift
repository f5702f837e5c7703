import Engine
import Structures

/// A shard's side of the simulated store: bounded, sometimes full, and wary of every commit.
// SAFETY: a commit points into the journal of the shard, which lives as long as `process`.
@safe
final class SimulatedMailbox: PageStore {
    unowned let simulation: Simulation
    let process: SimulatedProcess
    let store: SimulatedStore
    let shard: Int
    /// Requests that were posted and not worked off.
    var requestsOpen = 0
    private var answers: [StoreEvent] = []
    /// Answers arrive in the order in which they were given.
    private var lastAnswerNanoseconds: Int64 = 0
    /// What was posted of each journal slot, until the shard knows that it is durable.
    private var posted: [Int: (commit: PageCommit, records: [DeliveryRecord])] = [:]

    init(
        _ simulation: Simulation, _ process: SimulatedProcess, _ store: SimulatedStore, shard: Int
    ) {
        self.simulation = simulation
        self.process = process
        self.store = store
        self.shard = shard
    }

    // MARK: PageStore

    func requestPage(of slot: SendSlot) -> Bool {
        guard simulation.step(process), hasRoom else { return false }
        guard let campaign = simulation.campaign(at: slot), let run = campaign.run else {
            simulation.fail("shard \(shard) asks for a page of a campaign that does not run")
            return false
        }
        if run.plan.control.isDraining {
            simulation.fail("shard \(shard) asks for a page of a campaign that is stopped")
        }
        post(.page(campaign))
        return !process.isDead
    }

    func commit(_ commit: PageCommit) -> Bool {
        guard simulation.step(process) else { return true }
        guard hasRoom else { return false }
        guard let campaign = simulation.campaign(at: commit.campaign) else {
            simulation.fail("shard \(shard) commits a page of a campaign that does not run")
            return true
        }
        let records = unsafe Array(UnsafeBufferPointer(start: commit.records, count: commit.count))
        let claim = check(commit, records, campaign)
        posted[commit.slot] = (commit, records)
        post(.commit(campaign, commit, claim: claim))
        return true
    }

    func nextEvent() -> StoreEvent? {
        guard !answers.isEmpty, simulation.step(process) else { return nil }
        process.effects += 1
        let answer = answers.removeFirst()
        if case .committed(let slot) = answer,
            let (commit, records) = posted.removeValue(forKey: slot)
        {
            let now = unsafe UnsafeBufferPointer(start: commit.records, count: commit.count)
            if unsafe !now.elementsEqual(records) {
                simulation.fail("shard \(shard) changed records between commit and answer")
            }
        }
        return answer
    }

    // MARK: The store's side

    /// Posts an answer; it arrives after a while.
    func answer(_ event: StoreEvent) {
        lastAnswerNanoseconds = max(
            lastAnswerNanoseconds, simulation.nowNanoseconds + simulation.drawAnswerDelay())
        simulation.insert(.storeAnswer(self, event), at: lastAnswerNanoseconds)
    }

    /// The answer has arrived.
    func receive(_ event: StoreEvent) {
        guard !process.isDead else { return }
        answers.append(event)
        process.shards[shard].wake()
    }

    /// Whether the shard has committed a page and not seen the answer.
    func hasPosted(_ campaign: SimulatedCampaign, page: Int) -> Bool {
        posted.values.contains {
            $0.commit.campaign == campaign.run?.slot && Int($0.commit.page.rawValue) == page
        }
    }

    private var hasRoom: Bool {
        requestsOpen < simulation.scenario.mailboxCapacity && !simulation.generator.isOne(in: 20)
    }

    private func post(_ request: SimulatedStore.Request) {
        process.effects += 1
        requestsOpen += 1
        store.post(request, from: self)
        _ = simulation.step(process)
    }

    /// - Returns: The claim by which the page was loaded.
    private func check(
        _ commit: PageCommit, _ records: [DeliveryRecord], _ campaign: SimulatedCampaign
    ) -> UInt64 {
        let page = Int(commit.page.rawValue)
        @discardableResult
        func fail(_ text: String) -> UInt64 {
            simulation.fail("shard \(shard), campaign \(campaign.index), page \(page): \(text)")
            return 0
        }
        guard campaign.pages.indices.contains(page),
            campaign.pages[page].state == .claimed(shard: shard)
        else { return fail("it is committed by a shard that has not claimed it") }
        guard records.count == campaign.models[page].count else {
            return fail("it is committed with \(records.count) records")
        }
        guard let claim = unsafe store.takeBack(commit.memory, campaign, commit.page) else {
            return fail("its commit gives other memory back than it was loaded into")
        }
        for index in records.indices {
            if let text = campaign.models[page][index].mismatch(with: records[index]) {
                return fail("record \(index) \(text)")
            }
        }
        let pending = records.indices.filter { !records[$0].status.isEnded }
        let due = pending.map { records[$0].timeMilliseconds }.min()
        // Those that the allowance does not cover need not bring the page back before the others.
        let allowed = campaign.pages[page].allowed ?? Set(pending)
        let dueAllowed = pending.filter(allowed.contains).map { records[$0].timeMilliseconds }.min()
        if due != commit.dueMilliseconds, dueAllowed == nil || dueAllowed != commit.dueMilliseconds
        {
            fail("it is committed with a wrong due time")
        }
        return claim
    }
}

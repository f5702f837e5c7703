/// Keeps the pages of campaigns whose stores have failed, so that the shards' journal slots are
/// free for other campaigns.
///
/// It is one more flight journal, in memory that outlives the process as well: a recovery that
/// collects from it finds the records as their shards had left them. Whoever owns the stores owns
/// it, and copies a page's records into it before the shard is told that it may clear its slot.
///
/// When it has no slot left, the campaign is marked as incomplete, and all that is pending on its
/// claimed pages counts as unsure: never as not sent.
package struct UnsettledJournal {
    /// A send, which has a run and, as far as it goes, a store of its own.
    private struct Send: Hashable {
        let campaign: CampaignID
        let number: SendNumber

        init(_ plan: SendPlan) {
            campaign = plan.id
            number = plan.send
        }
    }

    private struct Holding {
        var slots: [Int] = []
        var isIncomplete = false
    }

    private let journal: FlightJournal
    private var free: [Int]
    private var holdings: [Send: Holding] = [:]

    /// Takes over an empty journal.
    package init(_ journal: FlightJournal) {
        self.journal = journal
        free = Array((0..<journal.slotCount).reversed())
    }

    /// Notes that the store of a send has failed: its claimed pages are to be settled before
    /// another is claimed, whether or not some of them come in here.
    package mutating func open(_ plan: SendPlan) {
        let send = Send(plan)
        if holdings[send] == nil { holdings[send] = Holding() }
    }

    /// Whether the store of a send has failed and its pages were not settled since.
    package func isOpen(_ plan: SendPlan) -> Bool { holdings[Send(plan)] != nil }

    /// Keeps a page that was posted to a store that has failed.
    ///
    /// - Parameters:
    ///   - commit: The page, with nothing of it on the wire; its records are copied.
    ///   - claim: The claim by which its shard got it.
    ///   - plan: The send that it is of; its campaign was opened before.
    package mutating func keep(_ commit: PageCommit, claim: UInt64, of plan: SendPlan) {
        let send = Send(plan)
        precondition(holdings[send] != nil, "a page was kept of a send that has not failed")
        guard let slot = free.popLast() else {
            holdings[send]?.isIncomplete = true
            journal.markIncomplete(plan.id)
            return
        }
        unsafe journal.activate(
            slot, campaign: plan.id, page: PageID(commit.page, of: plan.send), claim: claim,
            records: commit.records, count: commit.count)
        holdings[send]?.slots.append(slot)
    }

    /// What settles the claimed pages of a send, in the process that kept them.
    package func recovery(of plan: SendPlan) -> PageRecovery {
        let isIncomplete = holdings[Send(plan)]?.isIncomplete ?? true
        var recovery = PageRecovery(campaign: plan.id, isJournalTrusted: !isIncomplete)
        recovery.collect(from: journal)
        return recovery
    }

    /// Forgets a send whose claimed pages are settled, durably.
    package mutating func close(_ plan: SendPlan) {
        guard let holding = holdings.removeValue(forKey: Send(plan)) else { return }
        for slot in holding.slots { journal.clear(slot) }
        free += holding.slots
        let others = holdings.filter { $0.key.campaign == plan.id }
        if holding.isIncomplete, !others.values.contains(where: \.isIncomplete) {
            journal.unmarkIncomplete(plan.id)
        }
    }

    /// Forgets a campaign that is removed, with all that was kept of it.
    package mutating func forget(_ campaign: CampaignID) {
        for (send, holding) in holdings where send.campaign == campaign {
            for slot in holding.slots { journal.clear(slot) }
            free += holding.slots
            holdings[send] = nil
        }
        journal.unmarkIncomplete(campaign)
    }
}

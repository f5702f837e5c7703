import Structures

/// What must hold between two turns, for the simulator and for tests.
extension Shard {
    /// Looks for a broken invariant.
    ///
    /// A description, not a trap, so that a simulator can name the seed that led here.
    ///
    /// - Returns: The first that is broken, `nil` when all hold.
    /// - Complexity: O(recipients in memory).
    package func checkInvariants() -> String? {
        var sum = ActivePage()
        var held = 0
        var requested = 0
        var inFlight = 0
        for index in activeRuns {
            let run = unsafe runs[index]
            if let broken = unsafe check(run.pointee, index, &sum) { return broken }
            held += unsafe run.pointee.pages.count
            requested += unsafe run.pointee.pagesRequested
            inFlight += unsafe run.pointee.inFlight
        }
        if let broken = checkGroups() { return broken }
        let gates = hosts.gates
        if held != pages.slotCount - pages.freeCount {
            return "campaigns hold \(held) of \(pages.slotCount) slots, \(pages.freeCount) are free"
        }
        if requested > pages.freeCount { return "more pages are requested than slots are free" }
        if inFlight != self.inFlight {
            return "campaigns and flights count \(inFlight) differently"
        }
        if sum.waiting != timers.count {
            return "\(sum.waiting) recipients wait, \(timers.count) timers are set"
        }
        if gates.reduce(0, { $0 + $1.waiting.count }) != sum.blocked {
            return "hosts hold back other recipients than pages count"
        }
        if gates.reduce(0, { $0 + $1.inFlight }) != inFlight {
            return "hosts count other flights than campaigns"
        }
        for gate in gates
        where gate.inFlight == 0 && !gate.waiting.isEmpty && !gate.isOpen
            && gate.limitedUntilNanoseconds == nil
        {
            return "\(gate.waiting.count) recipients wait for a host, and nobody will tell them"
        }
        return nil
    }

    private func checkGroups() -> String? {
        for group in groups {
            if group.runs.isEmpty { return "a group has no runs" }
            for index in group.runs where unsafe runs[index].pointee.plan.id != group.campaign {
                return "run \(index) is in the group of another campaign"
            }
        }
        let grouped = groups.flatMap(\.runs).sorted()
        return grouped == activeRuns.sorted() ? nil : "groups hold other runs than the shard"
    }

    private func check(_ run: SendRun, _ index: Int, _ sum: inout ActivePage) -> String? {
        var queued = 0
        var inFlight = 0
        for slot in run.pages {
            let page = unsafe pages[slot].pointee
            if Int(page.campaign.rawValue) != index { return "slot \(slot) is not its campaign's" }
            if let broken = check(page, slot) { return "slot \(slot): \(broken)" }
            queued += page.queued
            inFlight += page.inFlight
            sum.queued += page.queued
            sum.waiting += page.waiting
            sum.blocked += page.blocked
        }
        if run.inFlight != inFlight { return "campaign \(index): flights are miscounted" }
        if run.ready.count != queued { return "campaign \(index): the ready list is miscounted" }
        if run.pagesRequested < 0 { return "campaign \(index): an answer nobody asked for" }
        return nil
    }

    private func check(_ page: ActivePage, _ slot: Int) -> String? {
        let records = unsafe journal.records(slot)
        var remaining = 0
        var untouched = 0
        var inFlight = 0
        var withheld = 0
        for index in 0..<page.count {
            let status = unsafe records[index].status
            if status == .inFlight { inFlight += 1 }
            if unsafe !page.covers(index, records[index]) {
                if status == .pending { withheld += 1 }
                continue
            }
            if !status.isEnded { remaining += 1 }
            if status == .pending && index >= page.cursor { untouched += 1 }
        }
        if page.withheld != withheld { return "\(page.withheld) are withheld, not \(withheld)" }
        if page.remaining != remaining { return "\(page.remaining) remain, not \(remaining)" }
        if page.inFlight != inFlight { return "\(page.inFlight) in flight, not \(inFlight)" }
        switch page.state {
        case .free: return "a campaign holds a free slot"
        case .leaving, .committing:
            let others = page.waiting + page.blocked + page.queued
            return others == 0 && (page.inFlight == 0 || page.state == .leaving)
                ? nil : "it is given back while somebody refers to its recipients"
        case .active:
            let placed = untouched + inFlight + page.waiting + page.blocked + page.queued
            return placed == remaining
                ? nil : "\(remaining) remain, and \(placed) are in some place"
        }
    }
}

/// The page slots that requests may be made for, and how the requests went.
private struct SlotSupply {
    var free: Int
    /// How many slots one campaign may have.
    let perCampaignMax: Int
    /// Whether the store's mailbox has taken every request.
    var areTaken = true
}

/// Which runs ask the store for pages.
extension Shard {
    /// Asks for the pages that campaigns want, as far as there are slots.
    ///
    /// Slots may be fewer than wishes. So campaigns that hold no page come first, and among them
    /// the one behind the last that was served: nobody keeps another from its first page for longer
    /// than it takes some page to close.
    ///
    /// When there are more campaigns than slots for them, each holds only its part of the slots,
    /// and a page that was held for long is taken from its campaign. The runs of a campaign deal
    /// with its part in the same way among themselves.
    ///
    /// - Returns: `false` when the store's mailbox would not take a request.
    mutating func askForPages(_ now: Moment) -> Bool {
        let part = max(1, pages.slotCount / max(1, campaignsWithPages(now)))
        var supply = SlotSupply(
            free: freeSlotsBeyondRequests,
            perCampaignMax: min(part, EngineLimits.pagesPerCampaignMax))
        var starving = 0
        let first = pageRotation
        for pass in 0..<2 {
            for offset in groups.indices {
                let place = (first + offset) % groups.count
                let held = pagesHeld(by: groups[place])
                guard (held == 0) == (pass == 0) else { continue }
                // For each its first page, before anybody has a further one.
                let starves = askForPages(
                    ofGroup: place, holding: held, upTo: pass == 0 ? 1 : .max, &supply, now)
                if pass == 0 {
                    if pagesHeld(by: groups[place]) > 0 { pageRotation = place + 1 }
                    if starves { starving += 1 }
                } else if starves {
                    recallPage(of: groups[place], now)
                }
            }
        }
        if starving > 0 { recallPages(starving, now) }
        return supply.areTaken
    }

    /// Asks for pages of a campaign's runs, one for each, beginning behind the last that had one.
    ///
    /// - Returns: Whether a run that holds no page wants one, and there is no slot for it.
    private mutating func askForPages(
        ofGroup place: Int, holding held: Int, upTo requestsMax: Int, _ supply: inout SlotSupply,
        _ now: Moment
    ) -> Bool {
        var room = min(requestsMax, supply.perCampaignMax - held)
        var last: Int?
        var starves = false
        for offset in groups[place].runs.indices where room > 0 || requestsMax > 1 {
            let index = groups[place].asking(at: offset)
            let run = unsafe runs[index]
            let hasSlot = room > 0 && supply.free > 0
            let wants = unsafe wantsPage(run.pointee)
            unsafe run.pointee.wantsPage = hasSlot && wants
            guard wants, unsafe now.wallMilliseconds >= run.pointee.askAgainMilliseconds
            else { continue }
            guard hasSlot else {
                if unsafe run.pointee.holdsNoPage { starves = true }
                continue
            }
            guard store.requestPage(of: SendSlot(UInt16(index))) else {
                supply.areTaken = false
                continue
            }
            unsafe run.pointee.pagesRequested += 1
            unsafe run.pointee.wantsPage = false
            supply.free -= 1
            room -= 1
            last = offset
        }
        if let last { groups[place].passAsking(at: last) }
        return starves
    }

    /// Pages that a campaign holds here or has asked for.
    private func pagesHeld(by group: RunGroup) -> Int {
        var held = 0
        for index in group.runs {
            let run = unsafe runs[index]
            unsafe held += run.pointee.pages.count + run.pointee.pagesRequested
        }
        return held
    }

    /// Campaigns that hold pages here, or would if there were slots enough.
    private func campaignsWithPages(_ now: Moment) -> Int {
        groups.count { group in
            group.runs.contains { index in
                let run = unsafe runs[index]
                return unsafe !run.pointee.holdsNoPage
                    || now.wallMilliseconds >= run.pointee.askAgainMilliseconds
                        && !run.pointee.plan.control.isDraining
            }
        }
    }

    /// Whether a run would ask for a page if there were slots enough.
    private func wantsPage(_ run: SendRun) -> Bool {
        guard !run.plan.control.isDraining else { return false }
        var ahead = run.pagesRequested
        for slot in run.pages where unsafe pages[slot].pointee.hasUntouched { ahead += 1 }
        return ahead < EngineLimits.pagesAhead
    }

    /// Takes pages from the campaigns that have held theirs longest, so that as many slots come
    /// free as campaigns have none.
    private mutating func recallPages(_ count: Int, _ now: Moment) {
        var coming = 0
        for slot in 0..<pages.slotCount {
            let state = unsafe pages[slot].pointee.state
            if state == .leaving || state == .committing { coming += 1 }
        }
        while coming < count, let slot = longestHeld(in: 0..<pages.slotCount, now) {
            recall(slot)
            coming += 1
        }
    }

    /// Takes a page from the run of a campaign that has held its own longest, for another run of
    /// the campaign, unless one is coming back anyway.
    private mutating func recallPage(of group: RunGroup, _ now: Moment) {
        guard group.runs.count > 1 else { return }
        var slots: [Int] = []
        for index in group.runs { unsafe slots += runs[index].pointee.pages }
        for slot in slots {
            let state = unsafe pages[slot].pointee.state
            if state == .leaving || state == .committing { return }
        }
        if let slot = longestHeld(in: slots, now) { recall(slot) }
    }

    /// The page of some slots that has been held longest, if that is long enough.
    private func longestHeld(in slots: some Sequence<Int>, _ now: Moment) -> Int? {
        var since =
            now.monotonicNanoseconds - EngineLimits.pageTenureMilliseconds * 1_000_000 + 1
        var longest: Int?
        for slot in slots {
            let page = unsafe pages[slot]
            guard unsafe page.pointee.state == .active,
                unsafe page.pointee.loadedNanoseconds < since
            else { continue }
            unsafe since = page.pointee.loadedNanoseconds
            longest = slot
        }
        return longest
    }

    /// Every requested page must find a slot when it comes.
    private var freeSlotsBeyondRequests: Int {
        var free = pages.freeCount
        for index in activeRuns { free -= unsafe runs[index].pointee.pagesRequested }
        return free
    }
}

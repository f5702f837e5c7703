/// Which campaigns ask the store for pages.
extension Shard {
    /// Asks for the pages that campaigns want, as far as there are slots.
    ///
    /// Slots may be fewer than wishes. So campaigns that hold no page come first, and among them
    /// the one behind the last that was served: nobody keeps another from its first page for longer
    /// than it takes some page to close.
    ///
    /// When there are more campaigns than slots for them, each holds only its part of the slots,
    /// and a page that was held for long is taken from its campaign.
    ///
    /// - Returns: `false` when the store's mailbox would not take a request.
    mutating func askForPages(_ now: Moment) -> Bool {
        var free = freeSlotsBeyondRequests
        var areTaken = true
        var starving = 0
        let pagesMax = max(1, pages.slotCount / max(1, campaignsWithPages(now)))
        let first = pageRotation
        for pass in 0..<2 {
            for offset in activeRuns.indices {
                let place = (first + offset) % activeRuns.count
                let index = activeRuns[place]
                let run = unsafe runs[index]
                let hasNone = unsafe run.pointee.pages.isEmpty && run.pointee.pagesRequested == 0
                guard hasNone == (pass == 0) else { continue }
                let wants = unsafe wantsPage(run.pointee, pagesMax)
                unsafe run.pointee.wantsPage = free > 0 && wants
                guard wants, unsafe now.wallMilliseconds >= run.pointee.askAgainMilliseconds
                else { continue }
                guard free > 0 else {
                    if pass == 0 { starving += 1 }
                    continue
                }
                guard store.requestPage(of: SendSlot(UInt16(index))) else {
                    areTaken = false
                    continue
                }
                unsafe run.pointee.pagesRequested += 1
                unsafe run.pointee.wantsPage = false
                free -= 1
                if pass == 0 { pageRotation = place + 1 }
            }
        }
        if starving > 0 { recallPages(starving, now) }
        return areTaken
    }

    /// Campaigns that hold pages here, or would if there were slots enough.
    private func campaignsWithPages(_ now: Moment) -> Int {
        var count = 0
        for index in activeRuns {
            let run = unsafe runs[index]
            let asks =
                unsafe now.wallMilliseconds >= run.pointee.askAgainMilliseconds
                && !run.pointee.plan.control.isDraining
            if unsafe !run.pointee.pages.isEmpty || run.pointee.pagesRequested > 0 || asks {
                count += 1
            }
        }
        return count
    }

    private func wantsPage(_ run: SendRun, _ pagesMax: Int) -> Bool {
        guard !run.plan.control.isDraining,
            run.pages.count + run.pagesRequested < min(pagesMax, EngineLimits.pagesPerCampaignMax)
        else { return false }
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
        while coming < count, let slot = longestHeld(now) {
            recall(slot)
            coming += 1
        }
    }

    /// The page that has been held longest, if that is long enough.
    private func longestHeld(_ now: Moment) -> Int? {
        var since =
            now.monotonicNanoseconds - EngineLimits.pageTenureMilliseconds * 1_000_000 + 1
        var longest: Int?
        for slot in 0..<pages.slotCount {
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

/// Which campaigns ask the store for pages.
extension Shard {
    /// Asks for the pages that campaigns want, as far as there are slots.
    ///
    /// Slots may be fewer than wishes. So campaigns that hold no page come first, and among them
    /// the one behind the last that was served: nobody keeps another from its first page for longer
    /// than it takes some page to close.
    ///
    /// - Returns: `false` when the store's mailbox would not take a request.
    mutating func askForPages(_ now: Moment) -> Bool {
        var free = freeSlotsBeyondRequests
        var areTaken = true
        let first = pageRotation
        for pass in 0..<2 {
            for offset in activeRuns.indices {
                let place = (first + offset) % activeRuns.count
                let index = activeRuns[place]
                let run = unsafe runs[index]
                let hasNone = unsafe run.pointee.pages.isEmpty && run.pointee.pagesRequested == 0
                guard hasNone == (pass == 0) else { continue }
                unsafe run.pointee.wantsPage = free > 0 && wantsPage(run.pointee)
                guard unsafe run.pointee.wantsPage,
                    unsafe now.wallMilliseconds >= run.pointee.askAgainMilliseconds
                else { continue }
                guard store.requestPage(of: CampaignSlot(UInt16(index))) else {
                    areTaken = false
                    continue
                }
                unsafe run.pointee.pagesRequested += 1
                unsafe run.pointee.wantsPage = false
                free -= 1
                if pass == 0 { pageRotation = place + 1 }
            }
        }
        return areTaken
    }

    private func wantsPage(_ run: CampaignRun) -> Bool {
        guard !run.plan.control.isDraining,
            run.pages.count + run.pagesRequested < EngineLimits.pagesPerCampaignMax
        else { return false }
        var ahead = run.pagesRequested
        for slot in run.pages where unsafe pages[slot].pointee.hasUntouched { ahead += 1 }
        return ahead < EngineLimits.pagesAhead
    }

    /// Every requested page must find a slot when it comes.
    private var freeSlotsBeyondRequests: Int {
        var free = pages.freeCount
        for index in activeRuns { free -= unsafe runs[index].pointee.pagesRequested }
        return free
    }
}

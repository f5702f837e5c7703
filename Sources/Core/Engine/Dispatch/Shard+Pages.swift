import Structures

/// The life of pages on a shard: asked for, loaded, given back.
extension Shard {
    mutating func takeStoreEvents(_ now: Moment) {
        while let event = store.nextEvent() {
            switch event {
            case .loaded(let page):
                loaded(page, now)
            case .nothingDue(let campaign, let untilMilliseconds, let byQuota):
                let run = unsafe runs[campaign]
                unsafe run.pointee.pagesRequested -= 1
                unsafe run.pointee.isQuotaUsedUp = byQuota
                // Even when only other shards hold pages one of them may come free, so ask again.
                unsafe run.pointee.askAgainMilliseconds = min(
                    untilMilliseconds, now.wallMilliseconds + 4 * EngineLimits.idleMilliseconds)
            case .committed(let slot):
                committed(slot)
            }
        }
    }

    private mutating func loaded(_ page: LoadedPage, _ now: Moment) {
        guard let slot = pages.firstFree else {
            preconditionFailure("a page came that no slot was kept for")
        }
        let run = unsafe runs[page.campaign]
        let plan = unsafe run.pointee.plan
        journal.activate(slot, campaign: plan.id, send: plan.send, page: page)
        let active = unsafe pages[slot]
        unsafe active.pointee = ActivePage()
        unsafe active.pointee.state = .active
        unsafe active.pointee.campaign = page.campaign
        unsafe active.pointee.page = page.page
        unsafe active.pointee.audience = page.audience
        unsafe active.pointee.ordinals = page.ordinals
        unsafe active.pointee.memory = page.memory
        unsafe active.pointee.loadedNanoseconds = now.monotonicNanoseconds
        unsafe active.pointee.count = page.audience.count
        unsafe admit(page, to: active)
        pages.clearTimers(slot)
        unsafe run.pointee.pagesRequested -= 1
        unsafe run.pointee.isQuotaUsedUp = false
        unsafe run.pointee.pages.append(slot)
    }

    /// Counts the recipients that the page's allowance covers, and those that it does not.
    private func admit(_ page: LoadedPage, to active: UnsafeMutablePointer<ActivePage>) {
        let allowance = max(0, page.allowance)
        guard let records = unsafe page.records else {
            unsafe active.pointee.end = min(page.audience.count, allowance)
            unsafe active.pointee.stop = active.pointee.end
            unsafe active.pointee.remaining = active.pointee.end
            unsafe active.pointee.withheld = page.audience.count - active.pointee.end
            return
        }
        unsafe active.pointee.end = page.audience.count
        var allowed = 0
        for index in 0..<page.audience.count where unsafe !records[index].status.isEnded {
            let isUnsure = unsafe records[index].flags.contains(.unsure)
            if isUnsure || allowed < allowance {
                if !isUnsure { allowed += 1 }
                unsafe active.pointee.remaining += 1
                unsafe active.pointee.stop = index + 1
            } else {
                if unsafe active.pointee.withheld == 0 { unsafe active.pointee.end = index }
                unsafe active.pointee.withheld += 1
            }
        }
    }

    private mutating func committed(_ slot: Int) {
        let page = unsafe pages[slot]
        unsafe precondition(
            page.pointee.state == .committing, "a page was committed that was not given back")
        journal.clear(slot)
        unsafe page.pointee.state = .free
        unsafe runs[page.pointee.campaign].pointee.pages.removeAll { $0 == slot }
    }

    /// Gives back what is finished or has to wait long, and asks for more.
    ///
    /// - Returns: Whether the shard must come again soon: a mailbox was full, or recipients became
    ///   ready.
    mutating func keepPages(_ now: Moment) -> Bool {
        var comesSoon = false
        for index in activeRuns {
            let run = unsafe runs[index]
            let isDraining = unsafe run.pointee.plan.control.isDraining
            for slot in unsafe run.pointee.pages {
                if !keep(slot, isDraining: isDraining, now) { comesSoon = true }
            }
        }
        if !askForPages(now) { comesSoon = true }
        if offerPlaces(now) { comesSoon = true }
        return comesSoon
    }

    /// Moves one page on if it can be.
    ///
    /// - Returns: `false` when the store's mailbox would not take it.
    private mutating func keep(_ slot: Int, isDraining: Bool, _ now: Moment) -> Bool {
        let page = unsafe pages[slot]
        switch unsafe page.pointee.state {
        case .free:
            preconditionFailure("a campaign holds a slot that is free")
        case .committing:
            return unsafe page.pointee.isPosted || post(slot, page)
        case .leaving:
            guard unsafe page.pointee.inFlight == 0 else { return true }
            return unsafe giveBack(slot, page, dueMilliseconds(slot, page.pointee))
        case .active:
            guard unsafe page.pointee.inFlight == 0 else { return true }
            let hasEnded = unsafe page.pointee.remaining == 0
            guard unsafe hasEnded || isDraining || waitsLong(slot, page.pointee, now) else {
                return true
            }
            if !hasEnded { unsafe withdraw(slot, page) }
            // If all that may be sent waits, the withheld ones are due before: the page would come
            // back at once.
            let isParked = !hasEnded && !isDraining
            return unsafe giveBack(
                slot, page, dueMilliseconds(slot, page.pointee, isCoveredOnly: isParked))
        }
    }

    /// Begins the commit of a page that nobody works on any more.
    private mutating func giveBack(
        _ slot: Int, _ page: UnsafeMutablePointer<ActivePage>, _ dueMilliseconds: Int64
    ) -> Bool {
        let isDone = unsafe page.pointee.remaining == 0 && page.pointee.withheld == 0
        unsafe page.pointee.dueMilliseconds = isDone ? nil : dueMilliseconds
        unsafe page.pointee.state = .committing
        return unsafe post(slot, page)
    }

    /// Takes a page from its campaign: it goes back as soon as nothing of it is on the wire.
    mutating func recall(_ slot: Int) {
        let page = unsafe pages[slot]
        unsafe precondition(page.pointee.state == .active, "a page is recalled that is not active")
        unsafe withdraw(slot, page)
        unsafe page.pointee.state = .leaving
    }

    /// Whether all that may be sent of a page waits, and for so long that its slot is better used.
    private func waitsLong(_ slot: Int, _ page: ActivePage, _ now: Moment) -> Bool {
        guard !page.hasUntouched, page.remaining == page.waiting else { return false }
        return dueMilliseconds(slot, page, isCoveredOnly: true)
            > now.wallMilliseconds + EngineLimits.parkBeyondMilliseconds
    }

    private func dueMilliseconds(
        _ slot: Int, _ page: ActivePage, isCoveredOnly: Bool = false
    ) -> Int64 {
        let records = unsafe journal.records(slot)
        var due = Int64.max
        for index in 0..<page.count where unsafe records[index].status == .pending {
            if isCoveredOnly, unsafe !page.covers(index, records[index]) { continue }
            due = unsafe min(due, records[index].timeMilliseconds)
        }
        return due
    }

    /// Takes a page's recipients out of every list and cancels their timers.
    private mutating func withdraw(_ slot: Int, _ page: UnsafeMutablePointer<ActivePage>) {
        if unsafe page.pointee.queued > 0 {
            unsafe runs[page.pointee.campaign].pointee.ready.removeAll(slot: slot, links)
        }
        if unsafe page.pointee.waiting > 0 {
            for index in unsafe 0..<page.pointee.count {
                if let timer = pages.timer(of: RecipientReference(slot: slot, index: index)) {
                    timers.cancel(timer)
                }
            }
        }
        if unsafe page.pointee.blocked > 0 { hosts.removeWaiting(slot: slot, links) }
        unsafe page.pointee.queued = 0
        unsafe page.pointee.blocked = 0
        unsafe page.pointee.waiting = 0
        // The campaign may be resumed before the page is durable: its rest is the next claim's.
        unsafe page.pointee.cursor = page.pointee.count
    }

    private mutating func post(_ slot: Int, _ page: UnsafeMutablePointer<ActivePage>) -> Bool {
        guard let memory = unsafe page.pointee.memory else {
            preconditionFailure("an active page has no memory")
        }
        let isTaken = unsafe store.commit(
            PageCommit(
                campaign: page.pointee.campaign, page: page.pointee.page, slot: slot,
                records: UnsafePointer(journal.records(slot)), count: page.pointee.count,
                dueMilliseconds: page.pointee.dueMilliseconds, memory: memory))
        unsafe page.pointee.isPosted = isTaken
        return isTaken
    }
}

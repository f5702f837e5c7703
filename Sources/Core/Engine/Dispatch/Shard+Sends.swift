import Pacing
import Structures

/// New sends: who is next, what the limits allow, rendering, handing over.
extension Shard {
    /// Starts what may be started, campaign by campaign in turn.
    ///
    /// - Returns: Whether the turn's bounds, and nothing else, ended it.
    mutating func startSends(_ now: Moment) -> Bool {
        guard !groups.isEmpty else { return false }
        var budget = EngineLimits.sendsPerTurn
        var failures = EngineLimits.failuresPerTurn
        var idle = 0
        while idle < groups.count, budget > 0, failures > 0 {
            if rotation >= groups.count { rotation = 0 }
            var failuresLeft = min(failures, EngineLimits.failuresPerCampaignQuantum)
            failures -= failuresLeft
            let started = startSends(
                ofGroup: rotation, upTo: min(budget, EngineLimits.sendsPerCampaignQuantum),
                failures: &failuresLeft, now)
            failures += failuresLeft
            budget -= started
            // Who has used up its failures has more to do, though it sent nothing.
            idle = started == 0 && failuresLeft > 0 ? idle + 1 : 0
            rotation += 1
        }
        return budget == 0 || failures <= 0
    }

    /// Gives a campaign its turn, which its runs share: each starts what it may of what is left,
    /// and the next turn begins behind the last that did something.
    private mutating func startSends(
        ofGroup place: Int, upTo limit: Int, failures: inout Int, _ now: Moment
    ) -> Int {
        var started = 0
        var last: Int?
        for offset in groups[place].runs.indices where started < limit && failures > 0 {
            let failuresBefore = failures
            let count = startSends(
                of: groups[place].run(at: offset), upTo: limit - started, failures: &failures, now)
            started += count
            if count > 0 || failures < failuresBefore { last = offset }
        }
        if let last { groups[place].passTurn(at: last) }
        return started
    }

    private mutating func startSends(
        of index: Int, upTo limit: Int, failures: inout Int, _ now: Moment
    ) -> Int {
        let run = unsafe runs[index]
        unsafe run.pointee.limitedUntilNanoseconds = nil
        unsafe run.pointee.bound = .none
        guard unsafe !run.pointee.plan.control.isDraining else {
            unsafe run.pointee.bound = .idle
            return 0
        }
        var room = unsafe min(
            limit, flights.freeCount, run.pointee.share.inFlightMax - run.pointee.inFlight)
        let host = unsafe run.pointee.host
        let isHostFull =
            unsafe host != .none && hosts[host].inFlight >= run.pointee.share.perHostMax
        if host != .none {
            room = unsafe min(room, run.pointee.share.perHostMax - hosts[host].inFlight)
        }
        guard unsafe hasReady(run) else {
            unsafe run.pointee.bound = causeOfRest(run.pointee)
            return 0
        }
        guard room > 0 else {
            unsafe run.pointee.bound = isHostFull ? .hostConnections : .transport
            if isHostFull { unsafe holdBack(host, run, .hostConnections) }
            return 0
        }
        let grant = unsafe take(upTo: room, run, now)
        var started = 0
        while started < grant.count, failures > 0, let next = unsafe nextReady(run, now) {
            if unsafe launch(next, run, grant, now) { started += 1 } else { failures -= 1 }
        }
        if started < grant.count {
            unsafe giveBack(grant.count - started, grant, run, now)
        } else if grant.cause != .none {
            unsafe run.pointee.totals.limiterWaits += 1
            unsafe run.pointee.bound = grant.cause
            unsafe run.pointee.limitedUntilNanoseconds = grant.nextLookNanoseconds
        }
        return started
    }

    /// Why a campaign without anybody to send to has nobody.
    private func causeOfRest(_ run: SendRun) -> BindingCause {
        var isHeld = false
        var waits = false
        var isWithheld = run.isQuotaUsedUp
        for slot in run.pages {
            let page = unsafe pages[slot]
            if unsafe page.pointee.blocked > 0 { isHeld = true }
            if unsafe page.pointee.waiting > 0 { waits = true }
            if unsafe page.pointee.withheld > 0 { isWithheld = true }
        }
        return isHeld ? run.hostCause : isWithheld ? .quota : waits ? .waiting : .idle
    }

    private func hasReady(_ run: UnsafeMutablePointer<SendRun>) -> Bool {
        if unsafe !run.pointee.ready.isEmpty { return true }
        for slot in unsafe run.pointee.pages where unsafe pages[slot].pointee.hasUntouched {
            return true
        }
        return false
    }

    /// Takes the next recipient: those put back first, then the untouched ones, page by page.
    private mutating func nextReady(
        _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) -> RecipientReference? {
        if let reference = unsafe run.pointee.ready.popFirst(links) {
            unsafe pages[reference.slot].pointee.queued -= 1
            return reference
        }
        for slot in unsafe run.pointee.pages {
            let page = unsafe pages[slot]
            let records = unsafe journal.records(slot)
            while unsafe page.pointee.hasUntouched {
                let index = unsafe page.pointee.cursor
                unsafe page.pointee.cursor += 1
                guard unsafe records[index].status == .pending,
                    unsafe page.pointee.covers(index, records[index])
                else { continue }
                let reference = RecipientReference(slot: slot, index: index)
                let due = unsafe records[index].timeMilliseconds
                if due <= now.wallMilliseconds { return reference }
                unsafe wait(reference, page, milliseconds: due - now.wallMilliseconds, now)
            }
        }
        return nil
    }

    /// Sets a recipient aside until its time has come, and never less: the milliseconds of the
    /// clock are rounded down, so it takes one more.
    mutating func wait(
        _ reference: RecipientReference, _ page: UnsafeMutablePointer<ActivePage>,
        milliseconds: Int64, _ now: Moment
    ) {
        unsafe page.pointee.waiting += 1
        // The wheel has room for every recipient that can be in memory.
        let timer = timers.insert(
            UInt64(reference.rawValue),
            deadlineMilliseconds: now.monotonicMilliseconds + UInt64(milliseconds) + 1)
        pages.setTimer(timer, of: reference)
    }

    /// Renders a recipient's request and hands it to the transport.
    ///
    /// - Returns: `false` when nothing was sent: the delivery was skipped, or has failed, or its
    ///   host has no room.
    private mutating func launch(
        _ reference: RecipientReference, _ run: UnsafeMutablePointer<SendRun>,
        _ grant: SendGrant, _ now: Moment
    ) -> Bool {
        let page = unsafe pages[reference.slot]
        let record = unsafe journal.records(reference.slot).advanced(by: reference.index)
        if let reason = unsafe ineligibility(reference, page, run) {
            unsafe skip(record, page, run, reason, now)
            return false
        }
        let id = flights.nextFree
        let flight = unsafe flights[id]
        do throws(RenderRefusal) {
            try unsafe render(reference, page, record, run, into: flight)
        } catch {
            if error.reason == .noEndpoint {
                unsafe skip(record, page, run, .noEndpoint, now)
                return false
            }
            // Not `fail`: what cannot be rendered now could not be before, so nothing ever left.
            unsafe record.pointee.reason = error.reason
            unsafe end(record, page, run, .failed, now)
            return false
        }
        if let preparer = unsafe run.pointee.preparer,
            unsafe !prepare(by: preparer, reference, run, in: flight, now)
        {
            return false
        }
        let gate = unsafe gate(of: flight, run)
        guard let hostPlaces = unsafe passGate(gate, run, grant, now) else {
            unsafe page.pointee.blocked += 1
            hosts[gate].waiting.append(reference, links)
            return false
        }
        flights.takeNextFree()
        unsafe flight.pointee.recipient = reference
        unsafe flight.pointee.host = gate
        unsafe flight.pointee.places = grant.places
        unsafe flight.pointee.hostPlaces = hostPlaces
        unsafe flight.pointee.startedNanoseconds = now.monotonicNanoseconds
        hosts[gate].inFlight += 1
        unsafe page.pointee.inFlight += 1
        unsafe run.pointee.inFlight += 1
        unsafe run.pointee.totals.attempts += 1
        unsafe run.pointee.totals.bodyBytes += UInt64(flight.pointee.request.bodyCount)
        if unsafe record.pointee.attempts < .max { unsafe record.pointee.attempts += 1 }
        unsafe record.pointee.bodyBytes = UInt32(flight.pointee.request.bodyCount)
        unsafe record.pointee.status = .inFlight
        unsafe transport.start(
            id,
            flight.pointee.request.request(
                target: run.pointee.target, in: flight.pointee.buffer))
        return true
    }

    /// The gate that a request has to pass: its own host's, or that of its campaign.
    @inline(__always)
    private mutating func gate(
        of flight: UnsafeMutablePointer<Flight>, _ run: UnsafeMutablePointer<SendRun>
    ) -> HostTable.Index {
        guard let hash = unsafe flight.pointee.request.hostHash else {
            return unsafe run.pointee.host
        }
        return unsafe hosts.gate(key: hash ^ run.pointee.hostSalt)
            ?? hosts.gate(hash: hash, limits: run.pointee.hostLimits)
    }

    @inline(__always)
    private mutating func render(
        _ reference: RecipientReference, _ page: UnsafeMutablePointer<ActivePage>,
        _ record: UnsafeMutablePointer<DeliveryRecord>,
        _ run: UnsafeMutablePointer<SendRun>, into flight: UnsafeMutablePointer<Flight>
    ) throws(RenderRefusal) {
        guard let audience = unsafe page.pointee.audience else {
            preconditionFailure("an active page has no recipients")
        }
        try unsafe renderer.render(
            run.pointee.plan.message, recipientAt: reference.index, of: audience,
            ordinal: page.pointee.ordinal(at: reference.index), send: run.pointee.send,
            generation: record.pointee.generation, keyPrefix: run.pointee.keyPrefix,
            into: &flight.pointee.buffer, as: &flight.pointee.request)
    }

    /// Why the recipient may not be sent to now.
    private func ineligibility(
        _ reference: RecipientReference, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<SendRun>
    ) -> DeliveryReason? {
        guard let probe = unsafe run.pointee.eligibility,
            let audience = unsafe page.pointee.audience
        else { return nil }
        return unsafe probe.reason(audience.userID(at: reference.index))
    }

    /// Ends a delivery without a request, or as `unknown` if an earlier one may have arrived.
    private func skip(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<SendRun>, _ reason: DeliveryReason, _ now: Moment
    ) {
        unsafe record.pointee.reason = reason
        unsafe record.pointee.code = 0
        let isUnsure = unsafe record.pointee.flags.contains(.unsure)
        unsafe end(record, page, run, isUnsure ? .unknown : .skipped, now)
    }

    /// Ends a delivery; its reason and code are set by the caller.
    func finish(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ status: DeliveryStatus, _ now: Moment
    ) {
        unsafe record.pointee.timeMilliseconds = now.wallMilliseconds
        unsafe record.pointee.status = status
        unsafe page.pointee.remaining -= 1
    }
}

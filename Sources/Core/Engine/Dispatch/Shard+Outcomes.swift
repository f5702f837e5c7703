import Jinja
import Pacing

/// What finished flights mean.
extension Shard {
    mutating func takeCompletions(_ now: Moment) {
        while let completion = transport.nextCompletion() { completed(completion, now) }
        _ = offerPlaces(now)
    }

    private mutating func completed(_ completion: TransferCompletion, _ now: Moment) {
        let id = completion.result.flight
        let flight = unsafe flights[id]
        let reference = unsafe flight.pointee.recipient
        let host = unsafe flight.pointee.host
        let elapsed = unsafe now.monotonicNanoseconds - flight.pointee.startedNanoseconds
        if unsafe flight.pointee.buffer.count > EngineLimits.flightBufferKeptBytes {
            unsafe flight.pointee.buffer = .init()
        }
        let hostPlaces = unsafe flight.pointee.hostPlaces
        if hostPlaces != 0 {
            hosts.release(hostPlaces, of: host)
            unsafe flight.pointee.hostPlaces = 0
        }
        let places = unsafe flight.pointee.places
        unsafe flight.pointee.places = 0
        flights.release(id)
        landed(on: host)

        let page = unsafe pages[reference.slot]
        let run = unsafe runs[page.pointee.campaign]
        let record = unsafe journal.records(reference.slot).advanced(by: reference.index)
        unsafe precondition(
            record.pointee.status == .inFlight, "a flight ended whose record was not in flight")
        unsafe page.pointee.inFlight -= 1
        unsafe run.pointee.inFlight -= 1
        if places != 0 { unsafe run.pointee.limiters.release(places) }
        let microseconds = UInt32(clamping: elapsed / 1_000)
        unsafe record.pointee.latencyMicroseconds = microseconds
        unsafe run.pointee.cells.addLatency(microseconds: UInt64(microseconds))

        let plan = unsafe run.pointee.plan
        let verdict = plan.provider.verdict(for: completion, guarantee: plan.guarantee)
        unsafe record.pointee.reason = verdict.reason
        unsafe record.pointee.code = verdict.code
        switch verdict.action {
        case .accepted:
            unsafe finish(record, page, .sent, now)
            unsafe run.pointee.totals.sent += 1
        case .fail, .dropEndpoint:
            // That the endpoint is gone stands in the record, which the store gets with its page.
            unsafe fail(record, page, run, now)
        case .unsure:
            unsafe record.pointee.flags.insert(.unsure)
            if plan.guarantee == .atMostOnce {
                unsafe end(record, page, run, .unknown, now)
            } else {
                unsafe retry(reference, record, page, run, verdict, now)
            }
        case .retry:
            unsafe retry(reference, record, page, run, verdict, now)
        }
    }

    /// Frees a place at a host.
    private mutating func landed(on host: HostTable.Index) {
        hosts[host].inFlight -= 1
        if !hosts[host].waiting.isEmpty { hosts.markOpen(host) }
        hosts.releaseIfIdle(host)
    }

    /// Lets recipients that wait for a host try again, as many as there are places.
    ///
    /// They are not kept for them: whoever comes first takes them, and who finds none waits again.
    /// So a place is never held for a recipient whose campaign may not send, or who is skipped.
    ///
    /// - Returns: Whether somebody became ready.
    mutating func offerPlaces(_ now: Moment) -> Bool {
        let count = hosts.openCount
        guard count > 0 else { return false }
        var areOffered = false
        for place in 0..<count {
            let host = hosts.open(at: place)
            var offered = 0
            let room = hosts.available(
                upTo: EngineLimits.sendsPerTurn, of: host, taker: number,
                nowNanoseconds: now.monotonicNanoseconds)
            while offered < room, let first = hosts[host].waiting.first {
                let page = unsafe pages[first.slot]
                let share = unsafe runs[page.pointee.campaign].pointee.share
                guard hosts[host].inFlight + offered < share.perHostMax else { break }
                _ = hosts[host].waiting.popFirst(links)
                unsafe page.pointee.blocked -= 1
                unsafe makeReady(first, page)
                offered += 1
            }
            if room == 0, let first = hosts[host].waiting.first {
                let run = unsafe runs[pages[first.slot].pointee.campaign]
                unsafe holdBack(host, run, run.pointee.hostCause)
                let until = hosts.nextLook(host, nowNanoseconds: now.monotonicNanoseconds)
                hosts.throttle(host, untilNanoseconds: until)
            }
            guard offered > 0 else { continue }
            areOffered = true
            hosts.markOpen(host)
            hosts.releaseIfIdle(host)
        }
        hosts.forgetOpen(first: count)
        return areOffered
    }

    /// Puts a delivery off, or ends it when its attempts are used up.
    private mutating func retry(
        _ reference: RecipientReference, _ record: UnsafeMutablePointer<DeliveryRecord>,
        _ page: UnsafeMutablePointer<ActivePage>, _ run: UnsafeMutablePointer<SendRun>,
        _ verdict: Verdict, _ now: Moment
    ) {
        let attempts = unsafe Int(record.pointee.attempts)
        guard
            let nanoseconds = unsafe run.pointee.plan.retries.delayNanoseconds(
                failedAttempts: attempts,
                retryAfterSeconds: verdict.retryAfterSeconds < 0
                    ? nil : Int64(verdict.retryAfterSeconds),
                using: &generator)
        else {
            unsafe fail(record, page, run, now)
            return
        }
        // Rounded up, and one more because the wall time is rounded down: never before the time
        // that a Retry-After names.
        let milliseconds = (nanoseconds + 999_999) / 1_000_000
        unsafe record.pointee.timeMilliseconds = now.wallMilliseconds + milliseconds + 1
        unsafe record.pointee.status = .pending
        unsafe run.pointee.totals.retries += 1
        // On a page that leaves, the time in the record is all: the next claim sees to it.
        guard unsafe page.pointee.state == .active else { return }
        unsafe wait(reference, page, milliseconds: milliseconds, now)
    }

    /// Ends a delivery that is not tried again; its reason and code are set by the caller.
    ///
    /// If an earlier attempt may have arrived it ends as `unknown`: `failed` would claim too much.
    func fail(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<SendRun>, _ now: Moment
    ) {
        let isUnsure = unsafe record.pointee.flags.contains(.unsure)
        unsafe end(record, page, run, isUnsure ? .unknown : .failed, now)
    }

    /// Ends a delivery that was not sent; its reason and code are set by the caller.
    func end(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<SendRun>, _ status: DeliveryStatus, _ now: Moment
    ) {
        unsafe finish(record, page, status, now)
        unsafe run.pointee.cells.addOutcome(
            status, record.pointee.reason, code: record.pointee.code)
        switch status {
        case .unknown: unsafe run.pointee.totals.unknown += 1
        case .skipped: unsafe run.pointee.totals.skipped += 1
        default: unsafe run.pointee.totals.failed += 1
        }
    }
}

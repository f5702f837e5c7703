import Jinja
import Pacing

/// What finished flights mean.
extension Shard {
    mutating func takeCompletions(_ now: Moment) {
        while let result = transport.nextCompletion() { completed(result, now) }
    }

    private mutating func completed(_ result: TransferResult, _ now: Moment) {
        let flight = unsafe flights[result.flight]
        let reference = unsafe flight.pointee.recipient
        let host = unsafe flight.pointee.host
        let elapsed = unsafe now.monotonicNanoseconds - flight.pointee.startedNanoseconds
        if unsafe flight.pointee.buffer.count > EngineLimits.flightBufferKeptBytes {
            unsafe flight.pointee.buffer = .init()
        }
        flights.release(result.flight)
        landed(on: host)

        let page = unsafe pages[reference.slot]
        let run = unsafe runs[page.pointee.campaign]
        let record = unsafe journal.records(reference.slot).advanced(by: reference.index)
        unsafe precondition(
            record.pointee.status == .inFlight, "a flight ended whose record was not in flight")
        unsafe page.pointee.inFlight -= 1
        unsafe run.pointee.inFlight -= 1
        unsafe record.pointee.latencyMicroseconds = UInt32(clamping: elapsed / 1_000)

        let plan = unsafe run.pointee.plan
        let verdict = plan.provider.verdict(for: result, guarantee: plan.guarantee)
        unsafe record.pointee.reason = verdict.reason
        unsafe record.pointee.code = verdict.code
        switch verdict.action {
        case .accepted:
            unsafe finish(record, page, .sent, now)
            unsafe run.pointee.totals.sent += 1
        case .fail:
            unsafe fail(record, page, run, now)
        case .unsure:
            unsafe record.pointee.flags.insert(.unsure)
            if plan.guarantee == .atMostOnce {
                unsafe finish(record, page, .unknown, now)
                unsafe run.pointee.totals.unknown += 1
            } else {
                unsafe retry(reference, record, page, run, verdict, now)
            }
        case .retry:
            unsafe retry(reference, record, page, run, verdict, now)
        }
    }

    /// Frees a place at a host and lets the first that waited for it try again.
    private mutating func landed(on host: HostTable.Index) {
        hosts[host].inFlight -= 1
        if let next = hosts[host].waiting.popFirst(links) {
            let page = unsafe pages[next.slot]
            unsafe page.pointee.blocked -= 1
            unsafe makeReady(next, page)
        }
        hosts.releaseIfIdle(host)
    }

    /// Puts a delivery off, or ends it when its attempts are used up.
    private mutating func retry(
        _ reference: RecipientReference, _ record: UnsafeMutablePointer<DeliveryRecord>,
        _ page: UnsafeMutablePointer<ActivePage>, _ run: UnsafeMutablePointer<CampaignRun>,
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
        unsafe wait(reference, page, milliseconds: milliseconds, now)
    }

    /// Ends a delivery that is not tried again; its reason and code are set by the caller.
    ///
    /// If an earlier attempt may have arrived it ends as `unknown`: `failed` would claim too much.
    private func fail(
        _ record: UnsafeMutablePointer<DeliveryRecord>, _ page: UnsafeMutablePointer<ActivePage>,
        _ run: UnsafeMutablePointer<CampaignRun>, _ now: Moment
    ) {
        if unsafe record.pointee.flags.contains(.unsure) {
            unsafe finish(record, page, .unknown, now)
            unsafe run.pointee.totals.unknown += 1
        } else {
            unsafe finish(record, page, .failed, now)
            unsafe run.pointee.totals.failed += 1
        }
    }
}

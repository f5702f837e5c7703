/// The counters of a campaign on a shard that are more than a few: what ended its turns and held it
/// up after them, how long requests took, and why deliveries ended that were not sent.
///
/// Layout of the cells: turns by binding cause; nanoseconds by binding cause; latency classes; the
/// latencies' sum; the host that holds most back, and all votes; rows of an outcome and its count;
/// ends without a row by status. A row's outcome is never 0 once it is in use.
struct SendCells: BitwiseCopyable, Sendable {
    private static var nanoseconds: Int { BindingCause.count }
    private static var latencies: Int { nanoseconds + BindingCause.count }
    private static var sum: Int { latencies + LatencyHistogram.classCount }
    private static var host: Int { sum + 1 }
    private static var rows: Int { host + 2 }
    private static var others: Int { rows + 2 * EngineLimits.outcomeRowsMax }
    private static var count: Int { others + DeliveryStatus.allCases.count }

    private let cells = CounterCells(count: Self.count)

    func deallocate() { cells.deallocate() }

    // MARK: The shard's side

    /// Counts a request that has ended.
    @inline(__always)
    func addLatency(microseconds: UInt64) {
        cells.add(1, Self.latencies + LatencyHistogram.classIndex(microseconds: microseconds))
        cells.add(microseconds, Self.sum)
    }

    /// Counts a delivery that has ended and was not sent.
    func addOutcome(_ status: DeliveryStatus, _ reason: DeliveryReason, code: UInt16) {
        let key = UInt64(status.rawValue) << 32 | UInt64(reason.rawValue) << 16 | UInt64(code)
        for row in 0..<EngineLimits.outcomeRowsMax {
            let place = Self.rows + 2 * row
            let other = cells.load(place)
            if other == 0 { cells.store(key, place) }
            guard other == 0 || other == key else { continue }
            cells.add(1, place + 1)
            return
        }
        cells.add(1, Self.others + Int(status.rawValue))
    }

    func store(_ bindings: BindingCounts) {
        for index in 0..<BindingCause.count { cells.store(bindings.word(index), index) }
    }

    func store(_ vote: HostVote) {
        cells.store(vote.host, Self.host)
        cells.store(vote.count, Self.host + 1)
    }

    /// Counts the time from a turn that a cause ended to the next one.
    func add(nanoseconds: Int64, of cause: BindingCause) {
        cells.add(UInt64(max(0, nanoseconds)), Self.nanoseconds + Int(cause.rawValue))
    }

    // MARK: The reader's side

    var bindings: BindingCounts { counts(at: 0) }

    var bindingNanoseconds: BindingCounts { counts(at: Self.nanoseconds) }

    private func counts(at place: Int) -> BindingCounts {
        var counts = BindingCounts()
        for cause in BindingCause.allCases {
            counts[cause] = cells.load(place + Int(cause.rawValue))
        }
        return counts
    }

    var host: HeldBackHost {
        HeldBackHost(hash: cells.load(Self.host), count: cells.load(Self.host + 1))
    }

    var latencies: LatencyHistogram { LatencyHistogram(cells, at: Self.latencies) }

    var outcomes: OutcomeCounts {
        var outcomes = OutcomeCounts()
        for row in 0..<EngineLimits.outcomeRowsMax {
            let key = cells.load(Self.rows + 2 * row)
            guard let status = DeliveryStatus(rawValue: UInt8(truncatingIfNeeded: key >> 32)),
                let reason = DeliveryReason(rawValue: UInt8(truncatingIfNeeded: key >> 16)),
                status != .pending
            else { continue }
            let outcome = DeliveryOutcome(
                status, reason, code: UInt16(truncatingIfNeeded: key))
            outcomes.tally.add(Int(clamping: cells.load(Self.rows + 2 * row + 1)), outcome)
        }
        for status in DeliveryStatus.allCases {
            let count = Int(clamping: cells.load(Self.others + Int(status.rawValue)))
            if count > 0 { outcomes.others[status] = count }
        }
        return outcomes
    }
}

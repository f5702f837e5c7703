/// The counters of a campaign on a shard that are more than a few: what ended its turns, how long
/// requests took, and why deliveries ended that were not sent.
///
/// Layout of the cells: binding causes; latency classes; the latencies' sum; rows of an outcome and
/// its count; ends without a row. A row's outcome is never 0 once it is in use.
struct CampaignCells: BitwiseCopyable, Sendable {
    private static var latencies: Int { BindingCause.count }
    private static var sum: Int { latencies + LatencyHistogram.classCount }
    private static var rows: Int { sum + 1 }
    private static var other: Int { rows + 2 * EngineLimits.outcomeRowsMax }

    private let cells = CounterCells(count: Self.other + 1)

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
        cells.add(1, Self.other)
    }

    func store(_ bindings: BindingCounts) {
        for index in 0..<BindingCause.count { cells.store(bindings.word(index), index) }
    }

    // MARK: The reader's side

    var bindings: BindingCounts {
        var counts = BindingCounts()
        for cause in BindingCause.allCases { counts[cause] = cells.load(Int(cause.rawValue)) }
        return counts
    }

    var latencies: LatencyHistogram {
        var histogram = LatencyHistogram()
        for index in 0..<LatencyHistogram.classCount {
            histogram.counts[index] = cells.load(Self.latencies + index)
        }
        histogram.sumMicroseconds = cells.load(Self.sum)
        return histogram
    }

    var outcomes: OutcomeCounts {
        var outcomes = OutcomeCounts()
        for row in 0..<EngineLimits.outcomeRowsMax {
            let key = cells.load(Self.rows + 2 * row)
            guard let status = DeliveryStatus(rawValue: UInt8(truncatingIfNeeded: key >> 32)),
                let reason = DeliveryReason(rawValue: UInt8(truncatingIfNeeded: key >> 16)),
                status != .pending
            else { continue }
            let outcome = OutcomeCounts.Outcome(
                status: status, reason: reason, code: UInt16(truncatingIfNeeded: key))
            outcomes.counts[outcome, default: 0] += cells.load(Self.rows + 2 * row + 1)
        }
        outcomes.other = cells.load(Self.other)
        return outcomes
    }
}

/// How long requests were on the wire, in classes that double: one reading.
///
/// Class `i` counts what took less than `boundsMicroseconds[i]` and not less than the bound before;
/// the last class has no bound. From 128 µs to 67 s.
package struct LatencyHistogram: Equatable, Sendable {
    /// How many classes times are counted in.
    package static let classCount = 21
    /// The bounds of all classes but the last.
    package static let boundsMicroseconds: [UInt64] = (0..<classCount - 1).map { 128 << UInt64($0) }

    /// Requests per class.
    package internal(set) var counts = Array(repeating: UInt64(0), count: classCount)
    /// The times of all requests added up.
    package internal(set) var sumMicroseconds: UInt64 = 0

    /// Begins with nothing counted.
    package init() {}

    /// Reads the classes and, behind them, the sum.
    init(_ cells: CounterCells, at place: Int) {
        for index in 0..<Self.classCount { counts[index] = cells.load(place + index) }
        sumMicroseconds = cells.load(place + Self.classCount)
    }

    /// All requests that have ended.
    package var count: UInt64 { counts.reduce(0, +) }

    /// Adds what another shard has counted.
    package static func += (left: inout LatencyHistogram, right: LatencyHistogram) {
        for index in 0..<classCount { left.counts[index] += right.counts[index] }
        left.sumMicroseconds += right.sumMicroseconds
    }

    /// What was counted since an earlier reading.
    package func since(_ earlier: LatencyHistogram) -> LatencyHistogram {
        var rest = self
        for index in 0..<Self.classCount { rest.counts[index] &-= earlier.counts[index] }
        rest.sumMicroseconds &-= earlier.sumMicroseconds
        return rest
    }

    /// The time that a part of the requests did not exceed, as the bound of its class.
    ///
    /// - Parameter part: From 0 to 1.
    /// - Returns: Microseconds; `nil` without requests. The last class counts as twice its lower
    ///   bound.
    package func quantileMicroseconds(_ part: Double) -> UInt64? {
        let count = count
        guard count > 0 else { return nil }
        let rank = max(1, UInt64((Double(count) * part).rounded(.up)))
        var sum: UInt64 = 0
        for index in 0..<Self.classCount {
            sum += counts[index]
            if sum >= rank { return 128 << UInt64(index) }
        }
        return nil
    }

    /// The class of a time.
    @inline(__always)
    static func classIndex(microseconds: UInt64) -> Int {
        min(classCount - 1, max(0, 57 - microseconds.leadingZeroBitCount))
    }
}

/// Counts times in the classes of `LatencyHistogram`: one thread adds, any thread reads.
package final class LatencyRecorder: Sendable {
    // The classes, and the sum behind them.
    private let cells = CounterCells(count: LatencyHistogram.classCount + 1)

    /// Begins with nothing counted.
    package init() {}

    deinit { cells.deallocate() }

    /// Counts a time; by one thread only.
    package func add(microseconds: UInt64) {
        cells.add(1, LatencyHistogram.classIndex(microseconds: microseconds))
        cells.add(microseconds, LatencyHistogram.classCount)
    }

    /// What was counted so far; by any thread.
    package var histogram: LatencyHistogram { LatencyHistogram(cells, at: 0) }
}

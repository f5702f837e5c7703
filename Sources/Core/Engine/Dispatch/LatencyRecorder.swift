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

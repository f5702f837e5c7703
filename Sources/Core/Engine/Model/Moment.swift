/// The two clocks of one loop turn, read once and passed to everything that decides.
package struct Moment: Sendable, BitwiseCopyable {
    /// Monotonic nanoseconds: for intervals, limits and latencies.
    package var monotonicNanoseconds: Int64
    /// Unix milliseconds: only for what is stored.
    package var wallMilliseconds: Int64

    /// Takes a reading of both clocks.
    @inlinable package init(monotonicNanoseconds: Int64, wallMilliseconds: Int64) {
        self.monotonicNanoseconds = monotonicNanoseconds
        self.wallMilliseconds = wallMilliseconds
    }

    /// Monotonic milliseconds, as timers count them.
    @inlinable package var monotonicMilliseconds: UInt64 {
        UInt64(monotonicNanoseconds) / 1_000_000
    }
}

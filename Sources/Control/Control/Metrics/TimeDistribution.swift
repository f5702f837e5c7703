import Engine

/// How long something took, counted by upper bounds.
package struct TimeDistribution: Equatable, Sendable {
    /// Seconds, rising, without infinity.
    package let bounds: [Double]
    /// How many took longer than the bound before and no longer than this; the last is of what is
    /// beyond all bounds.
    package let counts: [UInt64]
    /// Seconds of all together.
    package let sum: Double

    init(_ histogram: LatencyHistogram) {
        bounds = LatencyHistogram.boundsMicroseconds.map { Double($0) / 1e6 }
        counts = histogram.counts
        sum = Double(histogram.sumMicroseconds) / 1e6
    }
}

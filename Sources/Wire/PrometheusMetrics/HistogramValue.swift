/// What was observed, counted by upper bounds.
package struct HistogramValue: Hashable, Sendable {
    /// Upper bounds, rising, without infinity.
    package let bounds: [Double]
    /// How many observations are in each bucket, not added up; the last is of what is beyond.
    package private(set) var counts: [UInt64]
    /// All observed values added up, in the unit of the bounds.
    package private(set) var sum: Double

    /// A histogram without observations.
    package init(bounds: [Double]) {
        self.init(bounds: bounds, counts: Array(repeating: 0, count: bounds.count + 1), sum: 0)
    }

    /// A histogram that was counted elsewhere.
    package init(bounds: [Double], counts: [UInt64], sum: Double) {
        precondition(
            counts.count == bounds.count + 1, "a histogram has one bucket more than bounds")
        precondition(
            zip(bounds, bounds.dropFirst()).allSatisfy(<), "the bounds of a histogram do not rise")
        self.bounds = bounds
        self.counts = counts
        self.sum = sum
    }

    /// How many values were observed, those beyond the last bound included.
    package var count: UInt64 { counts.reduce(0, +) }

    /// Counts a value; an upper bound belongs to its bucket.
    package mutating func observe(_ value: Double) {
        var low = 0
        var high = bounds.count
        while low < high {
            let middle = (low + high) / 2
            if value <= bounds[middle] { high = middle } else { low = middle + 1 }
        }
        counts[low] += 1
        sum += value
    }
}

/// Bounds of histograms that nobody chose others for.
package enum HistogramBounds {
    /// Times, in seconds: from what a cached answer takes to what a person waits for.
    package static let seconds = [
        0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10,
    ]

    /// Sizes and counts.
    package static let counts: [Double] = [
        1, 5, 10, 50, 100, 500, 1_000, 5_000, 10_000, 50_000, 100_000, 500_000, 1_000_000,
    ]
}

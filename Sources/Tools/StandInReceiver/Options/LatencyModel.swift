import Foundation
import Structures

/// The distribution of the time between a request's arrival and its answer.
///
/// The sink's clock ticks in milliseconds: a latency is rounded to the nearest one, and 0 means
/// that the answer leaves in the same turn in which the request was read.
package enum LatencyModel: Equatable, Sendable {
    /// No delay.
    case none
    /// The same delay for all.
    case constant(milliseconds: Double)
    /// Any delay of a range, equally likely.
    case uniform(milliseconds: ClosedRange<Double>)
    /// A delay whose logarithm is normally distributed around that of the median.
    case lognormal(medianMilliseconds: Double, sigma: Double)

    /// Reads `5ms`, `uniform:1ms..20ms` or `lognormal:20ms,0.5` (median, sigma).
    ///
    /// - Parameter text: The option's text.
    /// - Throws: `SinkError.option`.
    package init(parsing text: String) throws(SinkError) {
        func invalid(_ reason: String) -> SinkError {
            .option(.latency, text: text, reason: reason)
        }
        func milliseconds(_ part: some StringProtocol) throws(SinkError) -> Double {
            try OptionText.milliseconds(parsing: part, for: .latency, in: text)
        }
        let parts = text.split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2 else {
            let delay = try milliseconds(text)
            self = delay == 0 ? .none : .constant(milliseconds: delay)
            return
        }
        switch parts[0] {
        case "uniform":
            guard let dots = parts[1].range(of: "..") else {
                throw invalid("a uniform latency is two durations, such as uniform:1ms..20ms")
            }
            let low = try milliseconds(parts[1][..<dots.lowerBound])
            let high = try milliseconds(parts[1][dots.upperBound...])
            guard low <= high else { throw invalid("the first duration is the greater one") }
            self = .uniform(milliseconds: low...high)
        case "lognormal":
            let numbers = parts[1].split(separator: ",", omittingEmptySubsequences: false)
            guard numbers.count == 2, let sigma = OptionText.decimal(numbers[1]) else {
                throw invalid("a lognormal latency is a median and a sigma: lognormal:20ms,0.5")
            }
            guard sigma <= 10 else { throw invalid("a sigma is at most 10") }
            self = .lognormal(medianMilliseconds: try milliseconds(numbers[0]), sigma: sigma)
        default:
            throw invalid("a latency is a duration, uniform:LOW..HIGH or lognormal:MEDIAN,SIGMA")
        }
    }

    /// Draws the latency of one request.
    ///
    /// - Parameter generator: Advanced by two numbers at most.
    /// - Returns: Whole milliseconds.
    func draw(_ generator: inout SeededGenerator) -> UInt64 {
        let milliseconds: Double
        switch self {
        case .none: return 0
        case .constant(let delay): milliseconds = delay
        case .uniform(let range):
            milliseconds =
                range.lowerBound + (range.upperBound - range.lowerBound) * generator.unit()
        case .lognormal(let median, let sigma):
            // Box and Muller; 1 - x keeps the logarithm away from 0.
            let radius = (-2 * log(1 - generator.unit())).squareRoot()
            let normal = radius * cos(2 * Double.pi * generator.unit())
            milliseconds = median * exp(sigma * normal)
        }
        return UInt64(min(milliseconds, SinkLimits.latencyMillisecondsMax).rounded())
    }
}

extension SeededGenerator {
    /// A number from 0 up to, but not including, 1.
    mutating func unit() -> Double { Double(next() >> 11) * 0x1p-53 }
}

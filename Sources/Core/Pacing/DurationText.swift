/// A duration as it is written in configuration: a number and its unit, such as `250ms` or `1.5h`.
///
/// Units are `us`, `ms`, `s`, `m` (minutes), `h` and `d`; the number has up to six decimals. A unit
/// is required, so that no reader has to guess one; `0s` is zero.
package struct DurationText: Hashable, Sendable, CustomStringConvertible {
    /// The duration in nanoseconds, not negative.
    package let nanoseconds: Int64

    /// Units from the longest to the shortest.
    private static let units: [(suffix: String, nanoseconds: UInt64)] = [
        ("d", 86_400_000_000_000), ("h", 3_600_000_000_000), ("m", 60_000_000_000),
        ("s", 1_000_000_000), ("ms", 1_000_000), ("us", 1_000),
    ]

    /// Wraps a duration.
    ///
    /// - Parameter nanoseconds: from 0 to `PacingLimits.durationNanosecondsMax`.
    package init(nanoseconds: Int64) {
        precondition(
            (0...PacingLimits.durationNanosecondsMax).contains(nanoseconds),
            "A duration is not negative and at most durationNanosecondsMax")
        self.nanoseconds = nanoseconds
    }

    /// Reads a duration; a fraction of a nanosecond is dropped.
    ///
    /// - Throws: `malformedDuration` or `durationOutOfRange`.
    package init(parsing text: String) throws(PacingError) {
        guard let number = DecimalPrefix(text[...].utf8),
            let unit = Self.units.first(where: { number.rest.elementsEqual($0.suffix.utf8) })
        else { throw .malformedDuration(text: text) }
        let nanoseconds = UInt128(number.millionths) * UInt128(unit.nanoseconds) / 1_000_000
        guard nanoseconds <= UInt128(PacingLimits.durationNanosecondsMax) else {
            throw .durationOutOfRange(text: text)
        }
        self.nanoseconds = Int64(nanoseconds)
    }

    /// The duration in whole milliseconds, rounded up, so that a short one does not become none.
    package var milliseconds: Int64 {
        (nanoseconds + 999_999) / 1_000_000
    }

    /// The duration as a standard-library value.
    package var duration: Duration { .nanoseconds(nanoseconds) }

    /// The duration in the longest unit that makes it a whole number; reads back as the same value.
    package var description: String {
        guard nanoseconds > 0 else { return "0s" }
        let value = UInt64(nanoseconds)
        for unit in Self.units where value % unit.nanoseconds == 0 {
            return "\(value / unit.nanoseconds)\(unit.suffix)"
        }
        return decimalText(millionths: value * 1_000) + "us"
    }
}

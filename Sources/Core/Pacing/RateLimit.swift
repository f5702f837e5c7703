/// How many tokens are allowed per second, minute or hour, and how many at once: a value.
///
/// Written `N`, `N/s`, `N/m` or `N/h` with up to six decimals, or `unlimited`. The rate is kept as
/// it was written, never as a binary fraction, so that it is exact and prints as it was read.
package struct RateLimit: Hashable, Sendable, CustomStringConvertible {
    /// The time to which a rate's number refers.
    package enum Unit: UInt8, Hashable, Sendable {
        /// Per second: `/s`, the default.
        case second
        /// Per minute: `/m`.
        case minute
        /// Per hour: `/h`.
        case hour

        var nanoseconds: UInt64 {
            switch self {
            case .second: 1_000_000_000
            case .minute: 60_000_000_000
            case .hour: 3_600_000_000_000
            }
        }

        var suffix: String {
            switch self {
            case .second: "/s"
            case .minute: "/m"
            case .hour: "/h"
            }
        }
    }

    /// Tokens per unit, times 1,000,000; 0 says unlimited.
    let amountMillionths: UInt64
    /// The time to which the number refers.
    package let unit: Unit
    /// Tokens that may be taken at once after a pause, at least 1; meaningless without a limit.
    package let burst: Int

    /// No limit.
    package static let unlimited = RateLimit(amountMillionths: 0, unit: .second, burst: 1)

    private init(amountMillionths: UInt64, unit: Unit, burst: Int) {
        self.amountMillionths = amountMillionths
        self.unit = unit
        self.burst = burst
    }

    /// Creates a rate of a whole number of tokens per unit.
    ///
    /// - Parameters:
    ///   - amount: tokens per unit, at least 1.
    ///   - unit: the time to which the amount refers.
    ///   - burst: tokens allowed at once; nil for what the rate allows in 20 ms, and at least 1.
    /// - Throws: `rateOutOfRange` or `burstOutOfRange`.
    package init(_ amount: Int, per unit: Unit = .second, burst: Int? = nil) throws(PacingError) {
        let text = "\(amount)\(unit.suffix)"
        guard amount > 0, amount <= 1_000_000_000_000 else { throw .rateOutOfRange(text: text) }
        try self.init(
            amountMillionths: UInt64(amount) * 1_000_000, unit: unit, burst: burst, text: text)
    }

    /// Reads a rate.
    ///
    /// - Parameters:
    ///   - text: `N[/s|/m|/h]` or `unlimited`.
    ///   - burst: tokens allowed at once; nil for what the rate allows in 20 ms, and at least 1.
    /// - Throws: `malformedRate`, `rateOutOfRange` or `burstOutOfRange`.
    package init(parsing text: String, burst: Int? = nil) throws(PacingError) {
        if text == "unlimited" {
            self = .unlimited
            return
        }
        guard let number = DecimalPrefix(text[...].utf8) else { throw .malformedRate(text: text) }
        let unit: Unit
        switch String(Substring(number.rest)) {
        case "", "/s": unit = .second
        case "/m": unit = .minute
        case "/h": unit = .hour
        default: throw .malformedRate(text: text)
        }
        try self.init(amountMillionths: number.millionths, unit: unit, burst: burst, text: text)
    }

    private init(
        amountMillionths: UInt64, unit: Unit, burst: Int?, text: String
    ) throws(PacingError) {
        let second = UInt128(Unit.second.nanoseconds)
        let amount = UInt128(amountMillionths)
        let unitScaled = UInt128(unit.nanoseconds) * 1_000_000
        let longest = UInt128(PacingLimits.debtNanosecondsMax)
        guard amount > 0, unitScaled <= amount * longest,
            amount * second <= UInt128(PacingLimits.ratePerSecondMax) * unitScaled
        else { throw .rateOutOfRange(text: text) }

        let inDefaultTime = UInt128(PacingLimits.burstNanosecondsDefault) * amount / unitScaled
        let tokens = burst ?? max(1, Int(inDefaultTime))
        guard tokens >= 1, tokens <= PacingLimits.burstMax,
            UInt128(tokens) * unitScaled <= amount * longest
        else { throw .burstOutOfRange(burst: tokens, rate: text) }
        self.init(amountMillionths: amountMillionths, unit: unit, burst: tokens)
    }

    /// Whether there is no limit.
    package var isUnlimited: Bool { amountMillionths == 0 }

    /// Tokens per second, for display and estimates; infinite without a limit.
    package var perSecond: Double {
        guard !isUnlimited else { return .infinity }
        return Double(amountMillionths) * 1_000 / Double(unit.nanoseconds)
    }

    /// The rate as it is written: reads back as the same value, but for a burst that was given.
    package var description: String {
        isUnlimited ? "unlimited" : decimalText(millionths: amountMillionths) + unit.suffix
    }
}

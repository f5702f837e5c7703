/// A share of requests, from 0 to 1.
package struct Probability: Equatable, Sendable {
    /// From 0 to 1.
    package let value: Double

    /// The share 0.
    package static let never = Probability(checked: 0)

    private init(checked value: Double) { self.value = value }

    /// A share, unless `value` is outside 0 to 1.
    ///
    /// - Parameter value: From 0 to 1.
    package init?(_ value: Double) {
        guard value >= 0, value <= 1 else { return nil }
        self.value = value
    }

    /// Reads a share such as `0.001`.
    ///
    /// - Parameters:
    ///   - text: A decimal number from 0 to 1.
    ///   - option: The option to name in the error.
    /// - Throws: `SinkError.option`.
    package init(parsing text: String, for option: SinkOption) throws(SinkError) {
        guard let number = OptionText.decimal(text), let probability = Probability(number) else {
            throw .option(option, text: text, reason: "a probability is a number from 0 to 1")
        }
        self = probability
    }
}

/// What the option texts have in common.
package enum OptionText {
    /// Reads a duration: a decimal number with a unit of `us`, `ms`, `s` or `m`, or a bare `0`.
    ///
    /// - Parameters:
    ///   - text: For example `5ms` or `1.5s`.
    ///   - option: The option to name in the error.
    ///   - whole: The whole option text, for the error, when `text` is a part of it.
    /// - Returns: The duration, from 0 to one hour.
    /// - Throws: `SinkError.option`.
    package static func duration(
        parsing text: some StringProtocol, for option: SinkOption, in whole: String? = nil
    ) throws(SinkError) -> Duration {
        let milliseconds = try milliseconds(parsing: text, for: option, in: whole)
        return .nanoseconds(Int64((milliseconds * 1_000_000).rounded()))
    }

    static func milliseconds(
        parsing text: some StringProtocol, for option: SinkOption, in whole: String? = nil
    ) throws(SinkError) -> Double {
        func invalid(_ reason: String) -> SinkError {
            .option(option, text: whole ?? String(text), reason: reason)
        }
        if text == "0" { return 0 }
        let units: [(suffix: String, milliseconds: Double)] = [
            ("us", 0.001), ("ms", 1), ("s", 1000), ("m", 60_000),
        ]
        for unit in units where text.hasSuffix(unit.suffix) {
            guard let number = decimal(text.dropLast(unit.suffix.count)) else { break }
            let milliseconds = number * unit.milliseconds
            guard milliseconds <= SinkLimits.latencyMillisecondsMax else {
                throw invalid("a duration of more than one hour")
            }
            return milliseconds
        }
        throw invalid("a duration is a number with a unit, such as 250us, 5ms, 1.5s or 2m")
    }

    /// Digits with an optional fraction: no sign, exponent, `inf` or `nan`, which `Double` would
    /// take.
    static func decimal(_ text: some StringProtocol) -> Double? {
        let digits = text.utf8.count { $0 >= 0x30 && $0 <= 0x39 }
        let points = text.utf8.count { $0 == UInt8(ascii: ".") }
        guard digits > 0, points <= 1, digits + points == text.utf8.count else { return nil }
        return Double(String(text))
    }
}

/// Why a rate, a burst or a duration was refused.
package enum PacingError: Error, Hashable, CustomStringConvertible {
    /// The text is not a rate.
    case malformedRate(text: String)
    /// The rate is zero, faster than the limits allow, or slower.
    case rateOutOfRange(text: String)
    /// The burst does not fit the limits, or not with this rate.
    case burstOutOfRange(burst: Int, rate: String)
    /// The text is not a duration.
    case malformedDuration(text: String)
    /// The duration is longer than the limits allow.
    case durationOutOfRange(text: String)

    package var description: String {
        switch self {
        case .malformedRate(let text):
            return
                "\"\(text)\" is not a rate: expected a number, with /s, /m or /h after it if it is "
                + "not per second, such as 100, 0.5/s, 90/m or 1000/h, or the word unlimited"
        case .rateOutOfRange(let text):
            return
                "the rate \"\(text)\" is out of range: expected more than 0 (to stop sending, "
                + "pause), at least 1 in 60 days and at most \(PacingLimits.ratePerSecondMax)/s"
        case .burstOutOfRange(let burst, let rate):
            return
                "a burst of \(burst) is out of range: expected from 1 to \(PacingLimits.burstMax), "
                + "and not more than the rate \(rate) allows in 60 days"
        case .malformedDuration(let text):
            return
                "\"\(text)\" is not a duration: expected a number and its unit, one of us, ms, s, "
                + "m, h and d, such as 250ms, 10s or 1.5h"
        case .durationOutOfRange(let text):
            return "the duration \"\(text)\" is out of range: expected at most 10000d"
        }
    }
}

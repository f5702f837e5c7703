/// When a failed attempt is repeated: exponential backoff with full jitter, within bounds.
///
/// After the n-th failed attempt the delay is uniform in [0, min(cap, base * 2^(n - 1))]: "full
/// jitter" (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog, 2015), which
/// spreads the retries of many senders best and costs the receiver the fewest calls. A receiver's
/// Retry-After replaces the delay where it is longer, up to a ceiling.
package struct RetrySchedule: Hashable, Sendable {
    /// Attempts in all, the first one included; at least 1.
    package let attemptsMax: Int
    /// The upper bound of the first delay.
    package let baseNanoseconds: Int64
    /// The upper bound of every delay that the schedule itself chooses.
    package let capNanoseconds: Int64
    /// The longest delay that a Retry-After can ask for; not below the cap.
    package let ceilingNanoseconds: Int64

    /// Creates a schedule.
    ///
    /// - Parameters:
    ///   - attemptsMax: attempts in all, at least 1; 1 never retries.
    ///   - baseNanoseconds: the upper bound of the first delay, more than 0.
    ///   - capNanoseconds: the upper bound of every delay, at least the base.
    ///   - ceilingNanoseconds: the longest delay that a Retry-After can ask for, at least the cap.
    package init(
        attemptsMax: Int, baseNanoseconds: Int64, capNanoseconds: Int64, ceilingNanoseconds: Int64
    ) {
        precondition(attemptsMax >= 1, "There is a first attempt")
        precondition(baseNanoseconds > 0, "A backoff starts above zero")
        precondition(baseNanoseconds <= capNanoseconds, "A backoff's base is within its cap")
        precondition(capNanoseconds <= ceilingNanoseconds, "A backoff's cap is within the ceiling")
        self.attemptsMax = attemptsMax
        self.baseNanoseconds = baseNanoseconds
        self.capNanoseconds = capNanoseconds
        self.ceilingNanoseconds = ceilingNanoseconds
    }

    /// The delay before the next attempt, or nil when there is none.
    ///
    /// - Parameters:
    ///   - failedAttempts: attempts made so far, at least 1.
    ///   - retryAfterSeconds: what the receiver asked for, from now; nil, 0 and a negative number
    ///     (a date in the past) are ignored.
    ///   - generator: the source of the jitter.
    /// - Returns: nanoseconds from 0 to `ceilingNanoseconds`.
    package func delayNanoseconds(
        failedAttempts: Int, retryAfterSeconds: Int64? = nil,
        using generator: inout some RandomNumberGenerator
    ) -> Int64? {
        precondition(failedAttempts >= 1, "A delay follows a failed attempt")
        guard failedAttempts < attemptsMax else { return nil }
        let own = Int64.random(
            in: 0...windowNanoseconds(failedAttempts: failedAttempts), using: &generator)
        guard let seconds = retryAfterSeconds, seconds > 0 else { return own }
        let (asked, overflow) = seconds.multipliedReportingOverflow(by: 1_000_000_000)
        return min(max(own, overflow ? .max : asked), ceilingNanoseconds)
    }

    /// The upper bound of the delay after so many failed attempts: min(cap, base * 2^(n - 1)).
    package func windowNanoseconds(failedAttempts: Int) -> Int64 {
        let doublings = failedAttempts - 1
        // The sign bit stays clear: one leading zero must be left.
        guard doublings < baseNanoseconds.leadingZeroBitCount else { return capNanoseconds }
        return min(capNanoseconds, baseNanoseconds << Int64(doublings))
    }
}

/// The bounds of this module, each with its reason and what happens beyond it.
package enum PacingLimits {
    /// Fastest rate that a limiter paces: 100 million a second.
    ///
    /// An interval of 10 ns, a thousand times what one process can send. Beyond it a rate is
    /// refused with `PacingError`; `unlimited` says what is meant.
    package static let ratePerSecondMax = 100_000_000

    /// Longest interval between two tokens, and the most that a burst may be worth: 60 days.
    ///
    /// Keeps every sum of the limiter inside its 60-bit time. A slower rate or a larger burst is
    /// refused with `PacingError`.
    package static let debtNanosecondsMax: Int64 = 60 * 86_400 * 1_000_000_000

    /// Largest burst: 16 Mi tokens.
    ///
    /// More than a second of the fastest useful rate. A larger burst is refused with `PacingError`.
    package static let burstMax = 1 << 24

    /// The default burst of a rate is what it allows in this time: 20 ms.
    ///
    /// A shard that sleeps, renders or commits for a few milliseconds catches up by the burst; a
    /// receiver sees at most two intervals of 20 ms at once. Any other burst can be given.
    package static let burstNanosecondsDefault: Int64 = 20_000_000

    /// Lateness of a taker that does not shift the tokens that follow: 1 ms.
    ///
    /// What a wake-up of our own is late, on a machine that is not overloaded. A window may get so
    /// much more than its length allows; a later taker loses what is beyond.
    package static let latenessNanosecondsMax: Int64 = 1_000_000

    /// A taker that waits takes what comes in so long at once, where the burst has room for twice
    /// that: 1 ms.
    ///
    /// To wake up for each token of 10,000 a second costs more than the sends; what waits that
    /// short is not lost, as a burst keeps it.
    package static let batchNanoseconds: Int64 = 1_000_000

    /// Age at which a limiter moves the origin of its time: one hour.
    ///
    /// The shorter, the finer the unit of time that fits in 60 bits; once an hour costs nothing.
    package static let originAgeNanosecondsMax: Int64 = 3_600 * 1_000_000_000

    /// Longest duration that `DurationText` reads: 10,000 days.
    ///
    /// Beyond it the text is refused with `PacingError`. Leaves room to add durations to times.
    package static let durationNanosecondsMax: Int64 = 10_000 * 86_400 * 1_000_000_000

    /// How long a place is left free for a taker that is owed one: 5 ms.
    ///
    /// Some times the interval at which a shard asks again; one that asks no more costs the others
    /// a place for so long.
    package static let refusedNanosecondsMax: Int64 = 5_000_000

    /// Most levels in one limiter chain: 8.
    ///
    /// There are four kinds of limits; a longer chain is a bug of the caller (precondition).
    package static let chainLevelsMax = 8
}

// The arithmetic of one rate in a limiter's fixed-point time. What it is for stands at the head of
// `RateLimiter.swift`.

import Synchronization

/// One rate, prepared for integer arithmetic: times are in units of 2^-shift nanoseconds since
/// `origin`.
struct RatePlan: Hashable, Sendable {
    /// The monotonic time in nanoseconds that is unit 0.
    var origin: Int64
    /// Units between two tokens, rounded up: a limiter is never faster than its rate.
    var interval: Int64
    /// Tokens that may be taken at once.
    var burst: Int64
    /// Binary digits after the point of a nanosecond.
    var shift: Int64

    /// The tolerance of GCRA (tau): how far ahead of now a theoretical arrival time may get.
    var tolerance: Int64 { burst &* interval }

    /// The most that a credit can be: the burst, and the lateness that is forgiven.
    var creditMax: Int64 { tolerance &+ PacingLimits.latenessNanosecondsMax &<< shift }

    init(origin: Int64, interval: Int64, burst: Int64, shift: Int64) {
        self.origin = origin
        self.interval = interval
        self.burst = burst
        self.shift = shift
    }

    /// Prepares a rate, which must not be unlimited, with the finest unit that keeps times in
    /// range.
    init(_ limit: RateLimit, origin: Int64) {
        precondition(!limit.isUnlimited, "An unlimited rate has no interval")
        // Numbers in the order of the exact quotient: an interval is unit * 10^6 / amount
        // nanoseconds.
        let amount = UInt128(limit.amountMillionths)
        let scaled = UInt128(limit.unit.nanoseconds) * 1_000_000
        var shift: Int64 = 16
        while true {
            let interval = ((scaled << UInt128(shift)) + amount - 1) / amount
            let tolerance = interval * UInt128(limit.burst)
            let age = UInt128(PacingLimits.originAgeNanosecondsMax) << UInt128(shift)
            if tolerance + 2 * age < UInt128(1) << 58 {
                self.init(
                    origin: origin, interval: Int64(interval), burst: Int64(limit.burst),
                    shift: shift)
                return
            }
            shift -= 1
        }
    }

    /// A time in this plan's units, or nil when the plan's origin is too old.
    ///
    /// A time long before the origin counts as one hour before it: time does not run backwards.
    func units(_ nanoseconds: Int64) -> Int64? {
        let age = nanoseconds &- origin
        guard age <= PacingLimits.originAgeNanosecondsMax else { return nil }
        return max(age, -PacingLimits.originAgeNanosecondsMax) &<< shift
    }

    /// Units as nanoseconds, rounded up.
    func nanoseconds(_ units: Int64) -> Int64 {
        (units &+ (1 &<< shift &- 1)) &>> shift
    }

    /// The debt of a limiter that has so many tokens left, rounded down: it has them at once.
    func debtNanoseconds(butFor tokens: Int64) -> Int64 {
        (max(0, burst &- tokens) &* interval) &>> shift
    }

    /// The credit of a limiter, in units: what may be taken at `now`, times the interval.
    func credit(arrival: Int64, now: Int64) -> Int64 {
        now &+ tolerance &- base(arrival: arrival, now: now)
    }

    /// The time from which tokens that are taken now count.
    @inline(__always)
    func base(arrival: Int64, now: Int64) -> Int64 {
        max(arrival, now &- PacingLimits.latenessNanosecondsMax &<< shift)
    }

    /// How many of `count` tokens a credit pays for.
    @inline(__always)
    func grant(upTo count: Int, credit: Int64) -> Int {
        let wanted = min(Int64(count), burst)
        // The division is only needed when the limit binds.
        if wanted &* interval <= credit { return Int(max(0, wanted)) }
        return credit < interval ? 0 : Int(credit / interval)
    }
}

/// A plan in atomics, so that it may be overwritten while a slow reader looks at it.
///
/// The reader finds out afterwards, because the limiter's word has another version by then.
struct RatePlanCell: ~Copyable {
    private let origin = Atomic<Int64>(0)
    private let interval = Atomic<Int64>(0)
    /// The burst times 256 plus the shift.
    private let burstAndShift = Atomic<Int64>(0)

    /// Stores a plan; published by the releasing change of the limiter's word that follows.
    func store(_ plan: RatePlan) {
        origin.store(plan.origin, ordering: .relaxed)
        interval.store(plan.interval, ordering: .relaxed)
        burstAndShift.store(plan.burst << 8 | plan.shift, ordering: .relaxed)
    }

    /// Reads the plan.
    @inline(__always)
    func load() -> RatePlan {
        let packed = burstAndShift.load(ordering: .relaxed)
        return RatePlan(
            origin: origin.load(ordering: .relaxed), interval: interval.load(ordering: .relaxed),
            burst: packed &>> 8, shift: packed & 0xFF)
    }
}

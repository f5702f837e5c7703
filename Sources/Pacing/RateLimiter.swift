// One rate shared by all shards, exact at every moment, without a lock, a refill timer or a budget
// that is divided among the shards.
//
// The algorithm is GCRA, the generic cell rate algorithm (ITU-T Recommendation I.371, annex A; ATM
// Forum Traffic Management 4.0). It is the "virtual scheduling" form of the leaky bucket and admits
// exactly what a token bucket of size `burst` that fills at `rate` admits, but its whole state is
// one time: the theoretical arrival time (TAT) of the next token if tokens came evenly. With the
// interval T = 1/rate and the tolerance tau = burst * T, at `now`:
//
//     base    = max(TAT, now)                      unused time is not credited twice
//     credit  = now + tau - base                   at most tau: after a stall, at most one burst
//     granted = min(wanted, floor(credit / T))
//     TAT     = base + granted * T
//
// Every grant of n moves TAT by n * T from at least `now`, and TAT never exceeds now + tau. So for
// every window of length W, whatever its edges: grants * T <= W + tau, that is, grants <= rate * W
// + burst.
//
// One compare-and-swap takes a whole batch, and its success proves that no other shard took in
// between.
//
// Time. T is kept in units of 2^-k nanoseconds, k up to 16, and rounded up: a truncated nanosecond
// would make 1/3,000,000 s 333 ns, a rate 0.1 % too high; in 2^-16 ns it is 0.000005 % too low. TAT
// counts from an origin, so that it fits; the first call that finds the origin an hour old moves
// it.
//
// Live changes. The word holds TAT and, in its low 4 bits, the number of the plan (rate, burst,
// origin) that gives TAT its meaning; 16 plans stand in a ring. To change the rate, a new plan is
// written and then one compare-and-swap replaces TAT and the plan's number together: a take that
// has read the old plan fails its own compare-and-swap and starts again. (It could succeed if it
// slept through exactly 16 changes and met the same TAT; the harm would be one batch paced by the
// wrong rate.) The credit is carried over in tokens: a change creates no burst and takes nothing
// away that still fits, and the wait for the next token is counted at the new rate, so that going
// from 1/h to 1000/s takes effect at once.
//
// Invariants, cited by the assertions below:
// 1. The word is `unlimitedWord`, or TAT * 16 + plan number with 0 <= TAT < 2^59.
// 2. TAT <= latest now + tau.

import Structures
import Synchronization

/// A rate limit shared by any number of threads: GCRA in one 64-bit atomic.
///
/// For every window of time, tokens granted <= rate * window + burst, whichever threads took them.
/// Times are monotonic nanoseconds of one clock, given by the caller; threads may differ in how
/// fresh theirs is (an older one only sees less credit). No call blocks, except that a change of
/// the rate is serialised with other changes.
@safe
package final class RateLimiter: @unchecked Sendable {
    // Sendable because everything that changes is atomic or inside the mutex.

    /// The word of a limiter without limit; no TAT reaches it (invariant 1).
    static let unlimitedWord = UInt64.max
    static let planNumberBits: UInt64 = 4
    static let planCount = 16

    /// What changes of the rate guard: the current limit and the number of the next plan.
    struct Current {
        var limit: RateLimit
        var nextPlan = 0
    }

    private let paddingBefore = CacheLinePadding()
    /// TAT and plan number: the one word that all takers contend for, alone on its cache line.
    let word: Atomic<UInt64>
    private let paddingAfter = CacheLinePadding()
    let plans: UnsafeMutablePointer<RatePlanSlot>
    let current: Mutex<Current>

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - limit: the rate and burst.
    ///   - nowNanoseconds: the monotonic time now.
    ///   - debtNanoseconds: what `debtNanoseconds(nowNanoseconds:)` said before a restart, less the
    ///     time that has passed since; 0 starts with a whole burst.
    package init(_ limit: RateLimit, nowNanoseconds: Int64, debtNanoseconds: Int64 = 0) {
        word = Atomic(Self.unlimitedWord)
        unsafe plans = .allocate(capacity: Self.planCount)
        for number in 0..<Self.planCount {
            unsafe (plans + number).initialize(to: RatePlanSlot())
        }
        current = Mutex(Current(limit: limit))
        guard !limit.isUnlimited else { return }
        let plan = RatePlan(limit, origin: nowNanoseconds)
        unsafe plans[0].store(plan)
        let debtMax = plan.nanoseconds(plan.tolerance)
        let debt = min(max(0, debtNanoseconds), debtMax) << plan.shift
        word.store(Self.word(arrival: min(debt, plan.tolerance), plan: 0), ordering: .releasing)
        current.withLock { $0.nextPlan = 1 }
    }

    deinit {
        unsafe plans.deinitialize(count: Self.planCount)
        unsafe plans.deallocate()
    }

    /// The rate and burst in force.
    package var limit: RateLimit { current.withLock { $0.limit } }

    static func word(arrival: Int64, plan: Int) -> UInt64 {
        UInt64(bitPattern: arrival) << planNumberBits | UInt64(plan)
    }

    /// The word's TAT, in the units of the word's plan.
    @inline(__always)
    static func arrival(_ word: UInt64) -> Int64 {
        Int64(bitPattern: word >> planNumberBits)
    }

    /// The plan that gives the word's TAT its meaning.
    @inline(__always)
    func plan(_ word: UInt64) -> RatePlan {
        unsafe plans[Int(truncatingIfNeeded: word & 0xF)].load()
    }

    /// Checks the numbered invariants of this file.
    ///
    /// - Parameter nowNanoseconds: the latest time that any call was given.
    package func checkInvariants(nowNanoseconds: Int64) {
        let word = word.load(ordering: .acquiring)
        guard word != Self.unlimitedWord else { return }
        let arrival = Self.arrival(word)
        precondition(arrival >= 0 && arrival < 1 << 59, "Invariant 1 of RateLimiter")
        let plan = plan(word)
        guard let now = plan.units(nowNanoseconds) else { return }
        precondition(arrival <= now + plan.tolerance, "Invariant 2 of RateLimiter")
    }
}

// MARK: - Taking

extension RateLimiter {
    /// Takes up to `count` tokens, as many as the rate allows now.
    ///
    /// Without a limit the call is one load. With one it is one compare-and-swap, whatever the
    /// count; a refusal writes nothing.
    ///
    /// - Returns: how many were taken, from 0 to `count`.
    package func take(upTo count: Int, nowNanoseconds: Int64) -> Int {
        guard count > 0 else { return 0 }
        var word = self.word.load(ordering: .acquiring)
        while true {
            if word == Self.unlimitedWord { return count }
            let plan = plan(word)
            guard let now = plan.units(nowNanoseconds) else {
                word = renewOrigin(nowNanoseconds: nowNanoseconds)
                continue
            }
            let arrival = Self.arrival(word)
            let credit = plan.credit(arrival: arrival, now: now)
            guard credit >= plan.interval else { return 0 }
            var granted = min(Int64(count), plan.burst)
            // The division is only needed when the limit binds.
            if granted &* plan.interval > credit { granted = credit / plan.interval }
            let next = max(arrival, now) &+ granted &* plan.interval
            let desired = UInt64(bitPattern: next) << Self.planNumberBits | word & 0xF
            let (taken, latest) = self.word.weakCompareExchange(
                expected: word, desired: desired, ordering: .acquiring)
            if taken { return Int(granted) }
            word = latest
        }
    }

    /// Gives back tokens that were taken and not used.
    ///
    /// Time that has passed since the take has already refilled part of them, so that much is not
    /// given back: the bound on windows holds for the tokens that were used. In the same tick, with
    /// `nowNanoseconds == takenAtNanoseconds`, they come back in full.
    ///
    /// - Parameters:
    ///   - count: not more than was taken at that time and not given back yet.
    ///   - takenAtNanoseconds: the time that was given to `take`.
    ///   - nowNanoseconds: the monotonic time now.
    package func giveBack(_ count: Int, takenAtNanoseconds: Int64, nowNanoseconds: Int64) {
        guard count > 0 else { return }
        var word = self.word.load(ordering: .acquiring)
        while true {
            if word == Self.unlimitedWord { return }
            let plan = plan(word)
            // With an origin that old the credit is given up: at most one batch, once an hour.
            guard let now = plan.units(nowNanoseconds),
                let takenAt = plan.units(takenAtNanoseconds)
            else { return }
            let refilled = max(0, now &- takenAt)
            let returned = min(Int64(count), plan.burst) &* plan.interval &- refilled
            guard returned > 0 else { return }
            let next = max(0, Self.arrival(word) &- returned)
            let desired = UInt64(bitPattern: next) << Self.planNumberBits | word & 0xF
            let (given, latest) = self.word.weakCompareExchange(
                expected: word, desired: desired, ordering: .acquiring)
            if given { return }
            word = latest
        }
    }
}

// MARK: - Looking

extension RateLimiter {
    /// How many tokens a `take` would get now; `Int.max` without a limit.
    package func available(nowNanoseconds: Int64) -> Int {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return .max }
        let credit = plan.credit(arrival: arrival, now: now)
        return credit < plan.interval ? 0 : Int(credit / plan.interval)
    }

    /// Nanoseconds from now until one token is available; 0 when one is available now.
    package func nextAvailableNanoseconds(nowNanoseconds: Int64) -> Int64 {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return 0 }
        let missing = plan.interval &- plan.credit(arrival: arrival, now: now)
        return missing <= 0 ? 0 : plan.nanoseconds(missing)
    }

    /// How far what was taken is ahead of the rate: after so many nanoseconds the burst is whole
    /// again.
    ///
    /// To be stored with the wall-clock time at shutdown and given to the next process's limiter.
    package func debtNanoseconds(nowNanoseconds: Int64) -> Int64 {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return 0 }
        return arrival <= now ? 0 : plan.nanoseconds(arrival &- now)
    }

    /// The plan, TAT and now in the plan's units; nil without a limit.
    private func look(_ nowNanoseconds: Int64) -> (plan: RatePlan, arrival: Int64, now: Int64)? {
        var word = self.word.load(ordering: .acquiring)
        while true {
            if word == Self.unlimitedWord { return nil }
            let plan = plan(word)
            if let now = plan.units(nowNanoseconds) { return (plan, Self.arrival(word), now) }
            word = renewOrigin(nowNanoseconds: nowNanoseconds)
        }
    }
}

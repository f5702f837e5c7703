// One rate shared by all shards, exact at every moment, without a lock, a refill timer or a budget
// that is divided among the shards.
//
// The algorithm is GCRA, the generic cell rate algorithm (ITU-T Recommendation I.371, annex A; ATM
// Forum Traffic Management 4.0). It is the "virtual scheduling" form of the leaky bucket and admits
// exactly what a token bucket of size `burst` that fills at `rate` admits, but its whole state is
// one time: the theoretical arrival time (TAT) of the next token if tokens came evenly. With the
// interval T = 1/rate and the tolerance tau = burst * T, at `now`:
//
//     base    = max(TAT, now - L)                  unused time is not credited twice
//     credit  = now + tau - base                   after a stall, at most one burst and L
//     granted = min(wanted, floor(credit / T))
//     TAT     = base + granted * T
//
// L is the lateness that is forgiven (`PacingLimits.latenessNanosecondsMax`). A sender that waits
// for a token wakes up a little after its time; were TAT moved on from then, each wake-up's
// lateness would be lost for good, and a rate of 60/s without a burst would come out as 57. So up
// to L of it does not shift the tokens that follow: they keep their planned times.
//
// Every grant of n moves TAT by n * T from at least now - L, and TAT never exceeds now + tau. So
// for every window of length W, whatever its edges: grants * T <= W + L + tau, that is,
// grants <= rate * (W + L) + burst.
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

/// A rate limit shared by any number of threads: GCRA in one 64-bit atomic.
///
/// For every window of time, tokens granted <= rate * (window + L) + burst, whichever threads took
/// them, with L of `PacingLimits.latenessNanosecondsMax`.
/// Times are monotonic nanoseconds of one clock, given by the caller; threads may differ in how
/// fresh theirs is (an older one only sees less credit). No call blocks, except that a change of
/// the rate is serialised with other changes.
// SAFETY: the state lives from `init` to `deinit`, and is only borrowed in between.
@safe
package final class RateLimiter: Sendable {
    /// Lives in memory of its own, so that a chain can use it without counting references.
    let state: SharedPointer<RateLimiterState>

    /// Creates a limiter.
    ///
    /// - Parameters:
    ///   - limit: the rate and burst.
    ///   - nowNanoseconds: the monotonic time now.
    ///   - debtNanoseconds: what `debtNanoseconds(nowNanoseconds:)` said before a restart, less the
    ///     time that has passed since; 0 starts with a whole burst.
    package init(_ limit: RateLimit, nowNanoseconds: Int64, debtNanoseconds: Int64 = 0) {
        unsafe state = SharedPointer(
            to: RateLimiterState(
                limit, nowNanoseconds: nowNanoseconds, debtNanoseconds: debtNanoseconds))
    }

    /// Creates a limiter that begins evenly: with one token, and no burst that nobody has waited
    /// for.
    ///
    /// - Parameters:
    ///   - limit: the rate and burst.
    ///   - nowNanoseconds: the monotonic time now.
    package init(evenly limit: RateLimit, nowNanoseconds: Int64) {
        let others = limit.isUnlimited ? 0 : RatePlan(limit, origin: 0).debtNanoseconds(butFor: 1)
        unsafe state = SharedPointer(
            to: RateLimiterState(limit, nowNanoseconds: nowNanoseconds, debtNanoseconds: others))
    }

    deinit { unsafe state.deallocate() }

    /// The rate and burst in force.
    package var limit: RateLimit { unsafe state.pointee.limit }

    /// Takes up to `count` tokens, as many as the rate allows now.
    ///
    /// Without a limit the call is one load. With one it is one compare-and-swap, whatever the
    /// count; a refusal writes nothing.
    ///
    /// - Returns: how many were taken, from 0 to `count`.
    package func take(upTo count: Int, nowNanoseconds: Int64) -> Int {
        unsafe state.pointee.take(upTo: count, nowNanoseconds: nowNanoseconds)
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
        unsafe state.pointee.giveBack(
            count, takenAtNanoseconds: takenAtNanoseconds, nowNanoseconds: nowNanoseconds)
    }

    /// How many of up to `count` tokens a `take` would get now; all of them without a limit.
    package func available(upTo count: Int = .max, nowNanoseconds: Int64) -> Int {
        unsafe state.pointee.available(upTo: count, nowNanoseconds: nowNanoseconds)
    }

    /// Nanoseconds from now until one token is available; 0 when one is available now.
    package func nextAvailableNanoseconds(nowNanoseconds: Int64) -> Int64 {
        unsafe state.pointee.nextAvailableNanoseconds(nowNanoseconds: nowNanoseconds)
    }

    /// How far what was taken is ahead of the rate: after so long the burst is whole again.
    ///
    /// To be stored with the wall-clock time at shutdown and given to the next process's limiter.
    package func debtNanoseconds(nowNanoseconds: Int64) -> Int64 {
        unsafe state.pointee.debtNanoseconds(nowNanoseconds: nowNanoseconds)
    }

    /// Changes the rate and burst; in force from the next `take` of any thread.
    ///
    /// The credit is carried over in tokens, cut to the new burst: the change neither creates
    /// tokens nor cancels what was taken. After `unlimited` there is no credit: the first token
    /// comes after one interval. May be called from any thread while others take.
    ///
    /// - Parameters:
    ///   - limit: the new rate and burst.
    ///   - nowNanoseconds: the monotonic time now.
    package func set(_ limit: RateLimit, nowNanoseconds: Int64) {
        unsafe state.pointee.set(limit, nowNanoseconds: nowNanoseconds)
    }

    /// Checks the numbered invariants of this file.
    ///
    /// - Parameter nowNanoseconds: the latest time that any call was given.
    package func checkInvariants(nowNanoseconds: Int64) {
        unsafe state.pointee.checkInvariants(nowNanoseconds: nowNanoseconds)
    }
}

// Changes of the plan while other threads take: see "Live changes" at the head of
// `RateLimiter.swift`.

import Structures
import Synchronization

extension RateLimiterState {
    func set(_ limit: RateLimit, nowNanoseconds: Int64) {
        current.withLock { current in
            guard limit != current.limit else { return }
            current.limit = limit
            _ = install(&current, isChange: true, nowNanoseconds: nowNanoseconds)
        }
    }

    /// Moves the origin of the limiter's time to now, unless another thread has done it.
    ///
    /// - Returns: the limiter's word, for the caller's next attempt.
    func renewOrigin(nowNanoseconds: Int64) -> UInt64 {
        current.withLock { current in
            let word = word.load(ordering: .acquiring)
            if word == Self.unlimitedWord || plan(word).units(nowNanoseconds) != nil { return word }
            return install(&current, isChange: false, nowNanoseconds: nowNanoseconds)
        }
    }

    /// Writes the plan of the current limit and switches the word over to it.
    ///
    /// Only with the mutex held: it is what keeps `nextPlan` and the ring of plans.
    ///
    /// - Parameters:
    ///   - current: What the mutex guards.
    ///   - isChange: Whether the limit is another one, to whose burst the credit is cut.
    ///   - nowNanoseconds: The monotonic time now.
    /// - Returns: The limiter's word.
    private func install(
        _ current: inout Current, isChange: Bool, nowNanoseconds: Int64
    ) -> UInt64 {
        guard !current.limit.isUnlimited else {
            word.store(Self.unlimitedWord, ordering: .releasing)
            return Self.unlimitedWord
        }
        let number = current.nextPlan
        current.nextPlan = (number + 1) % Self.planCount
        // So that a TAT which is late by what is forgiven is not before the origin.
        let plan = RatePlan(
            current.limit, origin: nowNanoseconds - PacingLimits.latenessNanosecondsMax)
        unsafe plans[number].store(plan)
        var old = word.load(ordering: .acquiring)
        while true {
            // TAT is after the origin by what the credit lacks of the most that it can be.
            let carried = carriedCredit(of: old, to: plan, nowNanoseconds: nowNanoseconds)
            let credit = min(carried, isChange ? plan.tolerance : plan.creditMax)
            let new = Self.word(arrival: plan.creditMax - credit, plan: number)
            let (changed, latest) = word.compareExchange(
                expected: old, desired: new, ordering: .acquiringAndReleasing)
            if changed { return new }
            old = latest
        }
    }

    /// The credit that the word stands for, in units of another plan.
    private func carriedCredit(
        of word: UInt64, to plan: RatePlan, nowNanoseconds: Int64
    ) -> Int64 {
        guard word != Self.unlimitedWord else { return 0 }
        let old = self.plan(word)
        // Not `units`: an origin of any age must do here, so in 128 bits.
        let now = Int128(nowNanoseconds - old.origin) << Int128(old.shift)
        let arrival = Int128(Self.arrival(word))
        let base = max(arrival, now - Int128(old.creditMax - old.tolerance))
        let credit = max(0, now + Int128(old.tolerance) - base)
        let scaled = credit * Int128(plan.interval) / Int128(old.interval)
        return Int64(min(scaled, Int128(plan.creditMax)))
    }
}

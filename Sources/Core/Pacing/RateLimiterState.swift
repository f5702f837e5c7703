// The memory of a `RateLimiter` and the arithmetic on it; the design and the numbered invariants
// are at the head of its file.

import Structures
import Synchronization

/// What a `RateLimiter` points to.
// SAFETY: the plans live from `init` to `deinit`, and their indexes are masked to their number.
@safe
struct RateLimiterState: ~Copyable {
    /// The word of a limiter without limit; no TAT reaches it (invariant 1).
    static var unlimitedWord: UInt64 { .max }
    static var planNumberBits: UInt64 { 4 }
    static var planNumberMask: UInt64 { 0xF }
    static var planCount: Int { 16 }

    /// What changes of the rate guard: the current limit and the number of the next plan.
    struct Current {
        var limit: RateLimit
        var nextPlan = 0
    }

    private let paddingBefore = CacheLinePadding()
    /// TAT and plan number: the one word that all takers contend for, alone on its cache line.
    let word: Atomic<UInt64>
    private let paddingAfter = CacheLinePadding()
    let plans: SharedPointer<RatePlanCell>
    let current: Guarded<Current>

    init(_ limit: RateLimit, nowNanoseconds: Int64, debtNanoseconds: Int64) {
        unsafe plans = SharedPointer(count: Self.planCount) { RatePlanCell() }
        guard !limit.isUnlimited else {
            word = Atomic(Self.unlimitedWord)
            current = Guarded(Current(limit: limit))
            return
        }
        let plan = RatePlan(limit, origin: nowNanoseconds)
        unsafe plans[0].store(plan)
        let debtMax = plan.nanoseconds(plan.tolerance)
        let debt = min(max(0, debtNanoseconds), debtMax) << plan.shift
        word = Atomic(Self.word(arrival: min(debt, plan.tolerance), plan: 0))
        current = Guarded(Current(limit: limit, nextPlan: 1))
    }

    deinit { unsafe plans.deallocate(count: Self.planCount) }

    var limit: RateLimit { current.withLock { $0.limit } }

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
        unsafe plans[Int(truncatingIfNeeded: word & Self.planNumberMask)].load()
    }

    func checkInvariants(nowNanoseconds: Int64) {
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

extension RateLimiterState {
    func take(upTo count: Int, nowNanoseconds: Int64) -> Int {
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
            let granted = plan.grant(upTo: count, credit: credit)
            guard granted > 0 else { return 0 }
            let next =
                plan.base(arrival: arrival, now: now) &+ Int64(granted) &* plan.interval
            let (taken, latest) = self.word.weakCompareExchange(
                expected: word, desired: Self.moved(word, to: next), ordering: .acquiring)
            if taken { return granted }
            word = latest
        }
    }

    func giveBack(_ count: Int, takenAtNanoseconds: Int64, nowNanoseconds: Int64) {
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
            let (given, latest) = self.word.weakCompareExchange(
                expected: word, desired: Self.moved(word, to: next), ordering: .acquiring)
            if given { return }
            word = latest
        }
    }

    /// The word with another TAT and the same plan.
    @inline(__always)
    private static func moved(_ word: UInt64, to arrival: Int64) -> UInt64 {
        UInt64(bitPattern: arrival) &<< planNumberBits | word & planNumberMask
    }
}

// MARK: - Looking

extension RateLimiterState {
    func available(upTo count: Int, nowNanoseconds: Int64) -> Int {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return count }
        return plan.grant(upTo: count, credit: plan.credit(arrival: arrival, now: now))
    }

    func nextAvailableNanoseconds(nowNanoseconds: Int64) -> Int64 {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return 0 }
        let missing = plan.interval &- plan.credit(arrival: arrival, now: now)
        return missing <= 0 ? 0 : plan.nanoseconds(missing)
    }

    func nextBatchNanoseconds(nowNanoseconds: Int64) -> Int64 {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return 0 }
        let credit = plan.credit(arrival: arrival, now: now)
        guard credit < plan.interval else { return 0 }
        let inTime = (PacingLimits.batchNanoseconds &<< plan.shift) / plan.interval
        let missing = max(1, min(inTime, plan.burst / 2)) &* plan.interval &- credit
        return plan.nanoseconds(missing)
    }

    func debtNanoseconds(nowNanoseconds: Int64) -> Int64 {
        guard let (plan, arrival, now) = look(nowNanoseconds) else { return 0 }
        return arrival <= now ? 0 : plan.nanoseconds(arrival &- now)
    }

    /// The plan, TAT and now in the plan's units; nil without a limit.
    @inline(__always)
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

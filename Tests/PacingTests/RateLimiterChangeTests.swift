import Pacing
import Structures
import Synchronization
import Testing

private let millisecond: Int64 = 1_000_000
private let second: Int64 = 1_000_000_000
private let hour: Int64 = 3_600 * second

@Suite("RateLimiter, live changes and threads")
struct RateLimiterChangeTests {
    @Test("a faster rate is in force at once, however long the old interval was")
    func fasterRateIsInForceAtOnce() throws {
        let limiter = RateLimiter(try RateLimit(1, per: .hour), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 5, nowNanoseconds: 0) == 1)
        limiter.set(try RateLimit(1_000, burst: 20), nowNanoseconds: second)
        #expect(limiter.limit.description == "1000/s")
        #expect(limiter.take(upTo: 5, nowNanoseconds: second) == 0)
        #expect(limiter.take(upTo: 5, nowNanoseconds: second + millisecond) == 1)
        #expect(limiter.take(upTo: 500, nowNanoseconds: second + 6 * millisecond) == 5)
    }

    @Test("a slower rate is in force at once and keeps the credit that fits its burst")
    func slowerRateKeepsTheCreditThatFits() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 20), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 5, nowNanoseconds: 0) == 5)
        limiter.set(try RateLimit(1, burst: 4), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 100, nowNanoseconds: 0) == 4)
        #expect(limiter.take(upTo: 100, nowNanoseconds: second - 1) == 0)
        #expect(limiter.take(upTo: 100, nowNanoseconds: second) == 1)
    }

    @Test("changing back and forth creates no tokens")
    func changingCreatesNoTokens() throws {
        let (slow, fast) = (try RateLimit(3, burst: 2), try RateLimit(50_000, burst: 1_000))
        let limiter = RateLimiter(slow, nowNanoseconds: 0)
        var total = 0
        for _ in 0..<50 {
            total += limiter.take(upTo: 1_000, nowNanoseconds: second)
            limiter.set(fast, nowNanoseconds: second)
            total += limiter.take(upTo: 1_000, nowNanoseconds: second)
            limiter.set(.unlimited, nowNanoseconds: second)
            limiter.set(slow, nowNanoseconds: second)
        }
        #expect(total == 2)
    }

    @Test("a limit after none starts without credit")
    func limitAfterNoneStartsEmpty() throws {
        let limiter = RateLimiter(.unlimited, nowNanoseconds: 0)
        #expect(limiter.take(upTo: 9, nowNanoseconds: 0) == 9)
        limiter.set(try RateLimit(100, burst: 10), nowNanoseconds: hour * 5)
        #expect(limiter.take(upTo: 9, nowNanoseconds: hour * 5) == 0)
        #expect(limiter.take(upTo: 9, nowNanoseconds: hour * 5 + 10 * millisecond) == 1)
    }

    @Test("setting the limit that is in force changes nothing")
    func settingTheSameChangesNothing() throws {
        let limiter = RateLimiter(try RateLimit(10, burst: 2), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 2, nowNanoseconds: 0) == 2)
        for _ in 0..<40 { limiter.set(try RateLimit(10, burst: 2), nowNanoseconds: 0) }
        #expect(limiter.nextAvailableNanoseconds(nowNanoseconds: 0) == 100 * millisecond)
    }

    @Test(
        "no window across changes gets more than its rates allow",
        arguments: [1, 2, 3, 4, 5, 6, 7, 8] as [UInt64])
    func noWindowAcrossChangesExceeds(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        let limits = [
            try RateLimit(5, burst: 1), try RateLimit(100, burst: 30), try RateLimit(9_999),
            try RateLimit(333_333), try RateLimit(90, per: .minute, burst: 4),
        ]
        var limit = limits[0]
        let limiter = RateLimiter(limit, nowNanoseconds: 0)
        var now: Int64 = 0
        var allowed = 0.0  // the rate's integral up to now
        // A burst, and what the rate gives in the lateness that is forgiven.
        let lateness = Double(PacingLimits.latenessNanosecondsMax) / 1e9
        var events: [(allowed: Double, atOnce: Double, count: Int)] = []
        for _ in 0..<600 {
            let magnitude = Int64.random(in: 10...31, using: &generator)
            let step = Int64.random(in: 0...(1 << magnitude), using: &generator)
            now += step
            allowed += Double(step) / 1e9 * limit.perSecond
            if Int.random(in: 0..<8, using: &generator) == 0 {
                limit = limits.randomElement(using: &generator) ?? limit
                limiter.set(limit, nowNanoseconds: now)
            }
            let wanted = Int.random(in: 1...500, using: &generator)
            let count = limiter.take(upTo: wanted, nowNanoseconds: now)
            let atOnce = Double(limit.burst) + lateness * limit.perSecond
            if count > 0 { events.append((allowed, atOnce, count)) }
            limiter.checkInvariants(nowNanoseconds: now)
        }
        for first in events.indices {
            var sum = 0
            for last in first..<events.count {
                sum += events[last].count
                let bound = events[last].allowed - events[first].allowed + events[first].atOnce
                try #require(Double(sum) <= bound + 1e-6, "seed \(seed)")
            }
        }
    }

    @Test("the debt survives a restart")
    func debtSurvivesARestart() throws {
        let limit = try RateLimit(1, per: .hour)
        let before = RateLimiter(limit, nowNanoseconds: 0)
        #expect(before.take(upTo: 1, nowNanoseconds: 0) == 1)
        let debt = before.debtNanoseconds(nowNanoseconds: 600 * second)
        #expect(debt == 3_000 * second)
        let after = RateLimiter(limit, nowNanoseconds: 77, debtNanoseconds: debt)
        #expect(after.nextAvailableNanoseconds(nowNanoseconds: 77) == 3_000 * second)
        #expect(after.debtNanoseconds(nowNanoseconds: 77 + 2 * hour) == 0)
        let absurd = RateLimiter(limit, nowNanoseconds: 0, debtNanoseconds: .max)
        #expect(absurd.nextAvailableNanoseconds(nowNanoseconds: 0) == hour)
    }

    @Test("threads that take at once get exactly the rate together")
    func threadsGetTheRateTogether() throws {
        let limit = try RateLimit(1_000_000, burst: 100)
        let limiter = RateLimiter(limit, nowNanoseconds: 0)
        let clock = Atomic<Int64>(0)
        let total = Atomic<Int>(0)
        runOnThreads(4) { thread in
            var generator = SeededGenerator(seed: 3, stream: UInt64(thread))
            for _ in 0..<5_000 {
                let now = clock.wrappingAdd(
                    Int64.random(in: 0...20_000, using: &generator), ordering: .relaxed
                ).newValue
                let taken = limiter.take(
                    upTo: Int.random(in: 1...64, using: &generator), nowNanoseconds: now)
                let unused = taken / 4
                limiter.giveBack(unused, takenAtNanoseconds: now, nowNanoseconds: now)
                total.wrappingAdd(taken - unused, ordering: .relaxed)
            }
        }
        let end = clock.load(ordering: .relaxed)
        let rest = limiter.take(upTo: .max, nowNanoseconds: end)
        let sum = total.load(ordering: .relaxed) + rest
        let exact = Int(end / 1_000) + limit.burst
        #expect(sum <= exact)
        // On average 200 us of work asks for 4 * 24 tokens every 40 us: the limit binds throughout,
        // and what a burst of 100 us loses to a suspended thread is bounded by the tries.
        #expect(sum > exact / 2)
    }

    @Test("changes of the rate while threads take keep the sum within the faster rate")
    func changesWhileThreadsTake() throws {
        let (slow, fast) = (try RateLimit(200_000, burst: 10), try RateLimit(1_000_000, burst: 100))
        let limiter = RateLimiter(slow, nowNanoseconds: 0)
        let clock = Atomic<Int64>(0)
        let total = Atomic<Int>(0)
        runOnThreads(3) { thread in
            for step in 0..<5_000 {
                let now = clock.wrappingAdd(5_000, ordering: .relaxed).newValue
                if thread == 0 {
                    limiter.set(step % 2 == 0 ? fast : slow, nowNanoseconds: now)
                } else {
                    total.wrappingAdd(
                        limiter.take(upTo: 9, nowNanoseconds: now), ordering: .relaxed)
                }
            }
        }
        let end = clock.load(ordering: .relaxed)
        let sum = total.load(ordering: .relaxed)
        #expect(sum <= Int(end / 1_000) + 100)
        #expect(sum > 0)
        limiter.checkInvariants(nowNanoseconds: end)
    }
}

import Pacing
import Structures
import Testing

private let millisecond: Int64 = 1_000_000
private let second: Int64 = 1_000_000_000
private let hour: Int64 = 3_600 * second

/// Tokens that were granted at a time.
private struct Grant {
    var now: Int64
    var count: Int
}

@Suite("RateLimiter")
struct RateLimiterTests {
    /// Checks grants <= rate * (W + L) + burst for the window between every two grants, in exact
    /// integers, with L of the lateness that is forgiven.
    private func expectNoWindowExceeds(
        _ grants: [Grant], amount: Int128, perNanoseconds: Int128, burst: Int, _ seed: UInt64
    ) {
        let sorted = grants.sorted { $0.now < $1.now }
        for first in sorted.indices {
            var sum: Int128 = 0
            for last in first..<sorted.count {
                sum += Int128(sorted[last].count)
                let window = Int128(sorted[last].now - sorted[first].now)
                let length = window + Int128(PacingLimits.latenessNanosecondsMax)
                if (sum - Int128(burst)) * perNanoseconds > amount * length {
                    Issue.record("seed \(seed): \(sum) granted in \(window) ns")
                    return
                }
            }
        }
    }

    @Test(
        "no window of any length gets more than rate * (window + lateness) + burst",
        arguments: [
            ("3000000/s", nil, 3_000_000, second), ("100000/s", nil, 100_000, second),
            ("99991/s", 7, 99_991, second), ("7/s", nil, 7, second), ("90/m", 3, 90, 60 * second),
            ("1/h", 1, 1, hour), ("100000000/s", 1, 100_000_000, second),
        ] as [(String, Int?, Int128, Int64)], [1, 2, 3] as [UInt64])
    func noWindowExceedsTheRate(
        rate: (text: String, burst: Int?, amount: Int128, period: Int64), seed: UInt64
    ) throws {
        var generator = SeededGenerator(seed: seed)
        let limit = try RateLimit(parsing: rate.text, burst: rate.burst)
        var now = Int64.random(in: 0...(1 << 50), using: &generator)
        let limiter = RateLimiter(limit, nowNanoseconds: now)
        let interval = max(1, rate.period / Int64(rate.amount))
        // Three shards whose cached times lag behind by different amounts.
        var shards = [now, now, now]
        var grants: [Grant] = []
        for _ in 0..<700 {
            let pause = Int64.random(in: 0...24, using: &generator)
            now += Int64.random(in: 0...(interval * 4 >> (pause / 4)), using: &generator)
            if pause == 24 { now += interval * Int64(limit.burst) * 2 }
            let shard = Int.random(in: 0..<3, using: &generator)
            if Bool.random(using: &generator) { shards[shard] = now }
            let wanted = Int.random(in: 1...(limit.burst * 2), using: &generator)
            let before = limiter.available(nowNanoseconds: shards[shard])
            let taken = limiter.take(upTo: wanted, nowNanoseconds: shards[shard])
            try #require(taken == min(wanted, before))
            let unused = taken > 0 ? Int.random(in: 0...taken, using: &generator) : 0
            limiter.giveBack(
                unused, takenAtNanoseconds: shards[shard], nowNanoseconds: shards[shard])
            if taken > unused { grants.append(Grant(now: shards[shard], count: taken - unused)) }
            limiter.checkInvariants(nowNanoseconds: now)
        }
        #expect(grants.count > 20)
        expectNoWindowExceeds(
            grants, amount: rate.amount, perNanoseconds: Int128(rate.period), burst: limit.burst,
            seed)
    }

    @Test(
        "a greedy taker gets the whole rate, also where the interval is not whole nanoseconds",
        arguments: [3_000_000, 1_000_000, 99_991, 10_000, 333, 7, 1])
    func greedyTakerGetsTheWholeRate(rate: Int) throws {
        let limit = try RateLimit(rate)
        let limiter = RateLimiter(limit, nowNanoseconds: 0)
        var total = 0
        for tick in 0...10_000 as ClosedRange<Int64> {
            total += limiter.take(upTo: .max, nowNanoseconds: tick * millisecond)
        }
        let exact = rate * 10 + limit.burst
        #expect(total <= exact)
        // The interval is rounded up to a multiple of 2^-16 ns.
        #expect(total >= exact - 1 - rate * 10 / 10_000_000)
    }

    @Test("after a stall the credit is one burst, and the lateness that is forgiven")
    func stallGivesOneBurst() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 5), nowNanoseconds: 0)
        for now in [0, second, 50 * hour, 50 * hour + 24 * 365 * hour] {
            #expect(limiter.take(upTo: 100, nowNanoseconds: now) == 5)
            #expect(limiter.take(upTo: 100, nowNanoseconds: now) == (now == 0 ? 0 : 1))
            #expect(limiter.take(upTo: 100, nowNanoseconds: now) == 0)
            #expect(limiter.take(upTo: 100, nowNanoseconds: now + millisecond - 1) == 0)
            #expect(limiter.take(upTo: 100, nowNanoseconds: now + millisecond) == 1)
        }
    }

    @Test(
        "a taker that is late by up to the forgiven lateness keeps the rate, a later one loses",
        arguments: [(0, 0), (999_999, 0), (1_000_000, 0), (1_500_000, 500_000)] as [(Int64, Int64)])
    func latenessIsForgiven(late: Int64, lost: Int64) throws {
        let limiter = RateLimiter(try RateLimit(60, burst: 1), nowNanoseconds: 0)
        var now: Int64 = 0
        for _ in 0..<600 {
            now += limiter.nextAvailableNanoseconds(nowNanoseconds: now) + late
            #expect(limiter.take(upTo: 1, nowNanoseconds: now) == 1)
        }
        let planned = 599 * second / 60
        // The first one's lateness is the start's; the interval is rounded up by less than 1 ns.
        #expect((planned...planned + 600).contains(now - late - 599 * lost))
    }

    @Test(
        "one that begins evenly has one token at once and the next after an interval",
        arguments: ["2000/s", "0.5/s", "1000/s", "99991/s"])
    func beginsEvenly(text: String) throws {
        let limit = try RateLimit(parsing: text, burst: 40)
        let limiter = RateLimiter(evenly: limit, nowNanoseconds: 5)
        #expect(limiter.take(upTo: 100, nowNanoseconds: 5) == 1)
        let wait = limiter.nextAvailableNanoseconds(nowNanoseconds: 5)
        #expect(abs(wait - Int64(1e9 / limit.perSecond)) <= 2)
        // A quiet time earns the whole burst.
        #expect(limiter.take(upTo: 100, nowNanoseconds: 5 + 100 * second) == 40)
        #expect(
            RateLimiter(evenly: .unlimited, nowNanoseconds: 5).take(upTo: 9, nowNanoseconds: 5) == 9
        )
    }

    @Test("months of takes stay exact, across every change of the origin")
    func monthsStayExact() throws {
        var generator = SeededGenerator(seed: 11)
        let limiter = RateLimiter(try RateLimit(parsing: "7/h", burst: 3), nowNanoseconds: 0)
        var now: Int64 = 0
        var grants: [Grant] = []
        while now < 24 * 120 * hour {
            now += Int64.random(in: 0...(3 * hour), using: &generator)
            let count = limiter.take(upTo: 10, nowNanoseconds: now)
            if count > 0 { grants.append(Grant(now: now, count: count)) }
            limiter.checkInvariants(nowNanoseconds: now)
        }
        expectNoWindowExceeds(grants, amount: 7, perNanoseconds: Int128(hour), burst: 3, 11)
        // Steps are 1.5 hours on average, so more than one token is always waiting.
        #expect(grants.count > 1_500)
    }

    @Test(
        "the wait that it tells is exact to the nanosecond", arguments: ["3000000/s", "7/s", "9/h"])
    func waitIsExact(text: String) throws {
        let limiter = RateLimiter(try RateLimit(parsing: text, burst: 1), nowNanoseconds: 0)
        var now: Int64 = 17
        for _ in 0..<100 {
            #expect(limiter.nextAvailableNanoseconds(nowNanoseconds: now) == 0)
            #expect(limiter.take(upTo: 1, nowNanoseconds: now) == 1)
            let wait = limiter.nextAvailableNanoseconds(nowNanoseconds: now)
            #expect(limiter.available(nowNanoseconds: now + wait - 1) == 0)
            now += wait
            #expect(limiter.available(nowNanoseconds: now) == 1)
        }
    }

    @Test("a thread with an older time only sees less")
    func olderTimeSeesLess() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 10), nowNanoseconds: hour)
        #expect(limiter.take(upTo: 10, nowNanoseconds: hour) == 10)
        #expect(limiter.take(upTo: 10, nowNanoseconds: hour - second) == 0)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 0) == 0)
        #expect(limiter.take(upTo: 10, nowNanoseconds: hour + 3 * millisecond) == 3)
    }

    @Test("unlimited grants whatever is asked, at once")
    func unlimitedGrantsEverything() {
        let limiter = RateLimiter(.unlimited, nowNanoseconds: 0)
        #expect(limiter.take(upTo: 1_000_000, nowNanoseconds: 0) == 1_000_000)
        #expect(limiter.available(nowNanoseconds: 0) == .max)
        #expect(limiter.nextAvailableNanoseconds(nowNanoseconds: 0) == 0)
        limiter.giveBack(5, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect(limiter.limit.isUnlimited)
    }

    @Test("taking nothing or less takes nothing", arguments: [0, -1, Int.min])
    func takingNothing(count: Int) throws {
        let limiter = RateLimiter(try RateLimit(10, burst: 3), nowNanoseconds: 0)
        #expect(limiter.take(upTo: count, nowNanoseconds: 0) == 0)
        limiter.giveBack(count, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect(limiter.available(nowNanoseconds: 0) == 3)
    }
}

// MARK: - Giving back

extension RateLimiterTests {
    @Test("what is given back in the same tick can be taken again")
    func givenBackAtOnceComesBackWhole() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 10), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 0) == 10)
        limiter.giveBack(4, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 0) == 4)
    }

    @Test("what time has refilled already is not given back on top")
    func givenBackLateComesBackInPart() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 10), nowNanoseconds: 0)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 0) == 10)
        // The whole burst has come back by itself, and another shard has taken it.
        #expect(limiter.take(upTo: 10, nowNanoseconds: 10 * millisecond) == 10)
        limiter.giveBack(10, takenAtNanoseconds: 0, nowNanoseconds: 10 * millisecond)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 10 * millisecond) == 0)
        // After 3 ms, 3 tokens are refilled; of 5 given back, 2 are not.
        #expect(limiter.take(upTo: 10, nowNanoseconds: 20 * millisecond) == 10)
        limiter.giveBack(5, takenAtNanoseconds: 20 * millisecond, nowNanoseconds: 23 * millisecond)
        #expect(limiter.take(upTo: 10, nowNanoseconds: 23 * millisecond) == 5)
    }

    @Test("giving back more than was taken cannot exceed the burst")
    func creditIsAtMostTheBurst() throws {
        let limiter = RateLimiter(try RateLimit(1_000, burst: 10), nowNanoseconds: 0)
        limiter.giveBack(1_000, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect(limiter.available(nowNanoseconds: 0) == 10)
        limiter.giveBack(1_000, takenAtNanoseconds: second, nowNanoseconds: second)
        #expect(limiter.available(nowNanoseconds: second) == 10)
    }
}

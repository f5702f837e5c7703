import Pacing
import Structures
import Testing

private let second: Int64 = 1_000_000_000

/// A generator that always gives the same bits: all ones are the upper end of a uniform range.
private struct ConstantGenerator: RandomNumberGenerator {
    let bits: UInt64
    func next() -> UInt64 { bits }
}

@Suite("RetrySchedule")
struct RetryScheduleTests {
    private let schedule = RetrySchedule(
        attemptsMax: 6, baseNanoseconds: second, capNanoseconds: 10 * second,
        ceilingNanoseconds: 60 * second)

    @Test("the window doubles from the base to the cap")
    func windowDoubles() {
        let windows = (1...6).map { schedule.windowNanoseconds(failedAttempts: $0) / second }
        #expect(windows == [1, 2, 4, 8, 10, 10])
        #expect(schedule.windowNanoseconds(failedAttempts: .max) == 10 * second)
    }

    @Test(
        "a window near the end of 64 bits does not overflow",
        arguments: [1, 2, 30, 61, 62, 63, 64, 65])
    func windowDoesNotOverflow(failedAttempts: Int) {
        let schedule = RetrySchedule(
            attemptsMax: 100, baseNanoseconds: 3, capNanoseconds: .max, ceilingNanoseconds: .max)
        let exact = Int128(3) << Int128(failedAttempts - 1)
        let window = schedule.windowNanoseconds(failedAttempts: failedAttempts)
        #expect(Int128(window) == min(exact, Int128(Int64.max)))
    }

    @Test("the delay is uniform over the whole window, from zero")
    func delayIsUniform() throws {
        var generator = SeededGenerator(seed: 5)
        var sums = [Double](repeating: 0, count: 6)
        var buckets = [Int](repeating: 0, count: 10)
        for _ in 0..<2_000 {
            for failed in 1...5 {
                let delay = schedule.delayNanoseconds(failedAttempts: failed, using: &generator)
                let window = schedule.windowNanoseconds(failedAttempts: failed)
                let share = Double(try #require(delay)) / Double(window)
                try #require(share >= 0 && share <= 1)
                sums[failed] += share
                buckets[min(9, Int(share * 10))] += 1
            }
        }
        for failed in 1...5 { #expect(abs(sums[failed] / 2_000 - 0.5) < 0.03) }
        for bucket in buckets { #expect(abs(bucket - 1_000) < 150) }
        var ones = ConstantGenerator(bits: .max)
        #expect(schedule.delayNanoseconds(failedAttempts: 3, using: &ones) == 4 * second)
    }

    @Test("there is no delay after the last attempt")
    func lastAttemptHasNoDelay() {
        var generator = SeededGenerator(seed: 1)
        #expect(schedule.delayNanoseconds(failedAttempts: 5, using: &generator) != nil)
        for failed in [6, 7, Int.max] {
            let delay = schedule.delayNanoseconds(
                failedAttempts: failed, retryAfterSeconds: 1, using: &generator)
            #expect(delay == nil)
        }
    }

    @Test(
        "a Retry-After is kept between the own delay and the ceiling",
        arguments: [
            (nil, 4), (0, 4), (-1, 4), (Int64.min, 4), (1, 4), (4, 4), (5, 5), (60, 60), (61, 60),
            (Int64.max, 60),
        ] as [(Int64?, Int64)])
    func retryAfterIsClamped(asked: Int64?, expected: Int64) {
        var generator = ConstantGenerator(bits: .max)
        let delay = schedule.delayNanoseconds(
            failedAttempts: 3, retryAfterSeconds: asked, using: &generator)
        #expect(delay == expected * second)
    }

    @Test("the same seed gives the same delays")
    func sameSeedSameDelays() {
        var one = SeededGenerator(seed: 9)
        var other = SeededGenerator(seed: 9)
        for failed in [1, 2, 3, 4, 5] {
            #expect(
                schedule.delayNanoseconds(failedAttempts: failed, using: &one)
                    == schedule.delayNanoseconds(failedAttempts: failed, using: &other))
        }
    }
}

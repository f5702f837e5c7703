import Pacing
import Structures
import Testing

private let second: Int64 = 1_000_000_000

@Suite("CircuitBreaker")
struct CircuitBreakerTests {
    private static let policy = CircuitBreaker.Policy(
        consecutiveFailuresMax: 3, failureRatioMax: 0.5, windowNanoseconds: 8 * second,
        outcomesMin: 10, cooldownNanoseconds: 5 * second, probes: 2,
        patienceNanoseconds: 20 * second)

    /// A breaker that opened at time 0.
    private func opened() -> CircuitBreaker {
        var breaker = CircuitBreaker(policy: Self.policy, nowNanoseconds: 0)
        for _ in 0..<3 { _ = breaker.recordFailure(nowNanoseconds: 0) }
        return breaker
    }

    @Test("opens after so many failures in a row, and not before")
    func opensAfterFailuresInARow() {
        var breaker = CircuitBreaker(policy: Self.policy, nowNanoseconds: 0)
        var changes: [CircuitBreaker.Change] = []
        changes.append(breaker.recordFailure(nowNanoseconds: 0))
        changes.append(breaker.recordFailure(nowNanoseconds: 0))
        changes.append(breaker.recordSuccess(nowNanoseconds: 0))
        changes.append(breaker.recordFailure(nowNanoseconds: 0))
        changes.append(breaker.recordFailure(nowNanoseconds: 0))
        #expect(changes == Array(repeating: .none, count: 5))
        #expect(breaker.phase == .closed)
        changes.append(breaker.recordFailure(nowNanoseconds: 0))
        #expect(changes.last == .opened)
        #expect(breaker.phase == .open)
    }

    @Test("opens at the share of failures, once there are enough outcomes")
    func opensAtTheShareOfFailures() {
        var breaker = CircuitBreaker(policy: Self.policy, nowNanoseconds: 0)
        var last = CircuitBreaker.Change.none
        for _ in 0..<4 {
            last = breaker.recordSuccess(nowNanoseconds: second)
            #expect(last == .none)
            last = breaker.recordFailure(nowNanoseconds: second)
            #expect(last == .none)
        }
        _ = breaker.recordSuccess(nowNanoseconds: second)
        last = breaker.recordFailure(nowNanoseconds: second)
        #expect(last == .opened)
    }

    @Test("failures that have left the window do not count")
    func oldFailuresAreForgotten() {
        var breaker = CircuitBreaker(policy: Self.policy, nowNanoseconds: 0)
        func alternate(_ count: Int, _ now: Int64) -> CircuitBreaker.Change {
            var change = CircuitBreaker.Change.none
            for _ in 0..<count {
                _ = breaker.recordSuccess(nowNanoseconds: now)
                change = breaker.recordFailure(nowNanoseconds: now)
            }
            return change
        }
        #expect(alternate(4, 0) == .none)
        #expect(alternate(4, 8 * second) == .none)
        #expect(alternate(4, 1_000 * second) == .none)
        #expect(alternate(1, 1_007 * second) == .opened)
    }

    @Test("while open it admits nothing, and late outcomes change nothing")
    func openAdmitsNothing() {
        var breaker = opened()
        let admitted = breaker.admit(upTo: 10, nowNanoseconds: 5 * second - 1)
        let afterSuccess = breaker.recordSuccess(nowNanoseconds: second)
        let afterFailure = breaker.recordFailure(nowNanoseconds: second)
        #expect(admitted == 0 && afterSuccess == .none && afterFailure == .none)
        #expect(breaker.phase == .open)
        #expect(breaker.nextAdmissionNanoseconds(nowNanoseconds: second) == 4 * second)
    }

    @Test("after the cooldown it admits the probes, and their success closes it")
    func successfulProbesClose() {
        var breaker = opened()
        #expect(breaker.nextAdmissionNanoseconds(nowNanoseconds: 5 * second) == 0)
        let first = breaker.admit(upTo: 1, nowNanoseconds: 5 * second)
        #expect(first == 1 && breaker.phase == .halfOpen)
        #expect(breaker.nextAdmissionNanoseconds(nowNanoseconds: 5 * second) == 0)
        let second_ = breaker.admit(upTo: 10, nowNanoseconds: 5 * second)
        let third = breaker.admit(upTo: 10, nowNanoseconds: 6 * second)
        #expect(second_ == 1 && third == 0)
        #expect(breaker.nextAdmissionNanoseconds(nowNanoseconds: 6 * second) == 4 * second)
        let changes = [
            breaker.recordSuccess(nowNanoseconds: 6 * second),
            breaker.recordSuccess(nowNanoseconds: 6 * second),
        ]
        #expect(changes == [.none, .closed])
        let all = breaker.admit(upTo: 10, nowNanoseconds: 6 * second)
        #expect(all == 10 && breaker.phase == .closed)
    }

    @Test("a failed probe opens it again for another cooldown")
    func failedProbeReopens() {
        var breaker = opened()
        _ = breaker.admit(upTo: 2, nowNanoseconds: 5 * second)
        let changes = [
            breaker.recordSuccess(nowNanoseconds: 6 * second),
            breaker.recordFailure(nowNanoseconds: 6 * second),
        ]
        #expect(changes == [.none, .opened])
        #expect(breaker.nextAdmissionNanoseconds(nowNanoseconds: 6 * second) == 5 * second)
    }

    @Test("probes whose outcome never comes are replaced")
    func lostProbesAreReplaced() {
        var breaker = opened()
        _ = breaker.admit(upTo: 2, nowNanoseconds: 5 * second)
        _ = breaker.recordSuccess(nowNanoseconds: 6 * second)
        let early = breaker.admit(upTo: 2, nowNanoseconds: 10 * second - 1)
        let later = breaker.admit(upTo: 2, nowNanoseconds: 10 * second)
        #expect(early == 0 && later == 1)
        let change = breaker.recordSuccess(nowNanoseconds: 11 * second)
        #expect(change == .closed)
    }

    @Test("patience runs from the first opening, through failed probes, to the closing")
    func patienceRunsThroughTheOutage() {
        var breaker = opened()
        var now: Int64 = 0
        for _ in 0..<4 {
            now += 5 * second
            #expect(breaker.isPastPatience(nowNanoseconds: now) == false)
            _ = breaker.admit(upTo: 1, nowNanoseconds: now)
            _ = breaker.recordFailure(nowNanoseconds: now)
        }
        #expect(breaker.isPastPatience(nowNanoseconds: now + 1) == true)
        _ = breaker.admit(upTo: 1, nowNanoseconds: now + 5 * second)
        #expect(breaker.isPastPatience(nowNanoseconds: now + 5 * second) == true)
        breaker.reset(nowNanoseconds: now + 5 * second)
        #expect(breaker.isPastPatience(nowNanoseconds: .max) == false)
        #expect(breaker.phase == .closed)
    }

    @Test(
        "whatever happens, it admits no more than it should and never gets stuck",
        arguments: [1, 2, 3] as [UInt64])
    func neverGetsStuck(seed: UInt64) throws {
        var generator = SeededGenerator(seed: seed)
        var breaker = CircuitBreaker(policy: Self.policy, nowNanoseconds: 0)
        var now: Int64 = 0
        for _ in 0..<5_000 {
            now += Int64.random(in: 0...second, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: _ = breaker.recordSuccess(nowNanoseconds: now)
            case 1: _ = breaker.recordFailure(nowNanoseconds: now)
            default:
                let wait = breaker.nextAdmissionNanoseconds(nowNanoseconds: now)
                try #require(wait >= 0 && wait <= 5 * second)
                let before = breaker.phase
                let admitted = breaker.admit(upTo: 10, nowNanoseconds: now)
                try #require((admitted > 0) == (wait == 0))
                try #require(admitted == 10 || before != .closed)
                try #require(admitted <= 2 || before == .closed)
            }
        }
    }
}

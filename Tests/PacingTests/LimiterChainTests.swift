import Pacing
import Structures
import Synchronization
import Testing

private let second: Int64 = 1_000_000_000

@Suite("LimiterChain")
struct LimiterChainTests {
    @Test(
        "who was refused waits for what comes in a millisecond, if the burst has room, else for one",
        arguments: [(10_000, 200, 10), (10_000, 6, 3), (10_000, 1, 1), (60, 1, 1), (60, 40, 1)]
            as [(Int, Int, Int)])
    func waitsForABatch(rate: Int, burst: Int, tokens: Int) throws {
        let chain = LimiterChain([.init(.campaign, try limiter(rate, burst: burst))])
        #expect(chain.take(upTo: burst, taker: 0, nowNanoseconds: 0).count == burst)
        let wait = chain.nextBatchNanoseconds(nowNanoseconds: 0)
        #expect(chain.take(upTo: burst, taker: 0, nowNanoseconds: wait).count == tokens)
        #expect(chain.nextBatchNanoseconds(nowNanoseconds: 1_000_000_000) == 0)
    }

    private func limiter(_ rate: Int, burst: Int) throws -> RateLimiter {
        RateLimiter(try RateLimit(rate, burst: burst), nowNanoseconds: 0)
    }

    @Test("grants what the scarcest level has, takes it from all, and names the level")
    func scarcestLevelBinds() throws {
        let (app, campaign) = (try limiter(100, burst: 50), try limiter(10, burst: 8))
        let (provider, host) = (try limiter(1_000, burst: 20), try limiter(5, burst: 30))
        let chain = LimiterChain([
            .init(.app, app), .init(.campaign, campaign), .init(.provider, provider),
            .init(.host, host),
        ])
        #expect(chain.take(upTo: 5, nowNanoseconds: 0) == .init(count: 5, boundBy: nil))
        #expect(chain.take(upTo: 64, nowNanoseconds: 0) == .init(count: 3, boundBy: .campaign))
        #expect(chain.take(upTo: 64, nowNanoseconds: 0) == .init(count: 0, boundBy: .campaign))
        #expect(
            [app, campaign, provider, host].map { $0.available(nowNanoseconds: 0) } == [
                42, 0, 12, 22,
            ])
        let wait = chain.nextAvailable(nowNanoseconds: 0)
        #expect(wait.nanoseconds == second / 10 && wait.boundBy == .campaign)
    }

    @Test("gives back to all levels")
    func givesBackToAll() throws {
        let (app, host) = (try limiter(100, burst: 9), try limiter(100, burst: 9))
        let chain = LimiterChain([.init(.app, app), .init(.host, host)])
        #expect(chain.take(upTo: 9, nowNanoseconds: 0).count == 9)
        chain.giveBack(4, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect(app.available(nowNanoseconds: 0) == 4)
        #expect(host.available(nowNanoseconds: 0) == 4)
        let wait = chain.nextAvailable(nowNanoseconds: 0)
        #expect(wait.nanoseconds == 0 && wait.boundBy == nil)
    }

    @Test("an empty chain, or one without limits, grants everything")
    func noLimitsGrantEverything() {
        let unlimited = RateLimiter(.unlimited, nowNanoseconds: 0)
        for chain in [LimiterChain([]), LimiterChain([.init(.app, unlimited)])] {
            #expect(chain.take(upTo: 7, nowNanoseconds: 0) == .init(count: 7, boundBy: nil))
            #expect(chain.take(upTo: -7, nowNanoseconds: 0) == .init(count: 0, boundBy: nil))
            #expect(chain.nextAvailable(nowNanoseconds: 0).nanoseconds == 0)
        }
    }

    @Test("threads on chains that share a level keep every level's rate")
    func threadsKeepEveryLevel() throws {
        let app = try limiter(500_000, burst: 100)
        let hosts = try (0..<3).map { _ in try limiter(250_000, burst: 40) }
        let clock = Atomic<Int64>(0)
        let total = Atomic<Int>(0)
        runOnThreads(3) { thread in
            let chain = LimiterChain([.init(.app, app), .init(.host, hosts[thread])])
            var own = 0
            for _ in 0..<4_000 {
                let now = clock.wrappingAdd(7_000, ordering: .relaxed).newValue
                own += chain.take(upTo: 16, nowNanoseconds: now).count
                if own > Int(now) / 4_000 + 40 {
                    Issue.record("Host \(thread) got \(own) by \(now)")
                }
            }
            total.wrappingAdd(own, ordering: .relaxed)
        }
        let end = Int(clock.load(ordering: .relaxed))
        #expect(total.load(ordering: .relaxed) <= end / 2_000 + 100)
        #expect(total.load(ordering: .relaxed) > 0)
        app.checkInvariants(nowNanoseconds: Int64(end))
    }

    @Test("levels have names")
    func levelsHaveNames() {
        #expect(
            LimiterLevel.allCases.map(\.description) == ["app", "campaign", "provider", "host"])
    }
}

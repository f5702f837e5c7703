import Synchronization
import Testing

@testable import Pacing

@Suite("InFlightLimit")
struct InFlightLimitTests {
    private let millisecond: Int64 = 1_000_000

    @Test("grants what is free, and again what was released")
    func grantsWhatIsFree() {
        let limit = InFlightLimit(limit: 5)
        #expect(limit.take(upTo: 3) == .init(count: 3, isCounted: true))
        #expect(limit.take(upTo: 3).count == 2)
        #expect(limit.take(upTo: 3).count == 0)
        #expect(limit.take(upTo: -1).count == 0)
        limit.release(4)
        #expect(limit.count == 1)
        #expect(limit.take(upTo: 9).count == 4)
    }

    @Test("a limit that is lowered grants nothing until enough has ended; a higher one grants")
    func changes() {
        let limit = InFlightLimit(limit: 5)
        #expect(limit.take(upTo: 5).count == 5)
        limit.limit = 3
        limit.release(2)
        #expect(limit.take(upTo: 1).count == 0)
        limit.release()
        #expect(limit.take(upTo: 2).count == 1)
        limit.limit = 10
        #expect(limit.take(upTo: 20).count == 7)
    }

    @Test("without a limit nothing is counted, and a limit that comes later counts from then on")
    func unlimited() {
        let limit = InFlightLimit(limit: InFlightLimit.unlimited)
        #expect(limit.take(upTo: 7) == .init(count: 7, isCounted: false))
        #expect(limit.count == 0)
        limit.limit = 2
        #expect(limit.take(upTo: 7) == .init(count: 2, isCounted: true))
        limit.limit = InFlightLimit.unlimited
        #expect(limit.take(upTo: 7) == .init(count: 7, isCounted: false))
        limit.release(2)
        #expect(limit.count == 0)
    }

    @Test("who got nothing has the next place, whoever asks first")
    func fairness() {
        let limit = InFlightLimit(limit: 2)
        #expect(limit.take(upTo: 2, taker: 1, nowNanoseconds: 0).count == 2)
        #expect(limit.take(upTo: 2, taker: 2, nowNanoseconds: millisecond).count == 0)
        limit.release(1)
        // The first one that asks had its share.
        #expect(limit.take(upTo: 2, taker: 1, nowNanoseconds: millisecond).count == 0)
        #expect(limit.take(upTo: 2, taker: 2, nowNanoseconds: 2 * millisecond).count == 1)
        limit.release(1)
        #expect(limit.take(upTo: 2, taker: 1, nowNanoseconds: 2 * millisecond).count == 1)
    }

    @Test("a place is not kept for one that asks no more")
    func keptForAWhile() {
        let limit = InFlightLimit(limit: 1)
        #expect(limit.take(upTo: 1, taker: 1, nowNanoseconds: 0).count == 1)
        #expect(limit.take(upTo: 1, taker: 2, nowNanoseconds: 0).count == 0)
        limit.release()
        #expect(limit.take(upTo: 1, taker: 1, nowNanoseconds: 4 * millisecond).count == 0)
        #expect(limit.take(upTo: 1, taker: 1, nowNanoseconds: 6 * millisecond).count == 1)
    }

    @Test("threads never exceed it, and leave nothing taken")
    func threads() {
        let limit = InFlightLimit(limit: 10)
        let underWay = Atomic<Int>(0)
        let most = Atomic<Int>(0)
        runOnThreads(3) { thread in
            for round in 0..<20_000 {
                let taken = limit.take(
                    upTo: 1 + round % 6, taker: UInt8(thread + 1),
                    nowNanoseconds: Int64(round) * 1_000
                ).count
                let now = underWay.wrappingAdd(taken, ordering: .relaxed).newValue
                most.max(now, ordering: .relaxed)
                underWay.wrappingSubtract(taken, ordering: .relaxed)
                limit.release(taken)
            }
        }
        #expect(most.load(ordering: .relaxed) <= 10)
        #expect(limit.count == 0)
    }
}

@Suite("LimiterChain with bounds on what is under way")
struct LimiterChainPlacesTests {
    private func limiter(_ rate: Int, burst: Int) throws -> RateLimiter {
        RateLimiter(try RateLimit(rate, burst: burst), nowNanoseconds: 0)
    }

    @Test("a send takes a token and a place of every level, or of none")
    func allOrNone() throws {
        let (app, host) = (try limiter(10, burst: 10), try limiter(10, burst: 10))
        let (all, one) = (InFlightLimit(limit: 8), InFlightLimit(limit: 3))
        let chain = LimiterChain([
            .init(.app, app, inFlight: all), .init(.campaign, try limiter(100, burst: 100)),
            .init(.host, host, inFlight: one),
        ])
        let grant = chain.take(upTo: 5, nowNanoseconds: 0)
        #expect(grant.count == 3 && grant.boundBy == .host && grant.isInFlight)
        #expect([all.count, one.count] == [3, 3])
        #expect(app.available(nowNanoseconds: 0) == 7 && host.available(nowNanoseconds: 0) == 7)
        #expect(chain.available(upTo: 5, nowNanoseconds: 0) == 0)
        let refused = chain.take(upTo: 5, nowNanoseconds: 0)
        #expect(refused.count == 0 && refused.boundBy == .host && refused.isInFlight)
        #expect(app.available(nowNanoseconds: 0) == 7)

        chain.giveBack(1, places: grant.places, takenAtNanoseconds: 0, nowNanoseconds: 0)
        #expect([all.count, one.count] == [2, 2])
        #expect(app.available(nowNanoseconds: 0) == 8)
        chain.release(grant.places, 2)
        #expect([all.count, one.count] == [0, 0])
        #expect(app.available(nowNanoseconds: 0) == 8)
    }

    @Test("the scarcer of rate and bound is named")
    func named() throws {
        let bound = InFlightLimit(limit: 4)
        let chain = LimiterChain([.init(.campaign, try limiter(10, burst: 3), inFlight: bound)])
        let first = chain.take(upTo: 9, nowNanoseconds: 0)
        #expect(first.count == 3 && first.boundBy == .campaign && !first.isInFlight)
        let second = chain.take(upTo: 9, nowNanoseconds: 1_000_000_000)
        #expect(second.count == 1 && second.isInFlight)
    }

    @Test("places taken while there was no limit are not given to it later")
    func changedMeanwhile() throws {
        let bound = InFlightLimit(limit: InFlightLimit.unlimited)
        let chain = LimiterChain([
            .init(.app, RateLimiter(.unlimited, nowNanoseconds: 0), inFlight: bound)
        ])
        let early = chain.take(upTo: 5, nowNanoseconds: 0)
        #expect(early.places == 0)
        bound.limit = 2
        let late = chain.take(upTo: 5, nowNanoseconds: 0)
        #expect(late.count == 2)
        chain.release(early.places, 5)
        #expect(bound.count == 2)
        chain.release(late.places, 2)
        #expect(bound.count == 0)
    }
}

import Engine
import EngineTesting
import Pacing
import Testing

@Suite("Fairness between campaigns")
struct ShardFairnessTests {
    private let first = SendSlot(0)
    private let second = SendSlot(1)

    @Test("all places that come free at a host go to those who wait there")
    func places() {
        let harness = ShardHarness()
        harness.page(4, of: first)
        harness.page(8, of: second)
        harness.add(first, url: "http://{{host}}/", perHostMax: 4)
        harness.settle()
        harness.add(second, url: "http://{{host}}/", perHostMax: 4)
        harness.settle()
        #expect(harness.transport.requests.count == 4)
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.transport.requests.count == 8)
    }

    @Test("a place is not kept for a campaign that its rate holds up")
    func placeOfASlowOne() throws {
        let slow = RateLimiter(try RateLimit(parsing: "1/h", burst: 1), nowNanoseconds: 0)
        let harness = ShardHarness()
        harness.page(4, of: first)
        harness.page(4, of: second)
        harness.add(
            first, url: "http://{{host}}/", perHostMax: 1,
            limiters: LimiterChain([.init(.campaign, slow)]))
        harness.settle()
        harness.add(second, url: "http://{{host}}/", perHostMax: 1)
        for answered in 0..<5 {
            harness.transport.answer(harness.transport.requests[answered], 200)
            harness.advance(milliseconds: 5)
            guard harness.transport.requests.count > answered + 1 else { break }
        }
        #expect(harness.transport.requests.count == 5)
    }

    @Test("beside slow campaigns that hold every slot, a new one has its first page soon")
    func slots() throws {
        let harness = ShardHarness(slots: 8)
        harness.store.returnsPages = true
        let slow = try RateLimit(parsing: "1/s", burst: 1)
        for number in 0..<8 {
            let slot = SendSlot(UInt16(number))
            for _ in 0..<4 { harness.page(500, of: slot) }
            let limiter = RateLimiter(slow, nowNanoseconds: harness.nowNanoseconds)
            harness.add(slot, limiters: LimiterChain([.init(.campaign, limiter)]))
        }
        harness.settle()
        let new = SendSlot(8)
        harness.page(20, of: new)
        harness.add(new)
        let prefix = "\(CampaignID(high: 7, low: 8))"
        var milliseconds = 0
        var answered = 0
        while harness.transport.requests.count(where: { $0.key.hasPrefix(prefix) }) < 20,
            milliseconds < 3_000
        {
            harness.advance(milliseconds: 10)
            milliseconds += 10
            for request in harness.transport.requests[answered...] {
                harness.transport.answer(request, 200)
                answered += 1
            }
        }
        #expect(milliseconds <= 1_100)
        // Whoever gave a page up goes on with it.
        for _ in 0..<300 {
            harness.advance(milliseconds: 10)
            for request in harness.transport.requests[answered...] {
                harness.transport.answer(request, 200)
                answered += 1
            }
        }
        #expect(harness.isQuiet(new))
        #expect(harness.transport.requests.count >= 20 + 8 * 4)
        #expect(Set(harness.transport.requests.map(\.key)).count == answered)
    }

    @Test("a page that is taken away waits for what is on the wire, and keeps its retries' times")
    func recalled() throws {
        let harness = ShardHarness(slots: 1)
        harness.page(4, of: first)
        harness.add(first, inFlightMax: 2)
        harness.settle()
        harness.page(1, of: second)
        harness.add(second)
        harness.advance(milliseconds: 1_000)
        #expect(harness.transport.requests.count == 2 && harness.store.commits.isEmpty)
        harness.transport.answer(harness.transport.requests[0], 503, retryAfterSeconds: 1)
        harness.settle()
        #expect(harness.transport.requests.count == 2 && harness.store.commits.isEmpty)
        harness.transport.answer(harness.transport.requests[1], 200)
        harness.settle()
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records.map(\.status) == [.pending, .sent, .pending, .pending])
        #expect(commit.dueMilliseconds == 0)
        #expect(commit.records[0].timeMilliseconds > harness.moment.wallMilliseconds + 900)
        #expect(harness.transport.requests.count == 3)
    }
}

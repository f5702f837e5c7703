import Engine
import EngineTesting
import Pacing
import Testing

@Suite("Bounds of what is on the wire")
struct ShardBoundsTests {
    private let first = SendSlot(0)
    private let second = SendSlot(1)

    @Test("a shard, a campaign and a host have at most so many requests on the wire")
    func inFlight() {
        for (flights, campaign, host) in [(5, 64, 64), (64, 5, 64), (64, 64, 5)] {
            for url in [nil, "http://{{host}}/"] {
                let harness = ShardHarness(flightsMax: flights)
                harness.page(40)
                harness.add(url: url, inFlightMax: campaign, perHostMax: host)
                harness.settle()
                #expect(harness.transport.requests.count == 5)
                harness.transport.answer(harness.transport.requests[0], 200)
                harness.transport.answer(harness.transport.requests[3], 200)
                harness.settle()
                #expect(harness.transport.requests.count == 7)
            }
        }
    }

    @Test("a slow host holds its own recipients only")
    func slowHost() {
        let harness = ShardHarness()
        harness.store.add(
            (0..<100).map { ("r\($0)", $0 < 90 ? "slow.test" : "fast.test") }, of: first)
        harness.add(url: "http://{{host}}/", perHostMax: 2)
        harness.settle()
        var answered = 0
        while answered < 10 {
            let fast = harness.transport.requests.filter { $0.url == "http://fast.test/" }
            guard answered < fast.count else { break }
            harness.transport.answer(fast[answered], 200)
            answered += 1
            harness.settle()
        }
        let urls = harness.transport.requests.map(\.url)
        #expect(urls.filter { $0 == "http://fast.test/" }.count == 10)
        #expect(urls.filter { $0 == "http://slow.test/" }.count == 2)
    }

    @Test("a place at a host that a stopped campaign leaves goes to the one that waits")
    func forfeitedPlace() {
        let harness = ShardHarness()
        harness.page(2, of: first)
        harness.page(1, of: second)
        let plan = harness.add(first, url: "http://{{host}}/", perHostMax: 1)
        harness.settle()
        harness.add(second, url: "http://{{host}}/", perHostMax: 1)
        harness.settle()
        #expect(harness.transport.requests.count == 1)
        // The place comes free, is offered to the first campaign's other recipient, and that
        // campaign stops in the same moment.
        harness.transport.answer(harness.transport.requests[0], 200)
        plan.control.drain()
        harness.settle()
        #expect(harness.transport.requests.count == 2)
        #expect(harness.transport.requests.last?.body == "r0")
    }

    @Test("a rate lets the burst go at once and the rest in time, and what is not used stays")
    func rate() throws {
        let harness = ShardHarness()
        let limiter = RateLimiter(
            try RateLimit(10, burst: 3), nowNanoseconds: harness.nowNanoseconds)
        harness.page(6)
        harness.add(limiters: LimiterChain([.init(.campaign, limiter)]))
        harness.settle()
        #expect(harness.transport.requests.count == 3)
        guard case .at(let deadline) = harness.turn() else {
            Issue.record("a shard that a rate binds spins")
            return
        }
        #expect(deadline == harness.nowNanoseconds + 100_000_000)
        harness.advance(milliseconds: 99)
        #expect(harness.transport.requests.count == 3)
        harness.advance(milliseconds: 1)
        #expect(harness.transport.requests.count == 4)
        harness.advance(milliseconds: 1_000)
        #expect(harness.transport.requests.count == 6)
        #expect(limiter.available(nowNanoseconds: harness.nowNanoseconds) == 1)
    }

    @Test("a campaign that starts beside a huge one gets its turn at once, slot for slot")
    func fairness() throws {
        var scenario = Scenario(calm: 3)
        var huge = CampaignSetup()
        huge.pages = Array(repeating: 1_000, count: 4)
        var small = CampaignSetup()
        small.pages = [200]
        small.startNanoseconds = 10_000_000
        scenario.campaigns = [huge, small]
        let simulation = Simulation(scenario)
        try simulation.run()
        let begin = try #require(simulation.starts.firstIndex(of: 1))
        let end = try #require(simulation.starts.lastIndex(of: 1))
        let others = simulation.starts[begin...end].count { $0 == 0 }
        // The huge one was running, and gets half of what there is, and one quantum more.
        #expect(begin > 100 && end < simulation.starts.count - 1_000)
        #expect(others <= 200 + 2 * EngineLimits.sendsPerCampaignQuantum)
    }
}

import Engine
import EngineTesting
import Pacing
import Structures
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

    /// Answers what is on the wire in uneven portions until a run has sent so many, and counts the
    /// requests of each target.
    private func requests(
        _ harness: ShardHarness, untilPlainHas count: Int
    ) -> (plain: Int, flow: Int) {
        let prefix = "\(CampaignID(high: 7, low: 0))-"
        var generator = SeededGenerator(seed: 5)
        var answered = 0
        var plain = 0
        for _ in 0..<50_000 where plain < count {
            let portion = Int.random(in: 1...40, using: &generator)
            for request in harness.transport.requests[answered...].prefix(portion) {
                harness.transport.answer(request, 200)
                plain += request.key.hasPrefix(prefix) ? 1 : 0
                answered += 1
            }
            harness.advance(milliseconds: 1)
        }
        return (plain, answered - plain)
    }

    /// What holds a plain campaign and ten runs of another back.
    struct Bottleneck: CustomTestStringConvertible {
        let testDescription: String
        var flights = 4_096
        var slots = 64
        var pageSize = 400
        var rate: String?
    }

    @Test(
        "ten runs of one campaign leave a plain one beside them half of the sends",
        arguments: [
            Bottleneck(testDescription: "turns"),
            Bottleneck(testDescription: "requests on the wire", flights: 24),
            Bottleneck(testDescription: "page slots", slots: 4, pageSize: 7),
            Bottleneck(testDescription: "fewer page slots than runs", slots: 2, pageSize: 50),
            Bottleneck(testDescription: "a rate", rate: "2000/s"),
        ])
    func tenRuns(_ bottleneck: Bottleneck) throws {
        let harness = ShardHarness(slots: bottleneck.slots, flightsMax: bottleneck.flights)
        let limit = try RateLimit(parsing: bottleneck.rate ?? "unlimited", burst: 2)
        let limiter = RateLimiter(limit, nowNanoseconds: harness.nowNanoseconds)
        let limiters = LimiterChain([.init(.app, limiter)])
        for number in 0..<11 {
            let slot = SendSlot(UInt16(number))
            let recipients = number == 0 ? 8_000 : 2_000
            for _ in 0..<recipients / bottleneck.pageSize {
                harness.page(bottleneck.pageSize, of: slot)
            }
            harness.add(
                slot, campaign: number == 0 ? 0 : 1,
                send: try #require(SendNumber(max(0, number - 1))),
                inFlightMax: 4_096, perHostMax: 4_096, limiters: limiters)
        }
        harness.settle()
        let (plain, flow) = requests(harness, untilPlainHas: 2_000)
        let part = Double(plain) / Double(plain + flow)
        #expect(plain >= 2_000 && (0.45...0.55).contains(part), "\(plain) of \(plain + flow)")
        // Among the runs of the campaign nobody goes short either.
        let sends = (1...10).map { harness.figures(SendSlot(UInt16($0))).attempts }
        #expect(sends.allSatisfy { $0 > flow / 20 }, "\(sends)")
    }

    @Test("of a campaign with more slow runs than slots, each has its page in turn")
    func slowRuns() throws {
        let harness = ShardHarness(slots: 4)
        harness.store.returnsPages = true
        for number in 0..<10 {
            let slot = SendSlot(UInt16(number))
            harness.page(500, of: slot)
            let limiter = RateLimiter(
                try RateLimit(parsing: "1/s", burst: 1), nowNanoseconds: harness.nowNanoseconds)
            harness.add(
                slot, campaign: 1, send: try #require(SendNumber(number)),
                limiters: LimiterChain([.init(.campaign, limiter)]))
        }
        var answered = 0
        for _ in 0..<1_000 {
            harness.advance(milliseconds: 10)
            for request in harness.transport.requests[answered...] {
                harness.transport.answer(request, 200)
                answered += 1
            }
        }
        let sends = (0..<10).map { harness.figures(SendSlot(UInt16($0))).attempts }
        #expect(sends.allSatisfy { $0 >= 2 }, "\(sends)")
        #expect(Set(harness.transport.requests.map(\.key)).count == answered)
    }

    @Test("a campaign whose run leaves goes on with the others, and is forgotten with the last")
    func leavingRuns() throws {
        let harness = ShardHarness()
        let slots = [first, second]
        for (number, slot) in slots.enumerated() {
            harness.page(2, of: slot)
            harness.add(slot, campaign: 1, send: try #require(SendNumber(number)))
        }
        harness.settle()
        #expect(harness.transport.requests.count == 4)
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        harness.shard.remove(first)
        harness.page(3, of: second)
        harness.advance(milliseconds: 1_000)
        #expect(harness.transport.requests.count == 7)
        for request in harness.transport.requests[4...] { harness.transport.answer(request, 200) }
        harness.settle()
        harness.shard.remove(second)
        harness.settle()
        harness.page(1, of: first)
        harness.add(first, campaign: 1)
        harness.settle()
        #expect(harness.transport.requests.count == 8)
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

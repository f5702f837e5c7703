import Engine
import EngineTesting
import Testing

@Suite("Pages of which only a part may be worked on")
struct ShardAllowanceTests {
    private let slot = SendSlot(0)

    /// A shard that has looked at one page of an allowance.
    private func started(
        _ count: Int, allowance: Int, records: [DeliveryRecord]? = nil
    ) -> ShardHarness {
        let harness = ShardHarness()
        harness.store.allowance = allowance
        harness.page(count, records: records)
        harness.add()
        harness.settle()
        return harness
    }

    private func answerAll(_ harness: ShardHarness, _ status: UInt16 = 200) {
        for request in harness.transport.requests { harness.transport.answer(request, status) }
        harness.settle()
    }

    @Test("the first are worked on, the rest stay pending, and the page goes back due at once")
    func part() throws {
        let harness = started(5, allowance: 3)
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r2"])
        #expect(harness.store.commits.isEmpty)
        answerAll(harness)
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records.map(\.status) == [.sent, .sent, .sent, .pending, .pending])
        #expect(commit.records[3] == DeliveryRecord())
        #expect(commit.dueMilliseconds == 0)
        #expect(harness.isQuiet(slot))
    }

    @Test("claim after claim everybody is reached, each once")
    func claims() {
        let harness = ShardHarness()
        harness.store.allowance = 2
        harness.store.returnsPages = true
        harness.page(5)
        harness.add()
        var answered = 0
        for _ in 0..<4 {
            harness.advance(milliseconds: 500)
            for request in harness.transport.requests[answered...] {
                harness.transport.answer(request, 200)
                answered += 1
            }
            harness.settle()
        }
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r2", "r3", "r4"])
        #expect(harness.store.commits.map(\.dueMilliseconds) == [0, 0, nil])
    }

    @Test("only pending recipients count, in the order of their ordinals")
    func endedDoNotCount() {
        var sent = DeliveryRecord()
        sent.status = .sent
        var waiting = DeliveryRecord()
        let harness = ShardHarness()
        waiting.timeMilliseconds = harness.moment.wallMilliseconds + 100
        harness.store.allowance = 2
        harness.page(
            5, records: [sent, waiting, sent, DeliveryRecord(), DeliveryRecord()])
        harness.add()
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r3"])
        harness.advance(milliseconds: 200)
        #expect(harness.transport.requests.map(\.body) == ["r3", "r1"])
    }

    @Test("whoever is unsure needs no allowance, wherever in the page")
    func unsure() throws {
        var unsure = DeliveryRecord()
        unsure.flags = .unsure
        let fresh = DeliveryRecord()
        for (allowance, expected) in [(0, ["r1", "r3"]), (1, ["r0", "r1", "r3"])] {
            let harness = started(
                5, allowance: allowance, records: [fresh, unsure, fresh, unsure, fresh])
            #expect(harness.transport.requests.map(\.body) == expected)
            answerAll(harness)
            let commit = try #require(harness.store.commits.first)
            #expect(commit.records.filter { $0.status == .sent }.count == expected.count)
            #expect(commit.records[2] == fresh)
            #expect(commit.records[4] == fresh)
            #expect(commit.dueMilliseconds == 0)
        }
    }

    @Test("an allowance as large as what is left, or larger, holds nobody back")
    func whole() throws {
        for allowance in [2, 3] {
            let harness = started(2, allowance: allowance)
            answerAll(harness)
            #expect(try #require(harness.store.commits.first).dueMilliseconds == nil)
        }
    }

    @Test("an allowance of nobody gives the page back untouched")
    func nobody() throws {
        let harness = started(2, allowance: 0)
        #expect(harness.transport.requests.isEmpty)
        #expect(try #require(harness.store.commits.first).dueMilliseconds == 0)
    }

    @Test("a withheld recipient does not take the place of one that is retried or fails")
    func retries() throws {
        let harness = started(4, allowance: 2)
        harness.transport.answer(harness.transport.requests[0], 503)
        harness.transport.answer(harness.transport.requests[1], 404)
        harness.settle()
        #expect(harness.store.commits.isEmpty)
        harness.advance(milliseconds: 20)
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r0"])
        harness.transport.answer(harness.transport.requests[2], 200)
        harness.settle()
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records.map(\.status) == [.sent, .failed, .pending, .pending])
    }

    @Test("when all that is allowed waits for long the page goes back until then, and no sooner")
    func waitsLong() throws {
        let harness = started(4, allowance: 2)
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.transport.answer(harness.transport.requests[1], 503, retryAfterSeconds: 30)
        harness.settle()
        let commit = try #require(harness.store.commits.first)
        #expect(commit.dueMilliseconds == commit.records[1].timeMilliseconds)
        #expect(commit.records.map(\.status) == [.sent, .pending, .pending, .pending])
    }

    @Test("a campaign that is stopped gives a withheld page back like any other")
    func drain() throws {
        let harness = ShardHarness()
        harness.store.allowance = 2
        harness.page(4)
        let plan = harness.add(inFlightMax: 1)
        harness.settle()
        plan.control.drain()
        harness.settle()
        answerAll(harness)
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records.map(\.status) == [.sent, .pending, .pending, .pending])
        #expect(commit.dueMilliseconds == 0)
        #expect(harness.isQuiet(slot))
    }
}

import Engine
import EngineTesting
import Testing

@Suite("The life of pages on a shard")
struct ShardPageTests {
    private let first = SendSlot(0)
    private let second = SendSlot(1)

    @Test(
        "a page whose rest waits for long goes back with its due time, one that waits shortly stays"
    )
    func parking() throws {
        for (seconds, isParked) in [(Int32(1), false), (2, true), (30, true)] {
            let harness = ShardHarness()
            harness.page(2)
            harness.add()
            harness.settle()
            harness.transport.answer(harness.transport.requests[0], 200)
            harness.transport.answer(
                harness.transport.requests[1], 503, retryAfterSeconds: seconds)
            harness.settle()
            #expect(harness.store.commits.count == (isParked ? 1 : 0))
            guard isParked else { continue }
            let commit = try #require(harness.store.commits.first)
            #expect(commit.records.map(\.status) == [.sent, .pending])
            #expect(commit.dueMilliseconds == commit.records[1].timeMilliseconds)
            #expect(harness.isQuiet(first))
        }
    }

    @Test("a page goes on where it stood when it comes back")
    func resumedPage() throws {
        var waiting = DeliveryRecord()
        let harness = ShardHarness()
        waiting.timeMilliseconds = harness.moment.wallMilliseconds + 500
        waiting.attempts = 2
        var sent = DeliveryRecord()
        sent.status = .sent
        harness.page(3, records: [sent, waiting, DeliveryRecord()])
        harness.add()
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r2"])
        harness.advance(milliseconds: 499)
        #expect(harness.transport.requests.count == 1)
        harness.advance(milliseconds: 2)
        #expect(harness.transport.requests.map(\.body) == ["r2", "r1"])
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.store.commits.first?.records[1].attempts == 3)
    }

    @Test("a page of duplicates only is done without a request")
    func duplicates() throws {
        var duplicate = DeliveryRecord()
        duplicate.status = .duplicate
        let harness = ShardHarness()
        harness.page(3, records: Array(repeating: duplicate, count: 3))
        harness.page(0)
        harness.add()
        harness.settle()
        #expect(harness.transport.requests.isEmpty)
        #expect(harness.store.commits.map(\.records.count) == [3, 0])
        #expect(harness.store.commits.allSatisfy { $0.dueMilliseconds == nil })
    }

    @Test("a campaign without pages asks now and then, and holds nothing")
    func noPages() throws {
        let harness = ShardHarness()
        harness.add()
        harness.settle()
        #expect(harness.isQuiet(first))
        let asked = try #require(harness.store.requests[first])
        for _ in 0..<10 { harness.advance(milliseconds: 100) }
        let again = try #require(harness.store.requests[first])
        #expect((1...4).contains(again - asked))
        harness.shard.remove(first)
    }

    @Test("what a full mailbox refuses is posted again, once")
    func fullMailbox() {
        let harness = ShardHarness()
        harness.page(1)
        harness.store.isFull = true
        harness.add()
        harness.settle()
        #expect(harness.transport.requests.isEmpty)
        harness.store.isFull = false
        harness.advance(milliseconds: 1)
        #expect(harness.transport.requests.count == 1)

        harness.store.isFull = true
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.settle()
        #expect(harness.store.commits.isEmpty && !harness.isQuiet(first))
        harness.store.isFull = false
        harness.advance(milliseconds: 1)
        harness.advance(milliseconds: 1)
        #expect(harness.store.commits.count == 1)
    }

    @Test("a shard that a full mailbox holds up comes again soon")
    func fullMailboxTurn() {
        let harness = ShardHarness()
        harness.page(1)
        harness.store.isFull = true
        harness.add()
        let now = harness.nowNanoseconds
        #expect(harness.turn() == .at(now + 1_000_000))
    }

    @Test("a page's own numbers and its run's send are in the keys, and plain keys are as ever")
    func keys() throws {
        let harness = ShardHarness()
        harness.page(2)
        harness.page(2)
        harness.add()
        harness.settle()
        harness.store.ordinals = [70_000, 3]
        harness.page(2, of: second)
        harness.add(second, campaign: 0, send: try #require(SendNumber(12)))
        harness.settle()
        let id = CampaignID(high: 7, low: 0)
        #expect(
            harness.transport.requests.map(\.key)
                == ["0", "1", "1024", "1025", "70000-s12", "3-s12"].map { "\(id)-\($0)" })
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r0", "r1", "r0", "r1"])
        #expect(
            harness.journal.survivor(in: 2)?.page
                == PageID(PageIndex(0), of: try #require(SendNumber(12))))
    }

    @Test("a journal slot is free only when its commit is known to be durable")
    func slotReuse() {
        let harness = ShardHarness(slots: 1)
        harness.store.answersCommits = false
        harness.page(1)
        harness.page(1)
        harness.add()
        harness.settle()
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.settle()
        #expect(harness.store.commits.count == 1)
        #expect(harness.journal.survivor(in: 0)?.page == PageID(PageIndex(0)))
        harness.advance(milliseconds: 1_000)
        #expect(harness.transport.requests.count == 1)
        harness.store.answerCommits()
        harness.settle()
        #expect(harness.transport.requests.count == 2)
        #expect(harness.journal.survivor(in: 0)?.page == PageID(PageIndex(1)))
    }

    @Test("a campaign that is stopped gives its pages back when nothing is on the wire any more")
    func draining() throws {
        let harness = ShardHarness()
        harness.page(5)
        let plan = harness.add(inFlightMax: 2)
        harness.settle()
        plan.control.drain()
        harness.settle()
        #expect(harness.store.commits.isEmpty)
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.transport.requests.count == 2)
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records.map(\.status) == [.sent, .sent, .pending, .pending, .pending])
        #expect(commit.dueMilliseconds == 0)
        #expect(harness.isQuiet(first))
        harness.shard.remove(first)
    }

    @Test("a campaign resumed before its page is durable leaves that page alone")
    func resumedBeforeCommit() {
        let harness = ShardHarness()
        harness.store.answersCommits = false
        harness.store.returnsPages = true
        harness.page(3)
        let plan = harness.add(inFlightMax: 1)
        harness.settle()
        plan.control.drain()
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.settle()
        plan.control.resume()
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r0"])
        // It comes back through the store, and its recipients are taken from that claim.
        harness.advance(milliseconds: 500)
        harness.store.answerCommits()
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1"])
        harness.transport.answer(harness.transport.requests[1], 200)
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r2"])
    }

    @Test("with fewer slots than wishes, whoever has no page gets the next that comes free")
    func slotsAreShared() throws {
        let harness = ShardHarness(slots: 2)
        for _ in 0..<20 { harness.page(1, of: first) }
        harness.add(first)
        harness.settle()
        #expect(harness.transport.requests.count == 2)
        for slot in 1...4 {
            for _ in 0..<2 { harness.page(1, of: SendSlot(UInt16(slot))) }
            harness.add(SendSlot(UInt16(slot)))
        }
        for count in 0..<10 {
            harness.transport.answer(harness.transport.requests[count], 200)
            harness.settle()
        }
        // The two that were there, then everybody in turn.
        let slots = harness.transport.requests.prefix(12).map { request in
            (0...4).first { request.key.hasPrefix("\(CampaignID(high: 7, low: UInt64($0)))") }
        }
        #expect(slots == [0, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0])
    }

    @Test("as many campaigns as the tables are wide run side by side on a few slots")
    func tableLimits() {
        let harness = ShardHarness(slots: 8)
        for slot in 0..<EngineLimits.campaignsMax {
            harness.page(1, of: SendSlot(UInt16(slot)))
            harness.add(SendSlot(UInt16(slot)))
        }
        var answered = 0
        while answered < EngineLimits.campaignsMax {
            harness.settle()
            let open = harness.transport.requests[answered...]
            guard !open.isEmpty else { break }
            for request in open { harness.transport.answer(request, 200) }
            answered += open.count
        }
        harness.settle()
        #expect(answered == EngineLimits.campaignsMax)
        #expect(Set(harness.store.commits.map(\.campaign)).count == EngineLimits.campaignsMax)
        for slot in 0..<EngineLimits.campaignsMax {
            harness.shard.remove(SendSlot(UInt16(slot)))
        }
    }

    @Test("a target that cannot be prepared leaves the shard as it was")
    func refusedTarget() {
        let harness = ShardHarness()
        harness.transport.refusal = TransportError(field: "url", message: "no")
        harness.page(1)
        let plan = harness.plan(first)
        #expect(throws: TransportError.self) {
            try harness.shard.add(
                plan, at: first, share: SendShare(inFlightMax: 1, perHostMax: 1),
                counters: SendCounters())
        }
        harness.transport.refusal = nil
        harness.add(first)
        harness.settle()
        #expect(harness.transport.requests.count == 1)
    }
}

import EngineTesting
import Pacing
import Testing

@testable import Engine

@Suite("Recipients who may not be sent to")
struct ShardEligibilityTests {
    private let slot = SendSlot(0)
    let table = EligibilityTable()

    private var check: EligibilityCheck { EligibilityCheck(table: table, scopes: [5, 6]) }

    @Test("one who is not eligible in any scope of the campaign is skipped with the reason")
    func skipped() throws {
        table.insert("r1", 5, .noConsent)
        table.insert("r2", 6, .userDeleted)
        table.insert("r3", 7, .suppressed)
        let harness = ShardHarness()
        harness.page(4)
        harness.add(eligibility: check)
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r0", "r3"])
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        let records = try #require(harness.store.commits.first).records
        #expect(records.map(\.status) == [.sent, .skipped, .skipped, .sent])
        #expect(records[1].reason == .noConsent && records[2].reason == .userDeleted)
        #expect(records[1].attempts == 0 && records[1].timeMilliseconds > 0)
        #expect(harness.figures().skipped == 2 && harness.figures().failed == 0)
    }

    @Test("a retry is looked at again: refused before, it is skipped; in doubt, it is unknown")
    func retries() throws {
        let harness = ShardHarness()
        harness.page(2)
        harness.add(eligibility: check)
        harness.settle()
        harness.transport.answer(harness.transport.requests[0], 503)
        harness.transport.lose(harness.transport.requests[1], requestLeft: true)
        table.insert("r0", 5, .suppressed)
        table.insert("r1", 5, .suppressed)
        harness.settle()
        harness.advance(milliseconds: 20)
        #expect(harness.transport.requests.count == 2)
        let records = try #require(harness.store.commits.first).records
        #expect(records.map(\.status) == [.skipped, .unknown])
        #expect(records.allSatisfy { $0.reason == .suppressed && $0.code == 0 })
        #expect(records.allSatisfy { $0.attempts == 1 })
    }

    @Test("a URL that renders to nothing is a recipient without an endpoint, not a failure")
    func noEndpoint() throws {
        let harness = ShardHarness()
        harness.store.add([("a", "http://a.test/"), ("b", ""), ("c", "no url")], of: slot)
        harness.add(url: "{{host}}")
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["a"])
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.settle()
        let records = try #require(harness.store.commits.first).records
        #expect(records.map(\.status) == [.sent, .skipped, .failed])
        #expect(records.map(\.reason) == [.none, .noEndpoint, .urlInvalid])
    }

    @Test("skips cost no tokens")
    func tokens() throws {
        let harness = ShardHarness()
        for user in 0..<50 { table.insert("r\(user)", 5, .suppressed) }
        let limiter = RateLimiter(
            try RateLimit(1, burst: 4), nowNanoseconds: harness.nowNanoseconds)
        harness.page(53)
        harness.add(limiters: LimiterChain([.init(.campaign, limiter)]), eligibility: check)
        harness.settle()
        #expect(harness.transport.requests.count == 3)
        #expect(limiter.available(nowNanoseconds: harness.nowNanoseconds) == 1)
    }

    @Test("thousands in a row are skipped turn by turn, beside a campaign that sends")
    func longRun() {
        let harness = ShardHarness(slots: 16, flightsMax: 256)
        for user in 0..<1_000 { table.insert("r\(user)", 5, .suppressed) }
        let other = SendSlot(1)
        for _ in 0..<6 { harness.page(1_000, of: slot) }
        harness.page(200, of: other)
        harness.add(slot, perHostMax: 256, eligibility: check)
        harness.add(other, inFlightMax: 256, perHostMax: 256)
        var turns = 0
        while harness.transport.requests.count < 200, turns < 100 {
            harness.turn()
            turns += 1
        }
        // Not held up: a quantum of skips for each quantum of sends.
        #expect(turns <= 2 + 200 / EngineLimits.sendsPerCampaignQuantum)
        harness.settle()
        #expect(harness.figures(slot).skipped == 6_000)
        #expect(harness.isQuiet(slot))
    }
}

extension ShardEligibilityTests {
    @Test("where consent is needed only those who have given it are sent to, from the next send on")
    func consent() throws {
        let rule = ConsentRule(scope: 9)
        table.insert("r1", 9, .noConsent)
        let check = EligibilityCheck(table: table, scopes: [5, 6], consent: rule)
        let ids = ["r0", "r1"]
        func reasons() -> [DeliveryReason?] {
            ids.map { id in
                unsafe Array(id.utf8).withUnsafeBytes { unsafe check.reason($0) }
            }
        }
        #expect(reasons() == [nil, nil])
        rule.setNeeded(true)
        #expect(reasons() == [.noConsent, nil])
        let harness = ShardHarness()
        harness.page(3)
        harness.add(eligibility: check)
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["r1"])
        table.insert("r1", 5, .suppressed)
        #expect(reasons() == [.noConsent, .suppressed])
    }
}

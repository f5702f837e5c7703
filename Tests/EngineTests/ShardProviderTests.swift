import EngineTesting
import Jinja
import Structures
import Testing

@testable import Engine

@Suite("Providers that complete messages")
struct ShardProviderTests {
    private let provider = ScriptedProvider()

    /// A campaign over the scripted provider to `count` recipients, not begun.
    private func harness(
        _ count: Int, attemptsMax: Int = 3, url: String? = nil, perHostMax: Int = 64
    ) -> ShardHarness {
        let harness = ShardHarness()
        harness.page(count)
        harness.add(
            url: url, attemptsMax: attemptsMax, perHostMax: perHostMax, provider: provider,
            inputs: ["key of {{id}}"])
        return harness
    }

    private func records(_ harness: ShardHarness) -> [DeliveryRecord] {
        harness.settle()
        return harness.store.commits.last?.records ?? []
    }

    @Test("a target names the fields of message and provider, and what is kept of answers")
    func target() {
        let harness = harness(1)
        let target = harness.transport.specifications[0]
        #expect(
            target.requestFieldNames == ["key", "x-token", "x-signature"])
        #expect(target.answer == AnswerParts(bodyBytesMax: 64, fieldNames: ["x-reason"]))
    }

    @Test("a message has what its preparer adds: a token of the time, another body, a signature")
    func prepares() throws {
        let harness = harness(2)
        harness.settle()
        let requests = harness.transport.requests
        #expect(requests.count == 2)
        for (index, request) in requests.enumerated() {
            let body = ScriptedProvider.sealed("r\(index)", with: "key of r\(index)")
            #expect(request.body == body)
            #expect(
                request.fields == [
                    request.key, "token-0", ScriptedProvider.signature(request.key, body),
                ])
        }
    }

    @Test("an attempt is prepared anew, with what holds at its time")
    func preparesAgain() throws {
        let harness = harness(1)
        harness.settle()
        harness.transport.answer(harness.transport.requests[0], 503)
        harness.settle()
        provider.token.withLock { $0 = "token-1" }
        harness.settle()
        harness.advance(milliseconds: 100)
        let requests = harness.transport.requests
        #expect(requests.map { $0.fields[1] } == ["token-0", "token-1"])
        #expect(requests[0].key == requests[1].key)
    }

    @Test("what cannot be prepared yet is tried again, and no attempt is counted")
    func notYet() throws {
        provider.token.withLock { $0 = nil }
        let harness = harness(1, attemptsMax: 1)
        harness.settle()
        harness.advance(milliseconds: 500)
        #expect(harness.transport.requests.isEmpty)
        #expect(harness.figures().attempts == 0)
        provider.token.withLock { $0 = "token-2" }
        harness.advance(milliseconds: ScriptedProvider.waitMilliseconds + 1)
        let request = try #require(harness.transport.requests.first)
        harness.transport.answer(request, 200)
        let record = try #require(records(harness).first)
        #expect(record.status == .sent)
        #expect(record.attempts == 1)
    }

    @Test("what waits to be prepared gives its page back, and is due when it said")
    func notYetParks() throws {
        provider.token.withLock { $0 = nil }
        provider.wait.withLock { $0 = EngineLimits.parkBeyondMilliseconds + 1_000 }
        let harness = harness(1)
        harness.settle()
        let commit = try #require(harness.store.commits.first)
        #expect(commit.records[0].status == .pending)
        #expect(commit.records[0].attempts == 0)
        #expect(
            commit.dueMilliseconds
                == harness.moment.wallMilliseconds + EngineLimits.parkBeyondMilliseconds + 1_001)
    }

    @Test("what can never be prepared fails with its reason and without a request")
    func refused() throws {
        let harness = harness(3)
        provider.refused.withLock { $0 = ["r1"] }
        harness.settle()
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        let records = records(harness)
        #expect(records.map(\.status) == [.sent, .failed, .sent])
        #expect(records[1].reason == .messageTooLarge)
        #expect(records[1].attempts == 0)
        #expect(harness.transport.requests.count == 2)
    }

    @Test("a delivery that may have arrived and cannot be prepared again ends as unknown")
    func refusedAfterUnsure() throws {
        let harness = harness(1)
        harness.settle()
        harness.transport.lose(harness.transport.requests[0], requestLeft: true)
        harness.settle()
        provider.refused.withLock { $0 = ["r0"] }
        harness.settle()
        harness.advance(milliseconds: 100)
        #expect(records(harness).map(\.status) == [.unknown])
    }

    @Test("a prepared body that is too long fails its recipient")
    func tooLong() throws {
        let harness = harness(1)
        provider.padding.withLock { $0 = EngineLimits.bodyBytesMax }
        let record = try #require(records(harness).first)
        #expect(record.status == .failed)
        #expect(record.reason == .messageTooLarge)
        #expect(harness.transport.requests.isEmpty)
    }

    @Test("the verdict reads the body, and an endpoint that is gone is so recorded")
    func bodyReasons() throws {
        let harness = harness(4)
        harness.settle()
        let requests = harness.transport.requests
        harness.transport.answer(requests[0], 400, body: "reason=gone")
        harness.transport.answer(requests[1], 400, body: "reason=7")
        harness.transport.answer(requests[2], 400, body: "reason=later")
        harness.transport.answer(requests[3], 400)
        harness.settle()
        harness.advance(milliseconds: 100)
        let again = try #require(harness.transport.requests.last)
        #expect(harness.transport.requests.count == 5)
        harness.transport.answer(again, 200)
        let records = records(harness)
        #expect(records.map(\.status) == [.failed, .failed, .sent, .failed])
        #expect(records[0].reason == .endpointGone)
        #expect(records[0].reason.label(code: records[0].code) == "endpoint_gone")
        #expect(records[1].reason.label(code: records[1].code) == "provider_7")
        #expect(records[3].reason.label(code: records[3].code) == "http_400")
        #expect(harness.figures().failed == 3)
    }

    @Test("a message that waits for its host is prepared again when it has its turn")
    func waitsForHost() throws {
        let harness = harness(3, url: "http://{{host}}/", perHostMax: 1)
        harness.settle()
        while let request = harness.transport.requests.last,
            harness.figures().sent < 3
        {
            #expect(request.fields[1] == "token-\(harness.figures().sent)")
            provider.token.withLock { $0 = "token-\(harness.figures().sent + 1)" }
            harness.transport.answer(request, 200)
            harness.settle()
        }
        #expect(harness.transport.requests.count == 3)
    }
}

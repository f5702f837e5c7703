import Engine
import Testing

@Suite("Retries and ends of deliveries")
struct ShardRetryTests {
    /// Lets the only recipient's attempts end one after the other, and returns its record.
    private func outcome(
        _ guarantee: DeliveryGuarantee = .atLeastOnce, attemptsMax: Int,
        _ ends: [(ScriptedTransport, ScriptedTransport.Request) -> Void]
    ) throws -> DeliveryRecord {
        let harness = ShardHarness()
        harness.page(1)
        harness.add(guarantee: guarantee, attemptsMax: attemptsMax)
        harness.settle()
        for end in ends {
            let request = try #require(harness.transport.requests.last)
            end(harness.transport, request)
            harness.settle()
            harness.advance(milliseconds: 100)
        }
        #expect(harness.transport.requests.count == ends.count)
        #expect(Set(harness.transport.requests.map(\.key)).count == 1)
        let commit = try #require(harness.store.commits.last)
        #expect(commit.dueMilliseconds == nil)
        return commit.records[0]
    }

    @Test("a delivery whose attempts were all refused has failed, with the last reason")
    func exhausted() throws {
        let record = try outcome(
            attemptsMax: 3,
            [{ $0.answer($1, 500) }, { $0.answer($1, 429) }, { $0.answer($1, 503) }])
        #expect(record.status == .failed)
        #expect(record.reason == .httpStatus && record.code == 503 && record.attempts == 3)
    }

    @Test("it is unknown if one of the attempts may have arrived")
    func exhaustedInDoubt() throws {
        let record = try outcome(
            attemptsMax: 2, [{ $0.lose($1, requestLeft: true) }, { $0.answer($1, 503) }])
        #expect(record.status == .unknown && record.flags == .unsure && record.code == 503)
    }

    @Test("a refusal for good after an attempt in doubt does not make it failed either")
    func refusedAfterDoubt() throws {
        let record = try outcome(
            attemptsMax: 5, [{ $0.lose($1, requestLeft: true) }, { $0.answer($1, 410) }])
        #expect(record.status == .unknown && record.code == 410 && record.attempts == 2)
    }

    @Test("an attempt in doubt that is accepted when repeated is sent")
    func acceptedAfterDoubt() throws {
        let record = try outcome(
            attemptsMax: 2, [{ $0.lose($1, requestLeft: true) }, { $0.answer($1, 200) }])
        #expect(record.status == .sent && record.reason == .none && record.attempts == 2)
    }

    @Test("at most once, an attempt in doubt is the last")
    func atMostOnce() throws {
        let record = try outcome(
            .atMostOnce, attemptsMax: 5, [{ $0.lose($1, requestLeft: true) }])
        #expect(record.status == .unknown && record.reason == .connectionLost)
        #expect(record.code == 56)
    }

    @Test("at most once, an attempt of which nothing left is repeated")
    func atMostOnceNothingLeft() throws {
        let record = try outcome(
            .atMostOnce, attemptsMax: 5,
            [{ $0.lose($1, requestLeft: false) }, { $0.answer($1, 201) }])
        #expect(record.status == .sent && record.code == 201)
    }

    @Test("a refusal for good ends it at once")
    func refused() throws {
        let record = try outcome(attemptsMax: 5, [{ $0.answer($1, 404) }])
        #expect(record.status == .failed && record.code == 404 && record.attempts == 1)
    }

    @Test("nothing is tried before the time that Retry-After names, to the nanosecond")
    func retryAfter() {
        for offset in stride(from: Int64(0), to: 1_000_000, by: 99_991) {
            let harness = ShardHarness()
            harness.page(1)
            harness.add()
            harness.settle()
            harness.advance(nanoseconds: offset)
            harness.transport.answer(harness.transport.requests[0], 503, retryAfterSeconds: 1)
            harness.settle()
            harness.advance(nanoseconds: 999_999_999)
            #expect(harness.transport.requests.count == 1)
            harness.advance(nanoseconds: 3_000_000)
            #expect(harness.transport.requests.count == 2)
        }
    }

    @Test("a recipient that cannot be rendered fails alone, without a request")
    func unrenderable() throws {
        let harness = ShardHarness()
        harness.store.add(
            [("a", "a.test"), ("b", "no host"), ("c", "c.test")], of: SendSlot(0))
        harness.add(url: "http://{{host}}/")
        harness.settle()
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.transport.requests.map(\.body) == ["a", "c"])
        let records = try #require(harness.store.commits.first).records
        #expect(records.map(\.status) == [.sent, .failed, .sent])
        #expect(records[1].reason == .urlInvalid && records[1].attempts == 0)
    }
}

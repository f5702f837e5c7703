import Testing

/// Connections that end without an answer: nobody knows whether the message was taken.
@Suite(.serialized) struct LostAnswerTests {
    @Test func atMostOnceListsThemAsUnknownAndNeverSendsTwice() async throws {
        try await Workbench.use { bench in
            // One connection for all: every second request goes out on one that has served before,
            // where an HTTP library is tempted to try again by itself.
            let server = try bench.server { request in
                request.key.hasSuffix("-1") || request.key.hasSuffix("-3")
                    ? .hangUp : .status(200)
            }
            try await bench.run(
                bench.send(
                    bench.audience(10), to: server.url,
                    [
                        "--guarantee", "at-most-once", "--connections", "1", "--shards", "1",
                        "--attempts", "5",
                    ]), exits: 3)
            #expect(server.requests.count == 10)
            #expect(server.requests.allSatisfy { $0.repetition == 0 })
            let report = try bench.report()
            #expect(report.guarantee == "at-most-once")
            #expect(report.sent == 8)
            #expect(report.unknown == 2)
            #expect(report.failures == ["connection_lost": 2])
            let unknown = try await bench.outcomes(["--status", "unknown"])
            #expect(unknown.map(\.ordinal) == [1, 3])
            #expect(try await bench.verify() == Account(total: 10, sent: 8, unknown: 2))

            server.change { _ in .status(200) }
            try await bench.run(["retry", bench.state, "--status", "unknown"])
            let again = server.requests.dropFirst(10).map(\.key).sorted()
            #expect(again == unknown.map { $0.key + "-r1" }, "a person asked: a new key")
            #expect(try await bench.verify() == Account(total: 10, sent: 10))
        }
    }

    @Test func atLeastOnceSendsThemAgainWithTheSameKey() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { $0.repetition == 0 ? .hangUp : .status(200) }
            try await bench.run(bench.send(bench.audience(10), to: server.url))
            #expect(server.requests.count == 20)
            #expect(Set(server.requests.map(\.key)).count == 10)
            #expect(try await bench.verify() == Account(total: 10, sent: 10))
        }
    }
}

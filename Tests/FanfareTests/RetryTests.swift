import Testing

/// Answers other than success: repeated by the program, or recorded and sent anew by a person.
@Suite(.serialized) struct RetryTests {
    @Test func refusedMessagesFailByReasonAndAreSentAnewUnderNewKeys() async throws {
        try await Workbench.use { bench in
            let refusing = try await bench.sinkOnKeptPort(["--respond", "400:1"])
            let audience = try bench.audience(50)
            let ending = try await bench.run(bench.send(audience, to: refusing.url), exits: 3)
            #expect(ending.errors.contains("http_400"))
            #expect(ending.errors.contains("fanfare outcomes \(bench.state) --status failed"))
            let report = try bench.report()
            #expect(report.end == "completed")
            #expect(report.failed == 50)
            #expect(report.attempts == 50, "a 400 is not repeated")
            #expect(report.failures == ["http_400": 50])
            #expect(try await refusing.stop().requests == 50)
            #expect(try await bench.verify() == Account(total: 50, sent: 0, failed: 50))
            let failed = try await bench.outcomes(["--status", "failed"])
            #expect(failed.count == 50)
            #expect(failed.allSatisfy { $0.reason == "http_400" && $0.code == 400 })
            #expect(try await bench.outcomes(["--status", "sent"]).isEmpty)
            // The audience is in the state directory; its file may go.
            try bench.remove("audience.csv")

            let healthy = try await bench.sink(port: refusing.port)
            let none = try await bench.run(
                ["retry", bench.state, "--status", "failed", "--reason", "http_500"])
            #expect(none.errors.contains("nothing to retry"))
            #expect(try healthy.figures().requests == 0)
            try await bench.run(
                [
                    "retry", bench.state, "--status", "failed", "--report",
                    bench.path("report.json"),
                ])
            #expect(try bench.report().sent == 50)
            let figures = try healthy.figures()
            #expect(figures.requests == 50)
            #expect(figures.distinctKeys == 50)
            let keys = try await bench.outcomes(["--status", "sent"]).map(\.key)
            #expect(keys == failed.map { $0.key + "-r1" })
            #expect(try await bench.verify() == Account(total: 50, sent: 50))
        }
    }

    @Test func aRetryCanPickOneReason() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                switch Self.ordinal(request) % 3 {
                case 0: .status(200)
                case 1: .status(404)
                default: .status(410)
                }
            }
            try await bench.run(bench.send(bench.audience(30), to: server.url), exits: 3)
            #expect(try bench.report().failures == ["http_404": 10, "http_410": 10])
            let gone = try await bench.outcomes(["--reason", "http_410"])
            #expect(gone.map(\.ordinal) == Array(stride(from: 2, to: 30, by: 3)))

            server.change { _ in .status(204) }
            let retry = try await bench.run(
                ["retry", bench.state, "--status", "failed", "--reason", "http_410"], exits: 3)
            #expect(retry.errors.contains("retrying 10 recipients"))
            #expect(try await bench.verify() == Account(total: 30, sent: 20, failed: 10))
            let again = server.requests.dropFirst(30).map(\.key)
            #expect(again.sorted() == gone.map { $0.key + "-r1" }.sorted())
            #expect(try await bench.outcomes(["--status", "failed"]).allSatisfy { $0.code == 404 })
        }
    }

    @Test func temporaryRefusalsAreRepeatedWithTheSameKeyUntilAccepted() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { request in
                guard request.repetition == 0 else { return .status(200) }
                switch Self.ordinal(request) % 4 {
                case 0: return .status(429, headers: ["Retry-After: 1"])
                case 1: return .status(503, headers: ["Retry-After: 1"])
                case 2: return .status(500)
                default: return .status(200)
                }
            }
            try await bench.run(bench.send(bench.audience(40), to: server.url))
            let report = try bench.report()
            #expect(report.sent == 40)
            #expect(report.attempts == 70)
            #expect(report.failures.isEmpty)
            #expect(server.requests.count == 70)
            for row in try await bench.outcomes() {
                let attempts = server.requests.count { $0.key == row.key }
                #expect(attempts == (row.ordinal % 4 == 3 ? 1 : 2))
                #expect(row.attempts == attempts)
                #expect(row.reason == "none")
            }
        }
    }

    @Test func attemptsEndWithTheLastReason() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink(["--respond", "429:1"])
            try await bench.run(
                bench.send(bench.audience(5), to: sink.url, ["--attempts", "2"]), exits: 3)
            let report = try bench.report()
            #expect(report.failures == ["http_429": 5])
            #expect(report.attempts == 10)
            let figures = try sink.figures()
            #expect(figures.requests == 10)
            #expect(figures.distinctKeys == 5)
            #expect(figures.duplicates == 5)
        }
    }

    @Test func nobodyListeningIsAFailureThatNamesIt() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sinkOnKeptPort()
            _ = try await sink.stop()
            try await bench.run(
                bench.send(bench.audience(3), to: sink.url, ["--attempts", "1"]), exits: 3)
            #expect(try bench.report().failures == ["connect_failed": 3])
            let healthy = try await bench.sink(port: sink.port)
            try await bench.run(["retry", bench.state, "--status", "failed"])
            #expect(try healthy.figures().distinctKeys == 3)
        }
    }

    private static func ordinal(_ request: RecordedRequest) -> Int {
        let parts = request.key.split(separator: "-")
        return parts.count > 1 ? Int(parts[1]) ?? 0 : 0
    }
}

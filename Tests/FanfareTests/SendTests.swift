import Foundation
import Testing

/// A campaign from the file to the receiver, and what is on record afterwards.
@Suite(.serialized) struct SendTests {
    @Test func everybodyIsSentOnceAndTheAccountCloses() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            try await bench.run(bench.send(bench.audience(2_500), to: sink.url))

            let report = try bench.report()
            #expect(report.end == "completed")
            #expect(report.guarantee == "at-least-once")
            #expect(report.recipients == 2_500)
            #expect(report.sent == 2_500)
            #expect(report.attempts == 2_500)
            #expect(report.sends == 2_500)
            #expect(report.failures.isEmpty)
            #expect(try await bench.verify() == Account(total: 2_500, sent: 2_500))
            let figures = try sink.figures()
            #expect(figures.requests == 2_500)
            #expect(figures.distinctKeys == 2_500)
            #expect(figures.duplicates == 0)
            #expect(figures.requestsWithoutKey == 0)
            #expect(figures.statuses == ["200": 2_500])
        }
    }

    @Test func outcomesListEachRecipientOnceInBothFormats() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            try await bench.run(bench.send(bench.audience(40), to: server.url))

            let csv = try await bench.run(["outcomes", bench.state, "--format", "csv"]).output
            let header =
                "user_id,ordinal,status,reason,code,attempts,time,latency_us,body_bytes,key"
            #expect(csv.hasPrefix(header + "\n"))
            let rows = Outcome.parse(csv: csv)
            #expect(rows == (try await bench.outcomes()))
            #expect(rows.map(\.userId) == (0..<40).map { "u\($0)" })
            #expect(rows.map(\.ordinal) == Array(0..<40))
            #expect(rows.allSatisfy { $0.status == "sent" && $0.code == 200 && $0.attempts == 1 })
            // The keys on record are those that the receiver saw, and so are the sizes.
            let requests = server.requests
            #expect(requests.count == 40)
            #expect(Set(rows.map(\.key)) == Set(requests.map(\.key)))
            let sizes = Dictionary(grouping: requests, by: \.key).mapValues {
                $0[0].body.utf8.count
            }
            for row in rows { #expect(sizes[row.key] == row.bodyBytes) }
        }
    }

    @Test func theTemplateSeesVariablesAtTopLevelAndUnderReceiver() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.template("{{ receiver.id }}|{{ order }}|{{ receiver.order }}")
            try await bench.run(bench.send(bench.audience(3), to: server.url))
            let bodies = server.requests.map(\.body).sorted()
            #expect(bodies == ["u0|1000|1000", "u1|1001|1001", "u2|1002|1002"])
        }
    }

    @Test func aCampaignWithoutAStateDirectoryMakesAFolderOfItsOwn() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            _ = try bench.audience(2)
            _ = try bench.template()
            for _ in 0..<2 {
                let ending = try await bench.shell(
                    "\"$0\" send --audience audience.csv --template template.j2 --quiet "
                        + "--webhook \(server.url) --allow-private-networks")
                #expect(ending.how == .exit(0), "\(ending.errors)")
            }
            let folders = try FileManager.default.contentsOfDirectory(
                atPath: bench.path("fanfare-state"))
            #expect(folders.count == 2)
            for folder in folders {
                let verified = try await bench.run(
                    ["verify", bench.path("fanfare-state/\(folder)")])
                #expect(Account(parsing: verified.output) == Account(total: 2, sent: 2))
            }
        }
    }

    @Test func oneShardWithOneConnectionSendsInTheOrderOfTheAudience() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            try await bench.run(
                bench.send(
                    bench.audience(30), to: server.url,
                    ["--shards", "1", "--connections", "1", "--rate", "500/s", "--burst", "5"]))
            let order = server.requests.map { $0.key.split(separator: "-")[1] }
            #expect(order == (0..<30).map { "\($0)" })
        }
    }

    @Test func theReportIsWrittenAndNothingIsSaidWhenQuiet() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            let quiet = try await bench.run(
                bench.send(bench.audience(20), to: sink.url, ["--quiet"]))
            #expect(quiet.output.isEmpty)
            #expect(quiet.errors.isEmpty)
            #expect(try bench.report().sent == 20)

            let resumed = try await bench.run(["resume", bench.state])
            #expect(resumed.output.isEmpty, "standard output is for what was asked for")
            #expect(resumed.errors.contains("completed"))
            #expect(try sink.figures().requests == 20)
        }
    }

    @Test func aCampaignGoesOnWhenNobodyReadsItsMessages() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let arguments = try bench.send(bench.audience(20), to: server.url)
                .map { "'\($0)'" }.joined(separator: " ")
            // `true` is gone before the first message.
            let ending = try await bench.shell(
                "{ sleep 0.2; \"$0\" \(arguments) 2>&1; echo $? > code; } | true")
            #expect(ending.how == .exit(0))
            try await Deadline.wait(for: "the exit code") { bench.exists("code") }
            #expect(try bench.read("code") == "0\n")
            #expect(server.requests.count == 20)
        }
    }
}

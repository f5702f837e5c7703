import Glibc
import Testing

/// Ctrl-C: once to finish what is on the wire, twice to stop at once.
@Suite(.serialized) struct InterruptTests {
    @Test(arguments: [SIGINT, SIGTERM])
    func whatIsOnTheWireIsFinishedAndTheWayToGoOnIsPrinted(_ signal: Int32) async throws {
        try await Workbench.use { bench in
            // The burst is on the wire for a while, and the rest is far from its turn.
            let sink = try await bench.sink(["--latency", "500ms"])
            let program = try bench.start(
                bench.send(
                    bench.audience(200), to: sink.url,
                    [
                        "--shards", "1", "--connections", "200", "--rate", "10/s", "--burst", "20",
                    ]))
            try await sink.waitForRequests(20)
            program.send(signal: signal)
            let ending = try await bench.end(program, exits: 1)
            #expect(ending.errors.contains("stopping"))
            #expect(ending.errors.contains("fanfare resume \(bench.state)\n"))

            let report = try bench.report()
            #expect(report.end == "interrupted")
            #expect(report.pending > 0)
            let figures = try sink.figures()
            #expect(report.sent == figures.accepted, "every answer was waited for and recorded")
            #expect(report.sent == figures.requests)
            let account = try await bench.verify()
            #expect(account == Account(total: 200, sent: report.sent, pending: report.pending))

            try await bench.run(["resume", bench.state, "--rate", "1000/s"])
            #expect(try await bench.verify() == Account(total: 200, sent: 200))
            let final = try sink.figures()
            #expect(final.distinctKeys == 200)
            #expect(final.duplicates == 0)
        }
    }

    @Test func aSecondSignalStopsAtOnceAndLosesNobody() async throws {
        try await Workbench.use { bench in
            let stalling = try await bench.sinkOnKeptPort(["--stall", "1.0"])
            let program = try bench.start(
                bench.send(
                    bench.audience(20), to: stalling.url,
                    ["--shards", "1", "--connections", "4", "--timeout", "10m"]))
            try await stalling.waitForRequests(4)
            program.send(signal: SIGINT)
            try await Deadline.wait(for: "the first signal's note", details: { program.errors }) {
                program.errors.contains("stopping")
            }
            #expect(program.isRunning, "it waits for the answers")
            program.send(signal: SIGINT)
            try await bench.end(program, exits: 1, within: Deadline.atOnce)
            #expect(try await bench.verify() == Account(total: 20, sent: 0, pending: 20))
            let stalled = try await stalling.stop()
            #expect(stalled.requests == 4)

            let healthy = try await bench.sink(port: stalling.port)
            let resumed = try await bench.run(["resume", bench.state])
            #expect(resumed.errors.contains("4 requests were on the wire"))
            #expect(try await bench.verify() == Account(total: 20, sent: 20))
            #expect(try healthy.figures().distinctKeys == 20)
        }
    }

    @Test func aStateDirectoryInUseIsReadByOthersAndWrittenByNone() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink(["--stall", "1.0"])
            let arguments = try bench.send(
                bench.audience(10), to: sink.url,
                ["--shards", "1", "--connections", "2", "--timeout", "10m"])
            let program = try bench.start(arguments)
            try await sink.waitForRequests(2)

            #expect(try await bench.verify() == Account(total: 10, sent: 0, pending: 10))
            #expect(
                try await bench.outcomes().map(\.status) == .init(repeating: "pending", count: 10))
            let writers = [
                ["resume", bench.state], ["retry", bench.state, "--status", "failed"], arguments,
            ]
            for command in writers {
                let ending = try await bench.run(command, exits: 2)
                #expect(ending.errors.contains(bench.state))
                #expect(ending.errors.contains("locked"), "\(command): \(ending.errors)")
            }
            #expect(program.isRunning)
            #expect(try sink.figures().requests == 2)
            try await program.kill9()
        }
    }

    @Test func afterwardsTheDirectoryBelongsToItsCampaign() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink()
            let arguments = try bench.send(bench.audience(10), to: sink.url)
            try await bench.run(arguments)
            let again = try await bench.run(arguments, exits: 2)
            #expect(again.errors.contains("--state: \(bench.state) holds a campaign already"))
            #expect(again.errors.contains("fanfare resume \(bench.state)"))
            try await bench.run(["resume", bench.state])
            #expect(try sink.figures().requests == 10)
        }
    }
}

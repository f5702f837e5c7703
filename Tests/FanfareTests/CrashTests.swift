import Foundation
import Glibc
import Testing

/// SIGKILL at any moment: `resume` goes on, and nobody is lost.
@Suite(.serialized) struct CrashTests {
    /// A page for each of two shards.
    private static let recipients = 1_500
    private static let connections = 32
    private static let killAfter = [100, 200, 300]
    /// With this many sends a second and so slow answers, a kill meets some ten requests on the
    /// wire, and a late one still finds recipients to be sent.
    private static let rate = "200/s"
    private static let latency = "50ms"

    private func start(_ bench: Workbench, _ sink: Sink, guarantee: String) throws -> Program {
        try bench.start(
            bench.send(
                bench.audience(Self.recipients), to: sink.url,
                [
                    "--guarantee", guarantee, "--connections", "\(Self.connections)",
                    "--shards", "2", "--rate", Self.rate,
                ]))
    }

    /// Kills a campaign and each of its resumptions when the sink has seen so many requests.
    private func killAndResume(
        _ first: Program, _ bench: Workbench, _ sink: Sink, exits code: Int32
    ) async throws {
        var program = first
        for requests in Self.killAfter {
            try await sink.waitForRequests(requests)
            #expect(program.isRunning)
            try await program.kill9()
            if bench.exists("audience.csv") { try bench.remove("audience.csv") }
            // The killed state is whole without any repair.
            let killed = try await bench.verify()
            #expect(killed.total == Self.recipients)
            #expect(killed.pending > 0)
            let rows = try await bench.run(["outcomes", bench.state]).output
            #expect(rows.utf8.count { $0 == UInt8(ascii: "\n") } == Self.recipients + 1)
            let isLast = requests == Self.killAfter.last
            program = try bench.start(
                ["resume", bench.state, "--report", bench.path("report.json")]
                    + (isLast ? ["--rate", "unlimited"] : []))
        }
        try await bench.end(program, exits: code)
    }

    @Test func atLeastOnceLosesNobodyOverSeveralKills() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink(["--latency", Self.latency])
            let program = try start(bench, sink, guarantee: "at-least-once")
            try await killAndResume(program, bench, sink, exits: 0)
            let all = Self.recipients
            #expect(try await bench.verify() == Account(total: all, sent: all))
            #expect(try bench.report().sent == all)
            let figures = try sink.figures()
            #expect(figures.distinctKeys == all)
            #expect(figures.duplicates <= Self.killAfter.count * Self.connections)
        }
    }

    @Test func atMostOnceSendsNobodyTwiceOverSeveralKills() async throws {
        try await Workbench.use { bench in
            let sink = try await bench.sink(["--latency", Self.latency])
            let program = try start(bench, sink, guarantee: "at-most-once")
            try await killAndResume(program, bench, sink, exits: 3)
            let account = try await bench.verify()
            #expect(account.sent + account.unknown == Self.recipients)
            #expect(account.unknown > 0)
            #expect(account.unknown <= Self.killAfter.count * Self.connections)
            #expect(try bench.report().failures == ["crashed": account.unknown])
            let figures = try sink.figures()
            #expect(figures.duplicates == 0)
            #expect(figures.distinctKeys >= account.sent)
            let unknown = try await bench.outcomes(["--status", "unknown"])
            #expect(unknown.count == account.unknown)
            #expect(unknown.allSatisfy { $0.reason == "crashed" })
        }
    }

    @Test func aKilledImportIsBegunAnewInTheSameDirectory() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let program = try await endlessImport(bench, to: server.url)
            try await program.kill9()

            for command in [["resume"], ["verify"], ["outcomes"], ["retry", "--status", "failed"]] {
                let ending = try await bench.run(command + [bench.state], exits: 2)
                #expect(ending.errors.contains("fanfare send --state \(bench.state)"))
            }
            #expect(server.requests.isEmpty)
            try await bench.run(bench.send(bench.audience(25), to: server.url))
            #expect(server.requests.count == 25)
            #expect(try await bench.verify() == Account(total: 25, sent: 25))
        }
    }

    @Test func anInterruptedImportSendsNothingAndLeavesTheDirectoryFree() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let program = try await endlessImport(bench, to: server.url)
            program.send(signal: SIGINT)
            let ending = try await bench.end(program, exits: 1)
            #expect(ending.errors.contains("interrupted before anything was sent"))
            #expect(server.requests.isEmpty)
            try await bench.run(bench.send(bench.audience(25), to: server.url))
            #expect(server.requests.count == 25)
        }
    }

    /// Starts a campaign whose audience does not end, and waits until pages of it are stored.
    private func endlessImport(_ bench: Workbench, to url: String) async throws -> Program {
        let code = unsafe mkfifo(bench.path("endless"), 0o600)
        try #require(code == 0)
        _ = try bench.start(
            ["generate", "--recipients", "1000000000", "--output", bench.path("endless")])
        let program = try bench.start(bench.send(bench.path("endless"), to: url))
        try await Deadline.wait(for: "pages of the import", details: { program.errors }) {
            let names = try? FileManager.default.contentsOfDirectory(atPath: bench.state)
            let sizes = (names ?? []).map { name in
                let attributes = try? FileManager.default.attributesOfItem(
                    atPath: "\(bench.state)/\(name)")
                return attributes?[.size] as? Int ?? 0
            }
            return sizes.reduce(0, +) > 300 << 10
        }
        #expect(program.isRunning)
        return program
    }
}

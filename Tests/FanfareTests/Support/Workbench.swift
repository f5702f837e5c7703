import Foundation
import Glibc
import Synchronization
import Testing

/// A folder of its own for one test, and every process that the test started.
///
/// `use` ends the processes, each by its id, and removes the folder, however the test goes.
final class Workbench: Sendable {
    let folder: String
    private let programs = Mutex<[Program]>([])
    private let servers = Mutex<[RecordingServer]>([])

    private init() throws {
        folder =
            FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-tests-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    /// Runs the body of a test.
    static func use(_ body: (Workbench) async throws -> Void) async throws {
        let bench = try Workbench()
        defer { bench.clear() }
        try await body(bench)
    }

    private func clear() {
        for server in servers.withLock({ $0 }) { server.stop() }
        let programs = programs.withLock { $0 }
        for program in programs { program.send(signal: SIGKILL) }
        // A process that is still dying could make a file in the folder while it is removed.
        for _ in 0..<500 where programs.contains(where: \.isRunning) { usleep(2_000) }
        try? FileManager.default.removeItem(atPath: folder)
    }

    // MARK: Files

    func path(_ name: String) -> String { "\(folder)/\(name)" }

    var state: String { path("state") }

    func exists(_ name: String) -> Bool {
        FileManager.default.fileExists(atPath: path(name))
    }

    @discardableResult
    func write(_ text: String, to name: String) throws -> String {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path(name)))
        return path(name)
    }

    func read(_ name: String) throws -> String {
        String(decoding: try Data(contentsOf: URL(fileURLWithPath: path(name))), as: UTF8.self)
    }

    func remove(_ name: String) throws {
        try FileManager.default.removeItem(atPath: path(name))
    }

    // MARK: Programs

    /// Starts `fanfare`, or another program.
    func start(
        _ arguments: [String], input: String? = nil, environment: [String: String] = [:],
        executable: String = FanfareBinary.path
    ) throws -> Program {
        try programs.withLock { programs in
            let program = try Program(
                executable, arguments, input: input, environment: environment,
                files: path("program-\(programs.count)"))
            programs.append(program)
            return program
        }
    }

    /// Runs `fanfare` to its end and expects an exit code.
    @discardableResult
    func run(
        _ arguments: [String], exits code: Int32 = 0, input: String? = nil,
        environment: [String: String] = [:], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Ending {
        let ending = try await start(arguments, input: input, environment: environment).end()
        expect(ending, exits: code, of: arguments, sourceLocation)
        return ending
    }

    /// Waits for the end of a program and expects an exit code.
    @discardableResult
    func end(
        _ program: Program, exits code: Int32, within limit: Duration = Deadline.standard,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> Ending {
        let ending = try await program.end(within: limit)
        expect(ending, exits: code, of: program.arguments, sourceLocation)
        return ending
    }

    private func expect(
        _ ending: Ending, exits code: Int32, of arguments: [String],
        _ sourceLocation: SourceLocation
    ) {
        #expect(
            ending.how == .exit(code),
            "\(arguments)\n\(ending.errors)\n\(ending.output.prefix(2_000))",
            sourceLocation: sourceLocation)
    }

    /// Runs a line of shell; `$0` is `fanfare`, and the bench's folder is the working directory.
    func shell(_ line: String) async throws -> Ending {
        try await start(
            ["-c", "cd '\(folder)' && \(line)", FanfareBinary.path], executable: "/bin/sh"
        ).end()
    }

    // MARK: Receivers

    /// Starts a sink and waits until it listens.
    func sink(_ options: [String] = [], port: UInt16 = 0) async throws -> Sink {
        let program = try start(["sink", "--listen", "127.0.0.1:\(port)"] + options)
        return try await Sink(program)
    }

    /// Starts a sink on a port that another one can listen on after it.
    ///
    /// The kernel takes the ports of connections from a range above these, so that none of them
    /// comes between.
    func sinkOnKeptPort(_ options: [String] = []) async throws -> Sink {
        for _ in 0..<50 {
            let port = UInt16.random(in: 20_000..<30_000)
            if let sink = try? await sink(options, port: port) { return sink }
        }
        throw Deadline.Passed(description: "found no free port in 50 attempts")
    }

    /// Starts a server in this process that keeps every request.
    func server(
        _ script: @escaping @Sendable (RecordedRequest) -> RecordingServer.Reply = { _ in
            .status(200)
        }
    ) throws -> RecordingServer {
        let server = try RecordingServer(script)
        servers.withLock { $0.append(server) }
        return server
    }
}

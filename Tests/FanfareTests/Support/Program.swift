import Foundation
import Glibc

/// A process that a test started, with its output in files: no pipe can fill up and stop it.
final class Program: Sendable {
    let arguments: [String]
    private let process: Process
    private let outputPath: String
    private let errorPath: String

    /// Starts a program.
    ///
    /// - Parameters:
    ///   - executable: Its path.
    ///   - arguments: What it is called with.
    ///   - input: The file that is its standard input; nothing when `nil`.
    ///   - environment: Variables beside those of this process, of which those for Fanfare and for
    ///     proxies are left out.
    ///   - files: The path, without an ending, of the files that take its output.
    /// - Throws: What Foundation throws when it cannot be started.
    init(
        _ executable: String, _ arguments: [String], input: String?,
        environment: [String: String] = [:], files: String
    ) throws {
        self.arguments = arguments
        outputPath = files + ".out"
        errorPath = files + ".err"
        process = Process()
        process.executableURL = URL(fileURLWithPath: executable)
        process.arguments = arguments
        process.environment = ProcessInfo.processInfo.environment
            .filter { !$0.key.hasPrefix("FANFARE_") && !$0.key.lowercased().hasSuffix("_proxy") }
            .merging(environment) { _, new in new }
        process.standardInput =
            try input.map {
                try FileHandle(forReadingFrom: URL(fileURLWithPath: $0))
            } ?? FileHandle.nullDevice
        process.standardOutput = try Self.newFile(outputPath)
        process.standardError = try Self.newFile(errorPath)
        try Self.withoutBlockedSignals { try process.run() }
    }

    /// Starts a process with no signal blocked.
    ///
    /// It inherits what the thread that starts it has blocked, and the threads of a test runner
    /// block nearly all.
    private static func withoutBlockedSignals(_ body: () throws -> Void) rethrows {
        var none = sigset_t()
        var before = sigset_t()
        unsafe sigemptyset(&none)
        unsafe pthread_sigmask(SIG_SETMASK, &none, &before)
        defer { unsafe _ = pthread_sigmask(SIG_SETMASK, &before, nil) }
        try body()
    }

    private static func newFile(_ path: String) throws -> FileHandle {
        try Data().write(to: URL(fileURLWithPath: path))
        return try FileHandle(forWritingTo: URL(fileURLWithPath: path))
    }

    /// What it has written to standard output so far.
    var output: String { Self.text(outputPath) }

    /// What it has written to standard error so far.
    var errors: String { Self.text(errorPath) }

    var isRunning: Bool { process.isRunning }

    var id: Int32 { process.processIdentifier }

    private static func text(_ path: String) -> String {
        String(decoding: FileManager.default.contents(atPath: path) ?? Data(), as: UTF8.self)
    }

    func send(signal: Int32) {
        if process.isRunning { kill(process.processIdentifier, signal) }
    }

    /// Kills it and waits for its end.
    func kill9() async throws {
        send(signal: SIGKILL)
        _ = try await end()
    }

    /// Waits for its end.
    ///
    /// - Parameter limit: A program that takes longer is killed.
    /// - Returns: How it ended.
    /// - Throws: `Deadline.Passed` with what it said so far.
    func end(within limit: Duration = Deadline.standard) async throws -> Ending {
        do {
            try await Deadline.wait(
                for: "the end of \(arguments)", within: limit,
                details: { "it said: \(errors)" }, until: { !isRunning })
        } catch {
            send(signal: SIGKILL)
            throw error
        }
        let isSignal = process.terminationReason == .uncaughtSignal
        return Ending(
            how: isSignal
                ? .signal(process.terminationStatus) : .exit(process.terminationStatus),
            output: output, errors: errors)
    }
}

/// How a program ended and what it said.
struct Ending: Sendable {
    enum How: Equatable, Sendable {
        case exit(Int32)
        case signal(Int32)
    }

    let how: How
    let output: String
    let errors: String
}

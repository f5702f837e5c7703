import ArgumentParser
import Control
import ControlREST
import Dispatch
import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs the control plane and its API.
struct ServeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "serve",
        abstract: "Run Fanfare as a service with a REST API.",
        discussion: """
            The first start makes the data directory, an app and an admin key, which is printed
            this once. Campaigns that ran when the server was stopped, or killed, go on at the next
            start.
            """)

    @Option(help: ArgumentHelp("Where everything is kept; one server at a time.", valueName: "dir"))
    var data: String

    @Option(help: ArgumentHelp("Where to listen.", valueName: "host:port"))
    var listen = "127.0.0.1:8080"

    @Flag(help: "Let webhooks go to loopback, private and link-local addresses.")
    var allowPrivateNetworks = false

    func run() throws {
        let parts = listen.split(separator: ":")
        guard let port = parts.last.flatMap({ Int($0) }), (0...65_535).contains(port),
            parts.count >= 2
        else {
            throw CommandFailure.usage("--listen: “\(listen)” is not of the form host:port")
        }
        let host = parts.dropLast().joined(separator: ":")
        try FileManager.default.createDirectory(
            atPath: data, withIntermediateDirectories: true,
            attributes: [.posixPermissions: 0o700])
        FileDescriptors.raiseLimit()
        var options = ControlOptions(
            dataDirectory: data, shards: ProcessInfo.processInfo.activeProcessorCount,
            inFlightMax: 1_024)
        options.allowsPrivateNetworks = allowPrivateNetworks
        try BlockingTask.run { [options] in
            try await Self.serve(options, host: host, port: port)
        }
    }

    private static func serve(_ options: ControlOptions, host: String, port: Int) async throws {
        let logger = Logger(label: "fanfare")
        let control = try ControlPlane(options, logger: logger)
        if let secret = try await control.makeFirstApp() {
            // Past the buffer of `print`: who redirects the output wants the key while it runs.
            Terminal.output("The admin key of the first app, shown this once:\n\(secret)")
        }
        let application = ControlService.application(
            control, host: host, port: port, logger: logger
        ) { port in
            Terminal.note("listening on http://\(host):\(port)")
        }
        let group = ServiceGroup(
            configuration: .init(
                services: [.init(service: ControlLoop(control)), .init(service: application)],
                gracefulShutdownSignals: [.sigterm, .sigint], logger: logger))
        try await group.run()
        try await control.close()
    }
}

/// Waits on a thread for what is asynchronous.
enum BlockingTask {
    /// Runs a task to its end and throws what it throws.
    static func run(_ body: @escaping @Sendable () async throws -> Void) throws {
        let done = DispatchSemaphore(value: 0)
        let box = Outcome()
        Task {
            do { try await body() } catch { box.error = error }
            done.signal()
        }
        done.wait()
        if let error = box.error { throw error }
    }

    // SAFETY: written before the semaphore is signalled, read after it was waited for.
    private final class Outcome: @unchecked Sendable {
        var error: (any Error)?
    }
}

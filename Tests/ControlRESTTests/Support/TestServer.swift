import Control
import ControlDirectory
import Foundation
import FoundationNetworking
import JSON
import Logging
import PrometheusMetrics
import ServiceLifecycle
import Testing

@testable import ControlREST

/// A real server on a port of its own, over a real database in a folder of its own.
final class TestServer: Sendable {
    let control: ControlPlane
    let base: URL
    /// The admin key of the first app.
    let adminKey: String
    private let task: Task<Void, any Error>
    private let group: ServiceGroup

    private init(
        _ control: ControlPlane, port: Int, adminKey: String, task: Task<Void, any Error>,
        group: ServiceGroup
    ) {
        self.control = control
        guard let base = URL(string: "http://127.0.0.1:\(port)") else {
            preconditionFailure("a port makes no URL")
        }
        self.base = base
        self.adminKey = adminKey
        self.task = task
        self.group = group
    }

    /// Runs a test with a folder of its own.
    static func inFolder(_ body: (String) async throws -> Void) async throws {
        let directory = FileManager.default.temporaryDirectory
            .appendingPathComponent("fanfare-control-\(UUID().uuidString)").path
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: directory) }
        try await body(directory)
    }

    /// Runs a test against a server and stops it.
    static func with(
        _ change: (inout ControlOptions) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await inFolder { directory in
            let server = try await start(in: directory, change)
            do {
                try await body(server)
            } catch {
                await server.stop()
                throw error
            }
            await server.stop()
        }
    }

    /// Starts a server over a folder; for tests that start it again.
    static func start(
        in directory: String, key: String? = nil,
        _ change: (inout ControlOptions) -> Void = { _ in }
    ) async throws -> TestServer {
        var options = ControlOptions(dataDirectory: directory, shards: 2, inFlightMax: 64)
        options.allowsPrivateNetworks = true
        change(&options)
        var logger = Logger(label: "test")
        logger.logLevel = .error
        let control = try ControlPlane(options, logger: logger)
        try await control.prepare()
        let made = try await control.makeFirstApp()
        let ports = AsyncStream<Int>.makeStream()
        let metrics = MetricsRegistry()
        metrics.addCollector { page in await ControlMetrics.collect(control, into: &page) }
        var service = ServiceOptions()
        service.metrics = { await metrics.text() }
        let application = ControlService.application(
            control, host: "127.0.0.1", port: 0, logger: logger, options: service
        ) { port in ports.continuation.yield(port) }
        let group = ServiceGroup(
            configuration: .init(
                services: [
                    .init(service: ControlLoop(control)), .init(service: application),
                ], logger: logger))
        let task = Task { try await group.run() }
        var iterator = ports.stream.makeAsyncIterator()
        guard let port = await iterator.next() else { throw Failure.noPort }
        return TestServer(
            control, port: port, adminKey: made ?? key ?? "", task: task, group: group)
    }

    enum Failure: Error { case noPort }

    func stop() async {
        await group.triggerGracefulShutdown()
        _ = try? await task.value
        try? control.database.close()
    }

    /// What a request got.
    struct Reply: Sendable {
        let status: Int
        let headers: [String: String]
        let bytes: Data

        /// The body as JSON; null when it is none.
        var json: JSONValue { (try? JSONValue(parsing: Array(bytes))) ?? .null }
        var text: String { String(decoding: bytes, as: UTF8.self) }
        var code: String? { json["code"]?.string }
    }

    /// Makes a request.
    func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil,
        headers: [String: String] = [:], bytes: Data? = nil
    ) async throws -> Reply {
        guard let url = URL(string: path, relativeTo: base) else { throw Failure.noPort }
        var request = URLRequest(url: url)
        request.httpMethod = method
        let secret = key ?? adminKey
        if !secret.isEmpty {
            request.setValue("Bearer \(secret)", forHTTPHeaderField: "Authorization")
        }
        if let body {
            request.httpBody = Data(body.encoded.utf8)
            request.setValue("application/json", forHTTPHeaderField: "Content-Type")
        }
        if let bytes { request.httpBody = bytes }
        for (name, value) in headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw Failure.noPort }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            fields["\(name)".lowercased()] = "\(value)"
        }
        let reply = Reply(status: response.statusCode, headers: fields, bytes: data)
        // What a redirect led to is not the operation's answer.
        if response.url?.path == url.path { AnswerCheck.check(reply, method, path) }
        return reply
    }

    func get(_ path: String, key: String? = nil) async throws -> Reply {
        try await send("GET", path, key: key)
    }

    func post(
        _ path: String, _ body: JSONValue? = nil, key: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send("POST", path, body, key: key, headers: headers)
    }
}

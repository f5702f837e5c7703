import Control
import ControlDirectory
import ControlTesting
import Foundation
import FoundationNetworking
import JSON
import Logging
import PrometheusMetrics
import ServiceLifecycle
import Testing

@testable import ControlREST

/// A real server on a port of its own, over a real database in a folder of its own.
final class TestServer: ControlClient {
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

    /// Runs a test against a server and stops it.
    static func with(
        _ change: (inout ControlOptions) -> Void = { _ in },
        _ body: (TestServer) async throws -> Void
    ) async throws {
        try await TestFolder.with { directory in
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
        let (control, made) = try await TestFolder.control(in: directory, change)
        var logger = Logger(label: "test")
        logger.logLevel = .error
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

    /// Makes a request.
    func perform(_ call: ControlCall) async throws -> Reply {
        guard let url = URL(string: call.path, relativeTo: base) else { throw Failure.noPort }
        var request = URLRequest(url: url)
        request.httpMethod = call.method
        if !call.key.isEmpty {
            request.setValue("Bearer \(call.key)", forHTTPHeaderField: "Authorization")
        }
        request.httpBody = call.bytes
        for (name, value) in call.headers { request.setValue(value, forHTTPHeaderField: name) }
        let (data, response) = try await URLSession.shared.data(for: request)
        guard let response = response as? HTTPURLResponse else { throw Failure.noPort }
        var fields: [String: String] = [:]
        for (name, value) in response.allHeaderFields {
            fields["\(name)".lowercased()] = "\(value)"
        }
        let reply = Reply(status: response.statusCode, headers: fields, bytes: data)
        // What a redirect led to is not the operation's answer.
        if response.url?.path == url.path { RouteTable.check(reply, call.method, call.path) }
        return reply
    }
}

package import Control
package import ControlDirectory
import ControlOperations
import ControlREST
import Foundation
import JSON
import Structures

/// A control plane over a real database in a folder of its own, which is called in the process: no
/// server, no socket.
package final class TestAPI: ControlClient {
    package let control: ControlPlane
    package let adminKey: String
    private let operations: Operations
    private let task: Task<Void, any Error>

    private init(
        _ control: ControlPlane, adminKey: String, task: Task<Void, any Error>
    ) {
        self.control = control
        self.adminKey = adminKey
        self.task = task
        operations = Operations(control)
    }

    /// Runs a test with a control plane, and stops that.
    ///
    /// - Throws: What the test threw, or what kept the control plane from being made.
    package static func with(
        _ change: (inout ControlOptions) -> Void = { _ in },
        _ body: (TestAPI) async throws -> Void
    ) async throws {
        try await TestFolder.with { folder in
            let api = try await start(in: folder, change)
            do {
                try await body(api)
            } catch {
                await api.stop()
                throw error
            }
            await api.stop()
        }
    }

    /// Starts a control plane over a folder; for tests that start it again.
    ///
    /// - Parameters:
    ///   - folder: Its data directory.
    ///   - key: The admin key, where the folder is not new.
    ///   - change: Changes the options: two shards, 64 requests under way, private networks.
    /// - Returns: It, running.
    /// - Throws: What kept it from being made.
    package static func start(
        in folder: String, key: String? = nil,
        _ change: (inout ControlOptions) -> Void = { _ in }
    ) async throws -> TestAPI {
        let (control, made) = try await TestFolder.control(in: folder, change)
        let task = Task { try await control.run() }
        return TestAPI(control, adminKey: made ?? key ?? "", task: task)
    }

    /// Ends what runs, and closes the database.
    package func stop() async {
        control.stop()
        _ = try? await task.value
        try? control.database.close()
    }

    // MARK: Calls

    package func perform(_ call: ControlCall) async throws -> Reply {
        guard let (name, ids) = RoutePaths.find(call.method, call.path),
            let operation = operations.all.first(where: { $0.name == name })
        else {
            throw Unexpected("there is no operation of \(call.method) \(call.path)")
        }
        var request = OperationRequest()
        request.credential = call.key.isEmpty ? nil : call.key
        request.ids = ids
        request.parameters = parameters(of: operation, call.path)
        request.idempotencyKey = call.headers["Idempotency-Key"]
        if let bytes = call.bytes {
            request.body = OperationBody(
                mediaType: call.headers["Content-Type"]?.prefix { $0 != ";" }.lowercased(),
                coding: call.headers["Content-Encoding"], length: bytes.count
            ) { push in
                if !bytes.isEmpty { _ = await push(Array(bytes)) }
            }
        }
        let reply = try await reply(to: operation, request)
        let mistakes = AnswerCheck.mistakes(of: reply, to: operation)
        guard mistakes.isEmpty else { throw Unexpected(mistakes.joined(separator: "; ")) }
        return reply
    }

    private func parameters(
        of operation: ControlOperations.Operation, _ path: String
    ) -> [(name: String, value: JSONValue)] {
        URLComponents(string: path)?.queryItems?.map { item in
            (item.name, operation.value(of: item.name, text: item.value ?? ""))
        } ?? []
    }

    private func reply(
        to operation: ControlOperations.Operation, _ request: OperationRequest
    ) async throws -> Reply {
        do {
            switch try await operations.perform(operation, request) {
            case .fresh(let answer): return try await Self.reply(answer)
            case .replayed(let status, let body):
                return Reply(
                    status: status, headers: ["idempotent-replayed": "true"], bytes: Data(body))
            }
        } catch {
            let problem = Problem.of(error)
            return Reply(
                status: problem.code.status, headers: [:],
                bytes: Data(problem.json.encodedBytes))
        }
    }

    private static func reply(_ answer: OperationAnswer) async throws -> Reply {
        var headers: [String: String] = [:]
        var bytes = Data()
        switch answer {
        case .json(let value, _): bytes = Data(value.encodedBytes)
        case .done: break
        case .followed(let url): headers["location"] = url
        case .bytes(let content, let mediaType):
            headers["content-type"] = mediaType
            bytes = Data(content)
        case .stream(let mediaType, _, let writing):
            headers["content-type"] = mediaType
            let pieces = Guarded(Data())
            try await writing { piece in pieces.withLock { $0.append(contentsOf: piece) } }
            bytes = pieces.withLock { $0 }
        }
        return Reply(status: answer.outcome.status, headers: headers, bytes: bytes)
    }
}

import Control
import ControlOperations
import ControlTesting
import Foundation
import JSON
import Testing

@testable import ControlREST

/// A walk over the operations of one server: each step is also tried by who may not make it.
///
/// A request without a key is refused, and one by another app finds nothing; right after that the
/// app itself has success with the same request, so that it is the key that made the difference.
final class EndpointWalk {
    let server: TestServer
    /// Every operation of the server, by its name.
    let routes: [String: Route]
    /// The operations that have answered with success.
    private(set) var reached: Set<String> = []
    /// Of an app that has nothing.
    private var strangersKey: String?

    init(_ server: TestServer) {
        self.server = server
        routes = Dictionary(
            uniqueKeysWithValues: RouteTable.routes.map { ($0.operation.name, $0) })
    }

    /// Makes the app that finds nothing of the first one's.
    func addStranger() async throws {
        let made = try await call("create_app", ["id": "other", "name": "Other"])
        strangersKey = try #require(made["key"]?.string)
    }

    /// Takes a step: calls an operation with the parameters of its path, in order, and a body.
    ///
    /// The answer is that of success, null where it is no JSON.
    @discardableResult
    func call(
        _ name: String, at values: [String] = [], _ body: JSONValue? = nil,
        file: (mediaType: String, text: String)? = nil,
        sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> JSONValue {
        let route = try #require(routes[name], "\(name)", sourceLocation: sourceLocation)
        func send(_ key: String?) async throws -> Reply {
            try await server.send(
                route.method.rawValue, Self.path(of: route, values), body, key: key,
                headers: file.map { ["Content-Type": $0.mediaType] } ?? [:],
                bytes: file.map { Data($0.text.utf8) })
        }
        if route.operation.permission != nil {
            let refused = try await send("")
            #expect(refused.status == 401, "\(name)", sourceLocation: sourceLocation)
        }
        // What is put under a name that an app does not have is made, in that app.
        if let strangersKey, route.operation.permission != nil, !values.isEmpty,
            route.method != .put
        {
            let missing = try await send(strangersKey)
            // Who is sent to need not be a user: anybody may turn out to have no deliveries.
            let isEmpty =
                name == "list_user_deliveries"
                && missing.json == ["deliveries": [], "next": nil]
            #expect(
                missing.status == 404 || isEmpty, "\(name): \(missing.text)",
                sourceLocation: sourceLocation)
        }
        let reply = try await send(nil)
        let isSuccess = route.operation.successes.contains { $0.outcome.status == reply.status }
        #expect(isSuccess, "\(name): \(reply.text)", sourceLocation: sourceLocation)
        if isSuccess { reached.insert(name) }
        return reply.json
    }

    private static func path(of route: Route, _ values: [String]) -> String {
        var values = values[...]
        let steps = route.path.split(separator: "/").map { step in
            step.hasPrefix("{") ? values.popFirst() ?? "nothing" : String(step)
        }
        return "/" + steps.joined(separator: "/")
    }
}

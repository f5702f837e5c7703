package import Control
package import Foundation
package import JSON

/// Somebody who calls a control plane, over a wire or in the process.
package protocol ControlClient: Sendable {
    /// What is called.
    var control: ControlPlane { get }
    /// The admin key of the first app.
    var adminKey: String { get }

    /// Makes a call.
    ///
    /// - Throws: What kept it from being made, or `Unexpected` where the reply is not one that the
    ///   operation declares.
    func perform(_ call: ControlCall) async throws -> Reply
}

/// A call, named as over HTTP.
package struct ControlCall: Sendable {
    /// Such as `POST`.
    package var method: String
    /// With ids percent-encoded, and a query.
    package var path: String
    /// An API key; empty for none.
    package var key: String
    /// Such as `Idempotency-Key`.
    package var headers: [String: String]
    /// The body; its type is in the headers.
    package var bytes: Data?
}

extension ControlClient {
    /// Makes a call.
    ///
    /// - Parameters:
    ///   - method: Such as `POST`.
    ///   - path: With ids percent-encoded, and a query.
    ///   - body: JSON.
    ///   - key: An API key; nil for the admin key, empty for none.
    ///   - headers: More header fields.
    ///   - bytes: A body in place of JSON, whose type is in the headers.
    /// - Returns: What it got, a problem too.
    /// - Throws: As `perform`.
    package func send(
        _ method: String, _ path: String, _ body: JSONValue? = nil, key: String? = nil,
        headers: [String: String] = [:], bytes: Data? = nil
    ) async throws -> Reply {
        var headers = headers
        if body != nil { headers["Content-Type"] = "application/json" }
        return try await perform(
            ControlCall(
                method: method, path: path, key: key ?? adminKey, headers: headers,
                bytes: bytes ?? body.map { Data($0.encodedBytes) }))
    }

    /// Reads.
    package func get(_ path: String, key: String? = nil) async throws -> Reply {
        try await send("GET", path, key: key)
    }

    /// Acts.
    package func post(
        _ path: String, _ body: JSONValue? = nil, key: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        try await send("POST", path, body, key: key, headers: headers)
    }

    /// Makes a call that has to succeed.
    ///
    /// - Throws: `Unexpected` when it does not.
    package func succeed(
        _ method: String, _ path: String, _ body: JSONValue? = nil
    ) async throws -> JSONValue {
        let reply = try await send(method, path, body)
        guard reply.status < 300 else { throw Unexpected("\(method) \(path): \(reply.text)") }
        return reply.json
    }
}

/// What a test cannot go on after.
package struct Unexpected: Error, CustomStringConvertible {
    package let description: String

    /// Says what was seen.
    package init(_ description: String) { self.description = description }
}

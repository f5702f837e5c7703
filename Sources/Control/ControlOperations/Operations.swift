package import Control
import ControlDirectory
import Foundation
import JSON

/// Performs operations, whatever wire a call came by: who calls and whether they may, what the call
/// holds against the declaration, whether it is a repetition, and then the handler.
package struct Operations: Sendable {
    /// Every operation of the control plane, in the order of a description.
    package let all: [Operation]
    private let control: ControlPlane

    /// The operations of a control plane.
    package init(_ control: ControlPlane) {
        self.control = control
        all =
            IdentityOperations.all(control) + TemplateOperations.all(control)
            + ProviderOperations.all(control) + SegmentOperations.all(control)
            + CampaignOperations.all(control) + DeliveryOperations.all(control)
            + LimitOperations.all(control) + NotificationOperations.all(control)
            + UserOperations.all(control) + AudienceOperations.all(control)
            + EventWebhookOperations.all(control)
    }

    /// Performs one call.
    ///
    /// - Parameters:
    ///   - operation: One of `all`, or one that a wire adds for itself.
    ///   - request: The call; nothing of it needs to be checked before.
    /// - Returns: The handler's answer, or what an earlier call with this key got, a problem too.
    /// - Throws: `Problem`, worded for callers over HTTP, or what went wrong inside, for which
    ///   `Problem.of` has words.
    package func perform(
        _ operation: Operation, _ request: OperationRequest
    ) async throws -> OperationReply {
        var identity: Caller?
        // First, so that nobody's body is read who may not call.
        if let permission = operation.permission {
            let caller = try await authenticate(request)
            try caller.require(permission)
            identity = caller
        }
        let ids = try Self.ids(operation, request)
        let parameters = try Self.parameters(operation, request)
        let (body, bytes) = try await Self.body(operation, request.body)
        var upload = OperationBody.none
        if case .stream = operation.input { upload = request.body }
        let call = OperationCall(
            identity: identity, ids: ids, parameters: parameters, body: body, upload: upload)
        guard operation.takesIdempotencyKey, let caller = identity,
            let credential = request.credential, let key = request.idempotencyKey
        else {
            return .fresh(try await operation.handle(call))
        }
        return try await once(
            operation, call, bytes, key: key, caller, seal: AnswerSeal(secret: credential))
    }

    private func authenticate(_ request: OperationRequest) async throws -> Caller {
        guard let credential = request.credential, credential.utf8.count <= 200 else {
            throw Problem(.unauthenticated, "expected the header Authorization: Bearer <API key>")
        }
        return try await control.keys.authenticate(credential)
    }

    // MARK: What a call holds

    private static func ids(
        _ operation: Operation, _ request: OperationRequest
    ) throws(Problem) -> [String: String] {
        for name in operation.ids {
            guard let value = request.ids[name], !value.utf8.contains(0),
                (1...InputLimits.idLength).contains(value.unicodeScalars.count)
            else {
                throw Problem(.notFound, "there is nothing of this id")
            }
        }
        return request.ids.filter { operation.ids.contains($0.key) }
    }

    private static func parameters(
        _ operation: Operation, _ request: OperationRequest
    ) throws(Problem) -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        var mistakes: [FieldMistake] = []
        for (name, value) in request.parameters where mistakes.count < InputLimits.mistakes {
            let place = "?\(name.prefix(InputLimits.nameLength))"
            guard values[name] == nil else {
                mistakes.append(
                    FieldMistake(path: place, code: "repeated_parameter", message: "given twice"))
                continue
            }
            guard let parameter = operation.parameters.first(where: { $0.name == name }) else {
                let known = operation.parameters.map(\.name).joined(separator: ", ")
                mistakes.append(
                    FieldMistake(
                        path: place, code: "unknown_parameter",
                        message: known.isEmpty ? "there are none here" : "known here: \(known)"))
                continue
            }
            parameter.shape.check(value, at: place, &mistakes)
            values[name] = value
        }
        guard mistakes.isEmpty else {
            let first = mistakes.prefix(3).map { "\($0.path): \($0.message)" }
            let rest = mistakes.count > 3 ? "; and \(mistakes.count - 3) more" : ""
            throw Problem(
                .invalidParameter, first.joined(separator: "; ") + rest, mistakes: mistakes)
        }
        return values
    }

    /// The input as JSON, and byte for byte.
    private static func body(
        _ operation: Operation, _ body: OperationBody
    ) async throws -> (JSONValue, [UInt8]) {
        switch operation.input {
        case .none: return (.null, [])
        case .stream(let mediaTypes):
            try body.require(oneOf: mediaTypes)
            return (.null, [])
        case .json(let shape, let isRequired):
            let bytes = try await body.collect(upTo: InputLimits.bodyBytes)
            if bytes.isEmpty {
                guard isRequired else { return (.object([:]), []) }
                throw Problem(.invalidJSON, "expected a JSON body, got none")
            }
            try body.require(oneOf: ["application/json"])
            let value = try parse(bytes)
            try shape.check(value)
            return (value, bytes)
        }
    }

    private static func parse(_ bytes: [UInt8]) throws(Problem) -> JSONValue {
        do {
            return try JSONValue(parsing: bytes)
        } catch {
            throw Problem(
                .invalidJSON, "\(error)",
                members: [
                    "line": .integer(Int64(error.line)), "column": .integer(Int64(error.column)),
                ])
        }
    }

    // MARK: Repetitions

    private func once(
        _ operation: Operation, _ call: OperationCall, _ bytes: [UInt8], key: String,
        _ caller: Caller, seal: AnswerSeal
    ) async throws -> OperationReply {
        guard KeptAnswers.keyLength.contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .invalidParameter,
                "Idempotency-Key: expected 1 to 255 printable characters without spaces")
        }
        let decision = try await control.idempotency.begin(
            app: caller.app, key: key,
            fingerprint: KeptAnswers.fingerprint(
                caller,
                of: [operation.name] + operation.ids.map(call.id)
                    + call.parameters.sorted { $0.key < $1.key }.map { "\($0)=\($1.encoded)" },
                body: bytes),
            seal: seal)
        switch decision {
        case .replay(let answer):
            return .replayed(status: answer.status, body: Array(answer.body))
        case .perform(let scope):
            return .fresh(try await perform(operation, call, scope))
        }
    }

    private func perform(
        _ operation: Operation, _ call: OperationCall, _ scope: IdempotencyScope
    ) async throws -> OperationAnswer {
        let kept = control.idempotency
        do {
            let answer = try await kept.perform(scope) { try await operation.handle(call) }
            if case .json(let value, let outcome) = answer {
                try await kept.end(
                    scope, with: .init(status: outcome.status, body: Data(value.encodedBytes)))
            } else {
                try await kept.end(scope, with: nil)
            }
            return answer
        } catch let problem as Problem where problem.code.status < 500 {
            try await kept.end(
                scope,
                with: .init(status: problem.code.status, body: Data(problem.json.encodedBytes)))
            throw problem
        } catch {
            try await kept.end(scope, with: nil)
            throw error
        }
    }
}

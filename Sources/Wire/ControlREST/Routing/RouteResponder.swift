import Control
import ControlDirectory
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1

/// Serves one route: key, parameters, body, idempotency, then the handler; every failure becomes a
/// problem document.
struct RouteResponder: HTTPResponder {
    let route: Route
    let control: ControlPlane
    let recorder: RequestRecorder

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let started = ContinuousClock.now
        var response: Response
        do {
            response = try await serve(request, context)
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = ProblemResponse.make(error, route: route, context.logger)
        }
        if let id = context.logger[metadataKey: "hb.request.id"] {
            response.headers[.requestID] = "\(id)"
        }
        let duration = ContinuousClock.now - started
        recorder.record(status: response.status.code, duration: duration)
        // The route, not the path: ids and parameters can be of people.
        context.logger.debug(
            "request",
            metadata: [
                "route": "\(route.name)", "status": "\(response.status.code)",
                "milliseconds": "\(duration / .milliseconds(1))",
            ])
        return response
    }

    private func serve(_ request: Request, _ context: ServiceContext) async throws -> Response {
        var identity: Caller?
        if let permission = route.permission {
            let caller = try await control.keys.authenticate(bearer(request))
            try caller.require(permission)
            identity = caller
        }
        let path = try pathParameters(context)
        let query = try queryParameters(request)
        let (body, bytes) = try await readBody(request)
        let call = Call(
            identity: identity, path: path, query: query, body: body, stream: request.body,
            headers: request.headers)
        guard route.isIdempotent, let caller = identity,
            let key = request.headers[.idempotencyKey]
        else {
            return ResponseMaker.make(try await route.handle(call))
        }
        return try await once(key, caller, request, bytes, call, context)
    }

    /// The API key of a request.
    private func bearer(_ request: Request) throws(Problem) -> String {
        guard let header = request.headers[.authorization] else {
            throw Problem(.unauthenticated, "expected the header Authorization: Bearer <API key>")
        }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer", parts[1].utf8.count <= 200 else {
            throw Problem(.unauthenticated, "expected the header Authorization: Bearer <API key>")
        }
        return String(parts[1])
    }

    // MARK: Parameters

    private func pathParameters(_ context: ServiceContext) throws -> [String: String] {
        var path: [String: String] = [:]
        for name in route.pathParameters {
            guard let raw = context.parameters.get(name),
                let value = raw.removingPercentEncoding, !value.utf8.contains(0),
                (1...InputLimits.idLength).contains(value.unicodeScalars.count)
            else {
                throw Problem(.notFound, "there is nothing of this id")
            }
            path[name] = value
        }
        return path
    }

    private func queryParameters(_ request: Request) throws -> [String: JSONValue] {
        var values: [String: JSONValue] = [:]
        var mistakes: [FieldMistake] = []
        for (rawName, rawValue) in request.uri.queryParameters {
            let name = String(rawName)
            let text = String(rawValue)
            let place = "?\(name)"
            guard let parameter = route.query.first(where: { $0.name == name }) else {
                let known = route.query.map(\.name).joined(separator: ", ")
                mistakes.append(
                    FieldMistake(
                        path: place, code: "unknown_parameter",
                        message: known.isEmpty ? "there are none here" : "known here: \(known)"))
                continue
            }
            let value = parameter.shape.reading(text)
            parameter.shape.check(value, at: place, &mistakes)
            values[name] = value
        }
        guard mistakes.isEmpty else {
            throw Problem(
                .invalidParameter,
                mistakes.map { "\($0.path): \($0.message)" }.joined(separator: "; "),
                mistakes: mistakes)
        }
        return values
    }

    // MARK: Bodies

    private func readBody(_ request: Request) async throws -> (JSONValue, [UInt8]) {
        switch route.body {
        case .none: return (.null, [])
        case .stream(let mediaTypes):
            try MediaType.require(request.headers[.contentType], oneOf: mediaTypes)
            return (.null, [])
        case .json(let shape, let isRequired):
            let bytes = try await collect(request)
            if bytes.isEmpty {
                guard isRequired else { return (.object([:]), []) }
                throw Problem(.invalidJSON, "expected a JSON body, got none")
            }
            try MediaType.require(request.headers[.contentType], oneOf: ["application/json"])
            let value: JSONValue
            do {
                value = try JSONValue(parsing: bytes)
            } catch {
                throw Problem(
                    .invalidJSON, "\(error)",
                    members: [
                        "line": .integer(Int64(error.line)),
                        "column": .integer(Int64(error.column)),
                    ])
            }
            try shape.check(value)
            return (value, bytes)
        }
    }

    private func collect(_ request: Request) async throws -> [UInt8] {
        let tooLarge = Problem(
            .payloadTooLarge, "a body has at most \(InputLimits.bodyBytes) bytes here")
        if let length = request.headers[.contentLength].flatMap({ Int($0) }),
            length > InputLimits.bodyBytes
        {
            throw tooLarge
        }
        do {
            let buffer = try await request.body.collect(upTo: InputLimits.bodyBytes)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw tooLarge
        }
    }

    // MARK: Idempotency

    private func once(
        _ key: String, _ caller: Caller, _ request: Request, _ bytes: [UInt8], _ call: Call,
        _ context: ServiceContext
    ) async throws -> Response {
        guard KeptAnswers.keyLength.contains(key.utf8.count),
            key.utf8.allSatisfy({ (0x21...0x7E).contains($0) })
        else {
            throw Problem(
                .invalidParameter,
                "Idempotency-Key: expected 1 to 255 printable characters without spaces")
        }
        let ledger = control.idempotency
        let decision = try await ledger.begin(
            app: caller.app, key: key,
            fingerprint: KeptAnswers.fingerprint(
                caller, method: route.method.rawValue, path: request.uri.description, body: bytes),
            seal: AnswerSeal(secret: bearer(request)))
        switch decision {
        case .replay(let answer):
            var response = ResponseMaker.make(
                bytes: Array(answer.body), status: answer.status,
                mediaType: answer.status >= 400
                    ? MediaType.problem : "application/json")
            response.headers[.idempotentReplayed] = "true"
            return response
        case .perform(let scope):
            return try await perform(scope, call, context)
        }
    }

    private func perform(
        _ scope: IdempotencyScope, _ call: Call, _ context: ServiceContext
    ) async throws -> Response {
        do {
            let answer = try await control.idempotency.perform(scope) {
                try await route.handle(call)
            }
            if case .json(let value, let status) = answer {
                try await control.idempotency.end(
                    scope, with: .init(status: status, body: Data(value.encoded.utf8)))
            } else {
                try await control.idempotency.end(scope, with: nil)
            }
            return ResponseMaker.make(answer)
        } catch let problem as Problem where problem.code.status < 500 {
            try await control.idempotency.end(
                scope,
                with: .init(
                    status: problem.code.status, body: Data(problem.json.encoded.utf8)))
            throw problem
        } catch {
            try await control.idempotency.end(scope, with: nil)
            throw error
        }
    }
}

extension Shape {
    /// A parameter's text as the value that the shape expects, where it can be one.
    fileprivate func reading(_ text: String) -> JSONValue {
        switch self {
        case .integer: Int64(text).map { .integer($0) } ?? .string(text)
        case .number: Double(text).map { .number($0) } ?? .string(text)
        case .boolean: text == "true" ? true : text == "false" ? false : .string(text)
        case .named(_, let shape), .described(let shape, _), .nullable(let shape):
            shape.reading(text)
        default: .string(text)
        }
    }
}

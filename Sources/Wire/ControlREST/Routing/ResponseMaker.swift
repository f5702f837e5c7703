import Control
import ControlDirectory
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore

/// Turns answers into HTTP.
enum ResponseMaker {
    static func make(_ answer: Answer) -> Response {
        switch answer {
        case .json(let value, let status):
            return make(
                bytes: Array(value.encoded.utf8), status: status, mediaType: "application/json")
        case .empty(let status, let headers):
            return Response(status: .init(code: status), headers: fields(headers))
        case .bytes(let bytes, let mediaType, let headers):
            var response = make(bytes: bytes, status: 200, mediaType: mediaType)
            response.headers.append(contentsOf: fields(headers))
            return response
        case .stream(let mediaType, let fileName, let write):
            var headers: HTTPFields = [.contentType: mediaType]
            if let fileName {
                headers[.contentDisposition] = "attachment; filename=\"\(fileName)\""
            }
            return Response(
                status: .ok, headers: headers,
                body: ResponseBody { writer in
                    try await write(&writer)
                    try await writer.finish(nil)
                })
        }
    }

    private static func fields(_ headers: [String: String]) -> HTTPFields {
        var fields = HTTPFields()
        for (name, value) in headers {
            if let field = HTTPField.Name(name) { fields[field] = value }
        }
        return fields
    }

    static func make(bytes: [UInt8], status: Int, mediaType: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Turns failures into problem documents (RFC 9457).
enum ProblemResponse {
    static func make(_ error: any Error, route: Route?, _ logger: Logger) -> Response {
        let problem: Problem
        if let known = error as? Problem {
            problem = known
        } else {
            problem = ControlPlane.problem(of: error)
            // What went wrong inside is for who runs the server, not for who calls it.
            logger.error(
                "request failed",
                metadata: ["route": "\(route?.name ?? "-")", "error": "\(error)"])
        }
        var response = ResponseMaker.make(
            bytes: Array(problem.json.encoded.utf8), status: problem.code.status,
            mediaType: MediaType.problem)
        if problem.code.status == 401 {
            response.headers[.wwwAuthenticate] = "Bearer realm=\"fanfare\""
        }
        if problem.code == .shuttingDown { response.headers[.retryAfter] = "5" }
        return response
    }
}

/// Names of media types.
enum MediaType {
    static let problem = "application/problem+json"

    /// - Throws: `Problem` of `unsupportedMediaType` that names what is taken.
    static func require(_ header: String?, oneOf types: [String]) throws(Problem) {
        guard let type = name(of: header), types.contains(type) else {
            throw Problem(
                .unsupportedMediaType, "expected Content-Type: \(types.joined(separator: " or "))")
        }
    }

    /// The type without its parameters, in lower case.
    static func name(of header: String?) -> String? {
        header?.split(separator: ";").first.map {
            $0.trimmingCharacters(in: .whitespaces).lowercased()
        }
    }
}

extension HTTPField.Name {
    static let idempotencyKey = unsafe HTTPField.Name("Idempotency-Key").unsafelyUnwrapped
    static let idempotentReplayed = unsafe HTTPField.Name("Idempotent-Replayed").unsafelyUnwrapped
    static let requestID = unsafe HTTPField.Name("X-Request-Id").unsafelyUnwrapped
}

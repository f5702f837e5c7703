import Control
import ControlDirectory
import ControlOperations
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore

/// Turns answers into HTTP.
enum ResponseMaker {
    static func make(_ reply: OperationReply) -> Response {
        switch reply {
        case .fresh(let answer): return make(answer)
        case .replayed(let status, let body):
            var response = make(
                bytes: body, status: status,
                mediaType: status >= 400 ? MediaType.problem : "application/json")
            response.headers[.idempotentReplayed] = "true"
            return response
        }
    }

    private static func make(_ answer: OperationAnswer) -> Response {
        let status = answer.outcome.status
        switch answer {
        case .json(let value, _):
            return make(bytes: value.encodedBytes, status: status, mediaType: "application/json")
        case .done: return Response(status: .init(code: status))
        case .followed(let url):
            // An answer that is kept would hide later openings.
            var headers: HTTPFields = [.cacheControl: "no-store"]
            headers[.location] = url
            return Response(status: .init(code: status), headers: headers)
        case .bytes(let bytes, let mediaType):
            return make(bytes: bytes, status: status, mediaType: mediaType)
        case .stream(let mediaType, let fileName, let writing):
            var headers: HTTPFields = [.contentType: mediaType]
            if let fileName {
                headers[.contentDisposition] = "attachment; filename=\"\(fileName)\""
            }
            return Response(
                status: .init(code: status), headers: headers,
                body: ResponseBody { writer in
                    try await writing { try await writer.write(ByteBuffer(bytes: $0)) }
                    try await writer.finish(nil)
                })
        }
    }

    static func make(bytes: [UInt8], status: Int, mediaType: String) -> Response {
        Response(
            status: .init(code: status), headers: [.contentType: mediaType],
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: bytes)))
    }
}

/// Turns failures into problem documents (RFC 9457).
enum ProblemResponse {
    static func make(_ error: any Error, operation: String?, _ logger: Logger) -> Response {
        let problem = Problem.of(error)
        if !(error is Problem) {
            // What went wrong inside is for who runs the server, not for who calls it.
            logger.error(
                "request failed",
                metadata: ["route": "\(operation ?? "-")", "error": "\(error)"])
        }
        var response = ResponseMaker.make(
            bytes: problem.json.encodedBytes, status: problem.code.status,
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

import Control
import ControlDirectory
import ControlOperations
import Foundation
import HTTPTypes
import Hummingbird
import JSON
import Logging
import NIOCore
import NIOHTTP1

/// Serves one route: HTTP to a call of its operation, and the answer back; every failure becomes a
/// problem document.
struct RouteResponder: HTTPResponder {
    let route: Route
    let operations: Operations
    let recorder: RequestRecorder

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let started = ContinuousClock.now
        let operation = route.operation
        var response: Response
        do {
            let call = operationRequest(request, context)
            response = ResponseMaker.make(try await operations.perform(operation, call))
        } catch let error as HTTPParserError {
            throw error
        } catch {
            response = ProblemResponse.make(error, operation: operation.name, context.logger)
        }
        if let id = context.logger[metadataKey: "hb.request.id"] {
            response.headers[.requestID] = "\(id)"
        }
        let duration = ContinuousClock.now - started
        recorder.record(status: response.status.code, duration: duration)
        // The operation, not the path: ids and parameters can be of people.
        context.logger.debug(
            "request",
            metadata: [
                "route": "\(operation.name)", "status": "\(response.status.code)",
                "milliseconds": "\(duration / .milliseconds(1))",
            ])
        return response
    }

    private func operationRequest(
        _ request: Request, _ context: ServiceContext
    ) -> OperationRequest {
        var call = OperationRequest()
        call.credential = bearer(request)
        for name in route.operation.ids {
            call.ids[name] = context.parameters.get(name)?.removingPercentEncoding
        }
        call.parameters = request.uri.queryParameters.map { name, value in
            let name = String(name)
            return (name, route.operation.value(of: name, text: String(value)))
        }
        call.body = body(request)
        call.idempotencyKey = request.headers[.idempotencyKey]
        return call
    }

    /// The API key of a request; nil when there is none, or none in the form that bearers have.
    private func bearer(_ request: Request) -> String? {
        guard let header = request.headers[.authorization] else { return nil }
        let parts = header.split(separator: " ", maxSplits: 1)
        guard parts.count == 2, parts[0].lowercased() == "bearer" else { return nil }
        return String(parts[1])
    }

    private func body(_ request: Request) -> OperationBody {
        OperationBody(
            mediaType: MediaType.name(of: request.headers[.contentType]),
            coding: request.headers[.contentEncoding]?.lowercased(),
            length: request.headers[.contentLength].flatMap { Int($0) }
        ) { push in
            for try await piece in request.body {
                guard await push(Array(piece.readableBytesView)) else { break }
            }
        }
    }
}

package import Control
import HTTPTypes
package import Hummingbird
import Jinja
package import Logging

/// The REST encoding of the control plane.
package enum ControlService {
    /// Makes the HTTP application: it serves until its task is cancelled, lets requests on the wire
    /// finish, and tells the control plane nothing else.
    ///
    /// - Parameters:
    ///   - control: What is served.
    ///   - host: Where to listen.
    ///   - port: 0 for one that the system gives.
    ///   - logger: For requests.
    ///   - onListening: Called with the port once requests are taken.
    /// - Returns: The application, a service to run.
    package static func application(
        _ control: ControlPlane, host: String, port: Int, logger: Logger,
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        Application(
            responder: responder(control),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "fanfare"),
            onServerRunning: { channel in
                await onListening(channel.localAddress?.port ?? port)
            }, logger: logger)
    }

    /// Every operation of the API, in the order of the OpenAPI document.
    static func routes(_ control: ControlPlane) -> [Route] {
        MetaRoutes.all(control) + IdentityRoutes.all(control) + CampaignRoutes.all(control)
            + DeliveryRoutes.all(control) + LimitRoutes.all(control) + NotificationRoutes.all(control)
    }

    private static func responder(_ control: ControlPlane) -> some HTTPResponder<ServiceContext> {
        let routes = routes(control)
        let router = Router(context: ServiceContext.self)
        var methods: [String: Set<Route.Method>] = [:]
        for route in routes {
            methods[route.path, default: []].insert(route.method)
            let responder = RouteResponder(
                route: route, control: control, recorder: RequestRecorder())
            router.on(RouterPath(route.path), method: route.method.http, responder: responder)
        }
        for (path, allowed) in methods {
            let words = allowed.map(\.rawValue).sorted()
            for method in otherMethods where !words.contains(method.rawValue) {
                router.on(RouterPath(path), method: method) { _, context -> Response in
                    var response = ProblemResponse.make(
                        Problem(
                            .methodNotAllowed, "allowed here: \(words.joined(separator: ", "))"),
                        route: nil, context.logger)
                    response.headers[.allow] = words.joined(separator: ", ")
                    return response
                }
            }
        }
        return MissingRoutes(routes: router.buildResponder())
    }

    private static let otherMethods: [HTTPRequest.Method] = [
        .get, .post, .put, .patch, .delete, .head, .options, .trace,
    ]
}

/// Answers requests for paths that no route has.
private struct MissingRoutes<Routes: HTTPResponder<ServiceContext>>: HTTPResponder {
    let routes: Routes

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let response = try await routes.respond(to: request, context: context)
        // Hummingbird's own answer, which is not a problem document.
        guard response.status == .notFound, response.headers[.contentType] != MediaType.problem
        else { return response }
        return ProblemResponse.make(
            Problem(.notFound, "there is no path \(request.uri.path)"), route: nil,
            context.logger)
    }
}

extension Route.Method {
    var http: HTTPRequest.Method {
        switch self {
        case .get: .get
        case .post: .post
        case .put: .put
        case .patch: .patch
        case .delete: .delete
        }
    }
}

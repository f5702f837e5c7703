package import Control
import ControlDirectory
import ControlOperations
import HTTPTypes
package import Hummingbird
import JSON
package import Logging
package import NIOCore

/// How a control plane is served.
package struct ServiceOptions: Sendable {
    /// Connections at the same time; further ones wait in the kernel's queue.
    package var connectionsMax = 1_024
    /// How long a connection may be silent while a request is awaited or comes in; then it is
    /// closed.
    package var idleTimeout = TimeAmount.seconds(60)
    /// Writes `/metrics` in the text format of Prometheus; nil: there is no such path.
    package var metrics: (@Sendable () async -> String)?

    /// The standard bounds, and no metrics.
    package init() {}
}

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
    ///   - options: How it is served.
    ///   - onListening: Called with the port once requests are taken.
    /// - Returns: The application, a service to run.
    package static func application(
        _ control: ControlPlane, host: String, port: Int, logger: Logger,
        options: ServiceOptions = ServiceOptions(),
        onListening: @escaping @Sendable (Int) async -> Void
    ) -> some ApplicationProtocol {
        Application(
            responder: responder(control, options),
            server: .http1(configuration: .init(idleTimeout: options.idleTimeout)),
            configuration: ApplicationConfiguration(
                address: .hostname(host, port: port), serverName: "fanfare",
                availableConnectionsDelegate: .maximum(options.connectionsMax, logger: logger)),
            onServerRunning: { channel in
                await onListening(channel.localAddress?.port ?? port)
            }, logger: logger)
    }

    /// Every operation of the API, in the order of the OpenAPI document.
    static func routes(
        _ control: ControlPlane, _ operations: Operations, _ options: ServiceOptions
    ) -> [Route] {
        MetaRoutes.all(control, operations, options) + Route.routes(of: operations.all)
    }

    private static func responder(
        _ control: ControlPlane, _ options: ServiceOptions
    ) -> some HTTPResponder<ServiceContext> {
        let operations = Operations(control)
        let routes = routes(control, operations, options)
        let router = Router(context: ServiceContext.self)
        var methods: [String: Set<Route.Method>] = [:]
        for route in routes {
            methods[route.path, default: []].insert(route.method)
            let responder = RouteResponder(
                route: route, operations: operations, recorder: RequestRecorder(route))
            router.on(RouterPath(route.path), method: route.method.http, responder: responder)
        }
        return MissingRoutes(
            routes: router.buildResponder(),
            methods: methods.map { path, methods in
                (path.split(separator: "/").map { String($0) }, methods.map(\.rawValue).sorted())
            })
    }
}

/// Answers requests for paths, and for methods of paths, that no route has.
private struct MissingRoutes<Routes: HTTPResponder<ServiceContext>>: HTTPResponder {
    let routes: Routes
    /// The methods of each path, whose parameters are in braces.
    let methods: [(path: [String], methods: [String])]

    func respond(to request: Request, context: ServiceContext) async throws -> Response {
        let response = try await routes.respond(to: request, context: context)
        // Hummingbird's own answer, which is not a problem document.
        guard response.status == .notFound, response.headers[.contentType] != MediaType.problem
        else { return response }
        let allowed = methods(of: request.uri.path)
        guard !allowed.isEmpty else {
            return ProblemResponse.make(
                Problem(.notFound, "there is no path \(request.uri.path)"), operation: nil,
                context.logger)
        }
        let words = allowed.joined(separator: ", ")
        var refusal = ProblemResponse.make(
            Problem(.methodNotAllowed, "allowed here: \(words)"), operation: nil, context.logger)
        refusal.headers[.allow] = words
        return refusal
    }

    /// The methods of the path; of several that fit, the one with fewer parameters.
    private func methods(of path: String) -> [String] {
        let steps = path.split(separator: "/")
        let fitting = methods.filter { known in
            known.path.count == steps.count
                && zip(known.path, steps).allSatisfy { $0.hasPrefix("{") || $0 == $1 }
        }
        return fitting.min {
            $0.path.count { $0.hasPrefix("{") } < $1.path.count { $0.hasPrefix("{") }
        }?
        .methods ?? []
    }
}

import Control
import ControlDirectory
import ControlOperations
import JSON

/// What is asked of the server itself; it needs no key.
enum MetaRoutes {
    static func all(
        _ control: ControlPlane, _ operations: Operations, _ options: ServiceOptions
    ) -> [Route] {
        server(control, operations, options) + metrics(options)
    }

    private static func server(
        _ control: ControlPlane, _ operations: Operations, _ options: ServiceOptions
    ) -> [Route] {
        let status = Shape.fields([.required("status", .choice(["ok"]))])
        let health = Operation(
            .reads, "health", "Says that the process runs", area: "server", permission: nil,
            answer: status
        ) { _ in ["status": "ok"] }
        let readiness = Operation(
            .reads, "readiness",
            "Says whether requests are taken: the database answers and no shutdown has begun",
            area: "server", permission: nil, answer: status, errors: [.shuttingDown]
        ) { _ in
            try await control.checkReadiness()
            return ["status": "ok"]
        }
        let description = Operation(
            .reads, "openapi", "This description of the API", area: "server", permission: nil,
            successes: [.init(.shown, .media(["application/json"]))]
        ) { _ in
            let routes = ControlService.routes(control, operations, options)
            return .json(OpenAPIDocument(routes).json, .shown)
        }
        return [
            Route(.get, "/healthz", health), Route(.get, "/readyz", readiness),
            Route(.get, "/openapi.json", description),
        ]
    }

    private static func metrics(_ options: ServiceOptions) -> [Route] {
        guard let metrics = options.metrics else { return [] }
        let page = Operation(
            .reads, "metrics", "Shows figures of the server in the text format of Prometheus",
            area: "server", permission: nil, successes: [.init(.shown, .media(["text/plain"]))]
        ) { _ in
            .bytes(
                Array(await metrics().utf8),
                mediaType: "text/plain; version=0.0.4; charset=utf-8")
        }
        return [Route(.get, "/metrics", page)]
    }
}

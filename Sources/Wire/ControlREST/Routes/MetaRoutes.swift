import Control
import ControlDirectory
import JSON

/// What the server says of itself; needs no key.
enum MetaRoutes {
    static func all(_ control: ControlPlane, _ options: ServiceOptions) -> [Route] {
        server(control, options) + metrics(options)
    }

    private static func server(_ control: ControlPlane, _ options: ServiceOptions) -> [Route] {
        let status = Shape.fields([.required("status", .choice(["ok"]))])
        return [
            Route(
                .get, "/healthz", "health", "Says that the process runs", tag: "server",
                permission: nil, answer: status
            ) { _ in ["status": "ok"] },
            Route(
                .get, "/readyz", "readiness",
                "Says whether requests are taken: the database answers and no shutdown has begun",
                tag: "server", permission: nil, answer: status, errors: [.shuttingDown]
            ) { _ in
                try await control.checkReadiness()
                return ["status": "ok"]
            },
            Route(
                .get, "/openapi.json", "openapi", "This description of the API", tag: "server",
                permission: nil,
                successes: [.init(status: 200, content: .media(["application/json"]))]
            ) { _ in
                .json(OpenAPIDocument(ControlService.routes(control, options)).json, status: 200)
            },
        ]
    }

    private static func metrics(_ options: ServiceOptions) -> [Route] {
        guard let metrics = options.metrics else { return [] }
        return [
            Route(
                .get, "/metrics", "metrics",
                "Shows figures of the server in the text format of Prometheus", tag: "server",
                permission: nil,
                successes: [Route.Success(status: 200, content: .media(["text/plain"]))]
            ) { _ in
                .bytes(
                    Array(await metrics().utf8),
                    mediaType: "text/plain; version=0.0.4; charset=utf-8")
            }
        ]
    }
}

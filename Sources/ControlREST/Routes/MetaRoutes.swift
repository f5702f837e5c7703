import Control
import Jinja

/// What the server says of itself; needs no key.
enum MetaRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
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
                permission: nil, answer: .jsonObject
            ) { _ in OpenAPIDocument(ControlService.routes(control)).json },
        ]
    }
}

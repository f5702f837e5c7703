import Control
import ControlDirectory
import ControlMessages
import JSON

/// How messages leave.
enum ProviderRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .get, "/v1/providers", "list_providers",
                "Lists the providers, the values of headers masked", tag: "providers",
                permission: .admin,
                answer: .page("providers", of: ProviderSettings.shape)
            ) { try await control.providers.list($0.caller).json("providers") },
            Route(
                .get, "/v1/providers/{type}", "get_provider",
                "Shows a provider, the values of headers masked", tag: "providers",
                permission: .admin, answer: ProviderSettings.shape
            ) { try await control.providers.get($0.caller, $0.parameter("type")) },
            Route(
                .put, "/v1/providers/{type}", "put_provider",
                "Sets a provider up, in place of what there was", tag: "providers",
                permission: .admin, body: .json(ProviderSettings.input),
                answer: ProviderSettings.shape
            ) { try await control.providers.put($0.caller, $0.parameter("type"), $0.body) },
            Route(
                .delete, "/v1/providers/{type}", "delete_provider",
                "Forgets a provider", tag: "providers", permission: .admin,
                successes: [.init(status: 204, content: .empty)]
            ) {
                try await control.providers.delete($0.caller, $0.parameter("type"))
                return .empty(status: 204)
            },
        ]
    }
}

import Control
import ControlDirectory
import ControlMessages
import JSON

/// How messages leave.
enum ProviderOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "list_providers",
                "Lists the providers, the values of headers masked", area: "providers",
                permission: .admin,
                answer: .page("providers", of: ProviderSettings.shape)
            ) { try await control.providers.list($0.caller).json("providers") },
            Operation(
                .reads, "get_provider", ids: ["type"],
                "Shows a provider, the values of headers masked", area: "providers",
                permission: .admin, answer: ProviderSettings.shape
            ) { try await control.providers.get($0.caller, $0.id("type")) },
            Operation(
                .settles, "put_provider", ids: ["type"],
                "Sets a provider up, in place of what there was", area: "providers",
                permission: .admin, input: .json(ProviderSettings.input),
                answer: ProviderSettings.shape
            ) { try await control.providers.put($0.caller, $0.id("type"), $0.body) },
            Operation(
                .settles, "delete_provider", ids: ["type"],
                "Forgets a provider", area: "providers", permission: .admin,
                successes: [.done]
            ) {
                try await control.providers.delete($0.caller, $0.id("type"))
                return .done
            },
        ]
    }
}

import Control
import ControlDirectory
import JSON

/// Apps, keys and the audit log.
enum IdentityOperations {
    static func all(_ control: ControlPlane) -> [Operation] { apps(control) + keys(control) }

    private static func apps(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_app",
                "Makes an app and its first admin key",
                area: "apps", permission: .operate, input: .json(Apps.creation), outcome: .created,
                answer: .fields([.required("app", Apps.shape), .required("key", .text(1...100))]),
                errors: [.alreadyExists]
            ) { try await control.apps.create($0.caller, $0.body) },
            Operation(
                .reads, "list_apps",
                "Lists all apps", area: "apps",
                permission: .operate, parameters: Operation.Parameter.paging,
                answer: .page("apps", of: Apps.shape), errors: [.invalidCursor]
            ) { try await control.apps.list($0.page).json("apps") },
            Operation(
                .reads, "get_app",
                "Shows the app that the key belongs to", area: "apps",
                permission: .viewCampaigns, answer: Apps.shape
            ) { try await control.apps.get($0.caller) },
            Operation(
                .settles, "update_app",
                "Changes the app that the key belongs to",
                area: "apps", permission: .admin, input: .json(Apps.change), answer: Apps.shape
            ) { try await control.apps.update($0.caller, $0.body) },
            Operation(
                .reads, "list_audit",
                "Lists who changed what, newest first",
                area: "audit", permission: .admin,
                parameters: Operation.Parameter.paging + [
                    .init("resource", .text(1...64)), .init("resource_id", .text(1...255)),
                ],
                answer: .page("entries", of: AuditLog.shape), errors: [.invalidCursor]
            ) { call in
                try await control.audit.list(
                    call.caller, resource: call.parameters["resource"]?.string,
                    resourceID: call.parameters["resource_id"]?.string, call.page
                ).json("entries")
            },
        ]
    }

    private static func keys(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_key",
                "Makes an API key; its secret is shown once",
                area: "keys", permission: .admin, input: .json(Keys.creation), outcome: .created,
                answer: Keys.shape, errors: [.limitReached]
            ) { try await control.keys.create($0.caller, $0.body) },
            Operation(
                .reads, "list_keys",
                "Lists the API keys, revoked ones too",
                area: "keys", permission: .admin, parameters: Operation.Parameter.paging,
                answer: .page("keys", of: Keys.shape), errors: [.invalidCursor]
            ) { try await control.keys.list($0.caller, $0.page).json("keys") },
            Operation(
                .reads, "get_key", ids: ["id"],
                "Shows an API key without its secret",
                area: "keys", permission: .admin, answer: Keys.shape, errors: [.notFound]
            ) { try await control.keys.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "revoke_key", ids: ["id"],
                "Revokes an API key at once, unless it is the last one that may make others",
                area: "keys", permission: .admin, answer: Keys.shape,
                errors: [.notFound, .actionNotAllowed]
            ) { try await control.keys.revoke($0.caller, $0.id("id")) },
        ]
    }
}

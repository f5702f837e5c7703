import Control
import ControlDirectory
import JSON

/// Apps, keys and the audit log.
enum IdentityRoutes {
    static func all(_ control: ControlPlane) -> [Route] { apps(control) + keys(control) }

    private static func apps(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/apps", "create_app", "Makes an app and its first admin key",
                tag: "apps", permission: .operate, body: .json(Apps.creation), status: 201,
                answer: .fields([.required("app", Apps.shape), .required("key", .text(1...100))]),
                errors: [.alreadyExists]
            ) { try await control.apps.create($0.caller, $0.body) },
            Route(
                .get, "/v1/apps", "list_apps", "Lists all apps", tag: "apps",
                permission: .operate, query: Route.Parameter.paging,
                answer: .page("apps", of: Apps.shape), errors: [.invalidCursor]
            ) { try await control.apps.list($0.page).json("apps") },
            Route(
                .get, "/v1/app", "get_app", "Shows the app that the key belongs to", tag: "apps",
                permission: .viewCampaigns, answer: Apps.shape
            ) { try await control.apps.get($0.caller) },
            Route(
                .patch, "/v1/app", "update_app", "Changes the app that the key belongs to",
                tag: "apps", permission: .admin, body: .json(Apps.change), answer: Apps.shape
            ) { try await control.apps.update($0.caller, $0.body) },
            Route(
                .get, "/v1/audit", "list_audit", "Lists who changed what, newest first",
                tag: "audit", permission: .admin,
                query: Route.Parameter.paging + [
                    .init("resource", .text(1...64)), .init("resource_id", .text(1...255)),
                ],
                answer: .page("entries", of: AuditLog.shape), errors: [.invalidCursor]
            ) { call in
                try await control.audit.list(
                    call.caller, resource: call.query["resource"]?.string,
                    resourceID: call.query["resource_id"]?.string, call.page
                ).json("entries")
            },
        ]
    }

    private static func keys(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/keys", "create_key", "Makes an API key; its secret is shown once",
                tag: "keys", permission: .admin, body: .json(Keys.creation), status: 201,
                answer: Keys.shape, errors: [.limitReached]
            ) { try await control.keys.create($0.caller, $0.body) },
            Route(
                .get, "/v1/keys", "list_keys", "Lists the API keys, revoked ones too",
                tag: "keys", permission: .admin, query: Route.Parameter.paging,
                answer: .page("keys", of: Keys.shape), errors: [.invalidCursor]
            ) { try await control.keys.list($0.caller, $0.page).json("keys") },
            Route(
                .get, "/v1/keys/{id}", "get_key", "Shows an API key without its secret",
                tag: "keys", permission: .admin, answer: Keys.shape, errors: [.notFound]
            ) { try await control.keys.get($0.caller, $0.parameter("id")) },
            Route(
                .delete, "/v1/keys/{id}", "revoke_key", "Revokes an API key at once", tag: "keys",
                permission: .admin, answer: Keys.shape, errors: [.notFound]
            ) { try await control.keys.revoke($0.caller, $0.parameter("id")) },
        ]
    }
}

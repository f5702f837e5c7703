import Control
import ControlDirectory
import JSON

/// What holds of all users of an app: declared attributes and suppressions.
enum AudienceRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        attributes(control) + suppressions(control)
    }

    private static func attributes(_ control: ControlPlane) -> [Route] {
        let list = Shape.fields([
            .required("attributes", .array(Attributes.shape, 0...InputLimits.attributes))
        ])
        return [
            Route(
                .get, "/v1/attributes", "list_attributes", "Lists the declared attributes",
                tag: "attributes", permission: .manageUsers, answer: list
            ) { try await control.attributes.list($0.caller) },
            Route(
                .put, "/v1/attributes/{path}", "declare_attribute",
                "Declares an attribute, such as address.city; an index is built before it returns",
                tag: "attributes", permission: .manageUsers,
                body: .json(Attributes.declaration), answer: Attributes.shape,
                errors: [.limitReached]
            ) { try await control.attributes.put($0.caller, $0.parameter("path"), $0.body) },
            Route(
                .delete, "/v1/attributes/{path}", "withdraw_attribute",
                "Withdraws a declaration and drops its index", tag: "attributes",
                permission: .manageUsers, successes: [.init(status: 204, content: .empty)]
            ) { call in
                try await control.attributes.delete(call.caller, call.parameter("path"))
                return .empty(status: 204)
            },
        ]
    }

    private static func suppressions(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .get, "/v1/suppressions", "list_suppressions",
                "Lists who must not be sent to, whatever they have consented to",
                tag: "suppressions", permission: .manageUsers, query: Route.Parameter.paging,
                answer: .page("suppressions", of: Suppressions.shape), errors: [.invalidCursor]
            ) { try await control.suppressions.list($0.caller, $0.page).json("suppressions") },
            Route(
                .put, "/v1/suppressions/{user_id}", "suppress",
                "Suppresses an id, known as a user or not", tag: "suppressions",
                permission: .manageUsers, body: .json(Suppressions.creation, isRequired: false),
                answer: Suppressions.shape
            ) { try await control.suppressions.put($0.caller, $0.parameter("user_id"), $0.body) },
            Route(
                .delete, "/v1/suppressions/{user_id}", "release",
                "Lets a suppressed id be sent to again", tag: "suppressions",
                permission: .manageUsers, successes: [.init(status: 204, content: .empty)]
            ) { call in
                try await control.suppressions.delete(call.caller, call.parameter("user_id"))
                return .empty(status: 204)
            },
            Route(
                .post, "/v1/suppressions/bulk", "bulk_suppressions",
                "Suppresses or releases up to 10,000 ids", tag: "suppressions",
                permission: .manageUsers, body: .json(Suppressions.bulk),
                answer: Suppressions.bulkAnswer
            ) { try await control.suppressions.bulk($0.caller, $0.body) },
        ]
    }
}

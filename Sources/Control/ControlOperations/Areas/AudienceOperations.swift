import Control
import ControlDirectory
import JSON

/// What holds of all users of an app: declared attributes and suppressions.
enum AudienceOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        attributes(control) + suppressions(control)
    }

    private static func attributes(_ control: ControlPlane) -> [Operation] {
        let list = Shape.fields([
            .required("attributes", .array(Attributes.shape, 0...InputLimits.attributes))
        ])
        return [
            Operation(
                .reads, "list_attributes",
                "Lists the declared attributes",
                area: "attributes", permission: .manageUsers, answer: list
            ) { try await control.attributes.list($0.caller) },
            Operation(
                .settles, "declare_attribute", ids: ["path"],
                "Declares an attribute, such as address.city; an index is built before it returns",
                area: "attributes", permission: .manageUsers,
                input: .json(Attributes.declaration), answer: Attributes.shape,
                errors: [.limitReached]
            ) { try await control.attributes.put($0.caller, $0.id("path"), $0.body) },
            Operation(
                .settles, "withdraw_attribute", ids: ["path"],
                "Withdraws a declaration and drops its index", area: "attributes",
                permission: .manageUsers, successes: [.done]
            ) { call in
                try await control.attributes.delete(call.caller, call.id("path"))
                return .done
            },
        ]
    }

    private static func suppressions(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "list_suppressions",
                "Lists who must not be sent to, whatever they have consented to",
                area: "suppressions", permission: .manageUsers,
                parameters: Operation.Parameter.paging,
                answer: .page("suppressions", of: Suppressions.shape), errors: [.invalidCursor]
            ) { try await control.suppressions.list($0.caller, $0.page).json("suppressions") },
            Operation(
                .settles, "suppress", ids: ["user_id"],
                "Suppresses an id, known as a user or not", area: "suppressions",
                permission: .manageUsers, input: .json(Suppressions.creation, isRequired: false),
                answer: Suppressions.shape
            ) { try await control.suppressions.put($0.caller, $0.id("user_id"), $0.body) },
            Operation(
                .settles, "release", ids: ["user_id"],
                "Lets a suppressed id be sent to again", area: "suppressions",
                permission: .manageUsers, successes: [.done]
            ) { call in
                try await control.suppressions.delete(call.caller, call.id("user_id"))
                return .done
            },
            Operation(
                .acts, "bulk_suppressions",
                "Suppresses or releases up to 10,000 ids", area: "suppressions",
                permission: .manageUsers, input: .json(Suppressions.bulk),
                answer: Suppressions.bulkAnswer
            ) { try await control.suppressions.bulk($0.caller, $0.body) },
        ]
    }
}

import Control
import ControlDirectory
import JSON

/// Users: one by one, by filter, and many at once.
enum UserOperations {
    static func all(_ control: ControlPlane) -> [Operation] { single(control) + many(control) }

    private static func single(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_user",
                "Makes a user", area: "users",
                permission: .manageUsers, input: .json(UserShapes.creation), outcome: .created,
                answer: UserShapes.user, errors: [.alreadyExists]
            ) { try await control.users.create($0.caller, $0.body) },
            Operation(
                .reads, "get_user", ids: ["id"],
                "Shows a user", area: "users",
                permission: .manageUsers, answer: UserShapes.user
            ) { try await control.users.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "put_user", ids: ["id"],
                "Makes or replaces a user; consent and last_active_at stay where they are not named",
                area: "users", permission: .manageUsers, input: .json(UserShapes.replacement),
                successes: [
                    .init(.shown, .json(UserShapes.user)),
                    .init(.created, .json(UserShapes.user)),
                ]
            ) { call in
                let (user, isNew) = try await control.users.put(
                    call.caller, call.id("id"), call.body)
                return .json(user, isNew ? .created : .shown)
            },
            Operation(
                .settles, "update_user", ids: ["id"],
                "Changes a user: attributes are merged (RFC 7386), other fields replaced",
                area: "users", permission: .manageUsers, input: .json(UserShapes.change),
                answer: UserShapes.user
            ) { try await control.users.update($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "delete_user", ids: ["id"],
                "Removes a user with everything that is known of it", area: "users",
                permission: .manageUsers, successes: [.done]
            ) { call in
                try await control.users.delete(call.caller, call.id("id"))
                return .done
            },
        ]
    }

    private static func many(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "query_users",
                "Finds users by a filter", area: "users",
                permission: .manageUsers, input: .json(UserShapes.query, isRequired: false),
                answer: .page("users", of: UserShapes.user), errors: [.invalidCursor]
            ) { try await control.users.query($0.caller, $0.body).json("users") },
            Operation(
                .acts, "bulk_users",
                "Makes or replaces up to 1,000 users; a wrong one does not stop the others",
                area: "users", permission: .manageUsers, input: .json(UserShapes.bulk),
                answer: UserShapes.bulkAnswer
            ) { try await control.users.bulk($0.caller, $0.body) },
            Operation(
                .acts, "import_users",
                "Makes or replaces any number of users from CSV or JSON Lines", area: "users",
                permission: .manageUsers,
                parameters: [.init("mode", .choice(UserImport.modes))],
                input: .stream(mediaTypes: ["text/csv", "application/x-ndjson"]),
                answer: UserShapes.importAnswer,
                errors: [.validationFailed, .limitReached]
            ) { call in
                let isCompressed = try call.upload.isCompressed()
                return try await call.upload.withPipe { pipe in
                    try await control.userImport.run(
                        call.caller,
                        UserImport.Request(
                            pipe, format: call.upload.format, isCompressed: isCompressed,
                            mode: call.parameters["mode"]?.string))
                }
            },
            Operation(
                .acts, "report_events",
                "Counts what users did, and notes when", area: "users", permission: .manageUsers,
                input: .json(UserEvents.report), outcome: .accepted, answer: UserEvents.answer
            ) { try await control.userEvents.add($0.caller, $0.body) },
        ]
    }
}

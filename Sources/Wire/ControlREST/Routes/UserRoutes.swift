import Control
import ControlDirectory
import JSON

/// Users: one by one, by filter, and many at once.
enum UserRoutes {
    static func all(_ control: ControlPlane) -> [Route] { single(control) + many(control) }

    private static func single(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/users", "create_user", "Makes a user", tag: "users",
                permission: .manageUsers, body: .json(UserShapes.creation), status: 201,
                answer: UserShapes.user, errors: [.alreadyExists]
            ) { try await control.users.create($0.caller, $0.body) },
            Route(
                .get, "/v1/users/{id}", "get_user", "Shows a user", tag: "users",
                permission: .manageUsers, answer: UserShapes.user
            ) { try await control.users.get($0.caller, $0.parameter("id")) },
            Route(
                .put, "/v1/users/{id}", "put_user",
                "Makes or replaces a user; consent and last_active_at stay where they are not named",
                tag: "users", permission: .manageUsers, body: .json(UserShapes.replacement),
                successes: [
                    .init(status: 200, content: .json(UserShapes.user)),
                    .init(status: 201, content: .json(UserShapes.user)),
                ]
            ) { call in
                let (user, isNew) = try await control.users.put(
                    call.caller, call.parameter("id"), call.body)
                return .json(user, status: isNew ? 201 : 200)
            },
            Route(
                .patch, "/v1/users/{id}", "update_user",
                "Changes a user: attributes are merged (RFC 7386), other fields replaced",
                tag: "users", permission: .manageUsers, body: .json(UserShapes.change),
                answer: UserShapes.user
            ) { try await control.users.update($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .delete, "/v1/users/{id}", "delete_user",
                "Removes a user with everything that is known of it", tag: "users",
                permission: .manageUsers, successes: [.init(status: 204, content: .empty)]
            ) { call in
                try await control.users.delete(call.caller, call.parameter("id"))
                return .empty(status: 204)
            },
        ]
    }

    private static func many(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/users/query", "query_users", "Finds users by a filter", tag: "users",
                permission: .manageUsers, body: .json(UserShapes.query, isRequired: false),
                answer: .page("users", of: UserShapes.user), errors: [.invalidCursor]
            ) { try await control.users.query($0.caller, $0.body).json("users") },
            Route(
                .post, "/v1/users/bulk", "bulk_users",
                "Makes or replaces up to 1,000 users; a wrong one does not stop the others",
                tag: "users", permission: .manageUsers, body: .json(UserShapes.bulk),
                answer: UserShapes.bulkAnswer
            ) { try await control.users.bulk($0.caller, $0.body) },
            Route(
                .post, "/v1/users/import", "import_users",
                "Makes or replaces any number of users from CSV or JSON Lines", tag: "users",
                permission: .manageUsers,
                query: [.init("mode", .choice(UserImport.modes))],
                body: .stream(mediaTypes: ["text/csv", "application/x-ndjson"]),
                answer: UserShapes.importAnswer,
                errors: [.validationFailed, .limitReached, .unsupportedMediaType]
            ) { try await UserImportUpload.run($0, control) },
            Route(
                .post, "/v1/events", "report_events",
                "Counts what users did, and notes when", tag: "users", permission: .manageUsers,
                body: .json(UserEvents.report), status: 202, answer: UserEvents.answer
            ) { try await control.userEvents.add($0.caller, $0.body) },
        ]
    }
}

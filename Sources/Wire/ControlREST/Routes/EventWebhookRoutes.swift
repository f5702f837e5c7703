import Control
import ControlDirectory
import ControlEvents
import JSON

/// Where an app is told of what happens, and what it was told.
enum EventWebhookRoutes {
    static func all(_ control: ControlPlane) -> [Route] { webhooks(control) + messages(control) }

    private static let path = "/v1/event_webhooks"
    private static let tag = "event_webhooks"

    private static func webhooks(_ control: ControlPlane) -> [Route] {
        let webhooks = control.eventWebhooks
        return [
            Route(
                .post, path, "create_event_webhook",
                "Makes an event webhook; its secret is shown now and never again", tag: tag,
                permission: .admin, body: .json(EventWebhooks.creation), status: 201,
                answer: EventWebhooks.shape, errors: [.limitReached]
            ) { try await webhooks.create($0.caller, $0.body) },
            Route(
                .get, path, "list_event_webhooks", "Lists the event webhooks", tag: tag,
                permission: .admin, query: Route.Parameter.paging,
                answer: .page("event_webhooks", of: EventWebhooks.shape),
                errors: [.invalidCursor]
            ) { try await webhooks.list($0.caller, $0.page).json("event_webhooks") },
            Route(
                .get, path + "/{id}", "get_event_webhook", "Shows an event webhook", tag: tag,
                permission: .admin, answer: EventWebhooks.shape
            ) { try await webhooks.get($0.caller, $0.parameter("id")) },
            Route(
                .patch, path + "/{id}", "update_event_webhook",
                "Changes an event webhook; messages of a disabled one wait", tag: tag,
                permission: .admin, body: .json(EventWebhooks.change),
                answer: EventWebhooks.shape
            ) { try await webhooks.update($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .delete, path + "/{id}", "delete_event_webhook",
                "Removes an event webhook with its messages", tag: tag, permission: .admin,
                successes: [.init(status: 204, content: .empty)]
            ) { call in
                try await webhooks.delete(call.caller, call.parameter("id"))
                return .empty(status: 204)
            },
            Route(
                .post, path + "/{id}/rotate_secret", "rotate_event_webhook_secret",
                "Makes a new secret; messages have signatures by both for a while", tag: tag,
                permission: .admin, body: .json(EventWebhooks.rotation, isRequired: false),
                answer: EventWebhooks.shape
            ) { try await webhooks.rotateSecret($0.caller, $0.parameter("id"), $0.body) },
        ]
    }

    private static func messages(_ control: ControlPlane) -> [Route] {
        let webhooks = control.eventWebhooks
        return [
            Route(
                .post, path + "/{id}/test", "test_event_webhook", "Sends a ping", tag: tag,
                permission: .admin, status: 202, answer: EventWebhooks.message,
                errors: [.actionNotAllowed]
            ) { try await webhooks.test($0.caller, $0.parameter("id")) },
            Route(
                .get, path + "/{id}/messages", "list_event_messages",
                "Lists what was sent or is to be, the newest first", tag: tag, permission: .admin,
                query: Route.Parameter.paging + [
                    .init("state", .choice(EventMessageState.allCases.map(\.rawValue)))
                ],
                answer: .page("messages", of: EventWebhooks.message), errors: [.invalidCursor]
            ) { call in
                try await webhooks.messages(
                    call.caller, call.parameter("id"), state: call.query["state"]?.string,
                    call.page
                ).json("messages")
            },
            Route(
                .get, path + "/{id}/messages/{message_id}", "get_event_message",
                "Shows a message with its payload", tag: tag, permission: .admin,
                answer: EventWebhooks.messageWithPayload
            ) { call in
                try await webhooks.message(
                    call.caller, call.parameter("id"), call.parameter("message_id"))
            },
            Route(
                .post, path + "/{id}/messages/{message_id}/replay", "replay_event_message",
                "Sends a message again: at once, or as a new one when it has ended", tag: tag,
                permission: .admin, status: 202, answer: EventWebhooks.message,
                errors: [.actionNotAllowed]
            ) { call in
                try await webhooks.replay(
                    call.caller, call.parameter("id"), call.parameter("message_id"))
            },
        ]
    }
}

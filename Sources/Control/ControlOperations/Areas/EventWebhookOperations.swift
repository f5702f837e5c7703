import Control
import ControlDirectory
import ControlEvents
import JSON

/// Where an app is told of what happens, and what it was told.
enum EventWebhookOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        webhooks(control) + messages(control)
    }

    private static let area = "event_webhooks"

    private static func webhooks(_ control: ControlPlane) -> [Operation] {
        let webhooks = control.eventWebhooks
        return [
            Operation(
                .acts, "create_event_webhook",
                "Makes an event webhook; its secret is shown now and never again", area: area,
                permission: .admin, input: .json(EventWebhooks.creation), outcome: .created,
                answer: EventWebhooks.shape, errors: [.limitReached]
            ) { try await webhooks.create($0.caller, $0.body) },
            Operation(
                .reads, "list_event_webhooks",
                "Lists the event webhooks", area: area,
                permission: .admin, parameters: Operation.Parameter.paging,
                answer: .page("event_webhooks", of: EventWebhooks.shape),
                errors: [.invalidCursor]
            ) { try await webhooks.list($0.caller, $0.page).json("event_webhooks") },
            Operation(
                .reads, "get_event_webhook", ids: ["id"],
                "Shows an event webhook", area: area,
                permission: .admin, answer: EventWebhooks.shape
            ) { try await webhooks.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "update_event_webhook", ids: ["id"],
                "Changes an event webhook; messages of a disabled one wait", area: area,
                permission: .admin, input: .json(EventWebhooks.change),
                answer: EventWebhooks.shape
            ) { try await webhooks.update($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "delete_event_webhook", ids: ["id"],
                "Removes an event webhook with its messages", area: area, permission: .admin,
                successes: [.done]
            ) { call in
                try await webhooks.delete(call.caller, call.id("id"))
                return .done
            },
            Operation(
                .acts, "rotate_event_webhook_secret", ids: ["id"],
                "Makes a new secret; messages have signatures by both for a while", area: area,
                permission: .admin, input: .json(EventWebhooks.rotation, isRequired: false),
                answer: EventWebhooks.shape
            ) { try await webhooks.rotateSecret($0.caller, $0.id("id"), $0.body) },
        ]
    }

    private static func messages(_ control: ControlPlane) -> [Operation] {
        let webhooks = control.eventWebhooks
        return [
            Operation(
                .acts, "test_event_webhook", ids: ["id"],
                "Sends a ping", area: area,
                permission: .admin, outcome: .accepted, answer: EventWebhooks.message,
                errors: [.actionNotAllowed]
            ) { try await webhooks.test($0.caller, $0.id("id")) },
            Operation(
                .reads, "list_event_messages", ids: ["id"],
                "Lists what was sent or is to be, the newest first", area: area, permission: .admin,
                parameters: Operation.Parameter.paging + [
                    .init("state", .choice(EventMessageState.allCases.map(\.rawValue)))
                ],
                answer: .page("messages", of: EventWebhooks.message), errors: [.invalidCursor]
            ) { call in
                try await webhooks.messages(
                    call.caller, call.id("id"), state: call.parameters["state"]?.string,
                    call.page
                ).json("messages")
            },
            Operation(
                .reads, "get_event_message", ids: ["id", "message_id"],
                "Shows a message with its payload", area: area, permission: .admin,
                answer: EventWebhooks.messageWithPayload
            ) { call in
                try await webhooks.message(
                    call.caller, call.id("id"), call.id("message_id"))
            },
            Operation(
                .acts, "replay_event_message", ids: ["id", "message_id"],
                "Sends a message again: at once, or as a new one when it has ended", area: area,
                permission: .admin, outcome: .accepted, answer: EventWebhooks.message,
                errors: [.actionNotAllowed]
            ) { call in
                try await webhooks.replay(
                    call.caller, call.id("id"), call.id("message_id"))
            },
        ]
    }
}

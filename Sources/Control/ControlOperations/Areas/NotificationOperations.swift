import Control
import ControlDirectory
import JSON

/// One call, one message to a list of targets.
enum NotificationOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        let notifications = control.notifications
        return [
            Operation(
                .acts, "send_notification",
                "Sends a message to up to 10,000 targets; few are answered when done",
                area: "notifications", permission: .sendNotifications,
                input: .json(Notifications.creation),
                successes: [
                    .init(.shown, .json(Notifications.batch)),
                    .init(.accepted, .json(Notifications.batch)),
                ],
                errors: [
                    .templateNotPublished, .quotaExceeded, .limitReached, .audienceEmpty,
                    .alreadyExists,
                ]
            ) { call in
                let (batch, isDone) = try await notifications.send(call.caller, call.body)
                return .json(batch, isDone ? .shown : .accepted)
            },
            Operation(
                .reads, "get_notification", ids: ["id"],
                "Shows a batch",
                area: "notifications", permission: .sendNotifications,
                answer: Notifications.batch
            ) { try await notifications.get($0.caller, $0.id("id")) },
        ]
    }
}

import Control
import ControlDirectory
import JSON

/// One call, one message to a list of targets.
enum NotificationRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        let notifications = control.notifications
        return [
            Route(
                .post, "/v1/notifications", "send_notification",
                "Sends a message to up to 10,000 targets; few are answered when done",
                tag: "notifications", permission: .sendNotifications,
                body: .json(Notifications.creation),
                successes: [
                    .init(status: 200, content: .json(Notifications.batch)),
                    .init(status: 202, content: .json(Notifications.batch)),
                ],
                errors: [
                    .templateNotPublished, .quotaExceeded, .limitReached, .audienceEmpty,
                    .alreadyExists,
                ]
            ) { call in
                let (batch, isDone) = try await notifications.send(call.caller, call.body)
                return .json(batch, status: isDone ? 200 : 202)
            },
            Route(
                .get, "/v1/notifications/{id}", "get_notification", "Shows a batch",
                tag: "notifications", permission: .sendNotifications,
                answer: Notifications.batch
            ) { try await notifications.get($0.caller, $0.parameter("id")) },
        ]
    }
}

import Control
import ControlDirectory
import JSON

/// What recipients did with messages.
///
/// Who sends messages is told of what became of them: the permission is `send_notifications`. Links
/// need no key, because they can only be made by the server.
enum EngagementOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        let deliveries = control.deliveries
        return [
            act(control, .read, "read_delivery", "Records that a message was read"),
            act(
                control, .acknowledge, "acknowledge_delivery",
                "Records that a message was acknowledged, and so read"),
            Operation(
                .acts, "record_engagement",
                "Records what many recipients did; each by itself", area: "engagement",
                permission: .sendNotifications, input: .json(Deliveries.acts),
                answer: Deliveries.actsReport
            ) { try await deliveries.engage($0.caller, $0.body) },
            Operation(
                .reads, "make_engagement_link", ids: ["id"],
                "Makes a link that records what its recipient did when it is opened",
                area: "engagement", permission: .sendNotifications,
                input: .json(Deliveries.linkMaking), answer: Deliveries.link
            ) { try await deliveries.link($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "follow_engagement_link", ids: ["token"],
                "Records what the link stands for, then leads to its URL where it has one",
                area: "engagement", permission: nil,
                parameters: [.init("url", .text(1...InputLimits.urlLength))],
                successes: [.done, .init(.led, .empty)]
            ) { call in
                let url = call.parameters["url"]?.string
                try await deliveries.follow(token: call.id("token"), redirect: url)
                return .followed(to: url)
            },
        ]
    }

    private static func act(
        _ control: ControlPlane, _ action: EngagementAction, _ name: String, _ summary: String
    ) -> Operation {
        Operation(
            .acts, name, ids: ["id"], summary, area: "engagement",
            permission: .sendNotifications, input: .json(Deliveries.act, isRequired: false),
            answer: Deliveries.engagement, errors: [.actionNotAllowed]
        ) { try await control.deliveries.engage($0.caller, $0.id("id"), action, $0.body) }
    }
}

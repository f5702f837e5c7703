import Control
import ControlDirectory
import JSON

/// What recipients did with messages.
///
/// Who sends messages is told of what became of them: the permission is `send_notifications`. Links
/// need no key, because they can only be made by the server.
enum EngagementRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        let deliveries = control.deliveries
        return [
            act(control, .read, "read_delivery", "Records that a message was read"),
            act(
                control, .acknowledge, "acknowledge_delivery",
                "Records that a message was acknowledged, and so read"),
            Route(
                .post, "/v1/deliveries/engagement", "record_engagement",
                "Records what many recipients did; each by itself", tag: "engagement",
                permission: .sendNotifications, body: .json(Deliveries.acts),
                answer: Deliveries.actsReport
            ) { try await deliveries.engage($0.caller, $0.body) },
            Route(
                .post, "/v1/deliveries/{id}/links", "make_engagement_link",
                "Makes a link that records what its recipient did when it is opened",
                tag: "engagement", permission: .sendNotifications,
                body: .json(Deliveries.linkMaking), answer: Deliveries.link
            ) { try await deliveries.link($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .get, "/e/{token}", "follow_engagement_link",
                "Records what the link stands for, then leads to its URL where it has one",
                tag: "engagement", permission: nil,
                query: [.init("url", .text(1...InputLimits.urlLength))],
                successes: [
                    .init(status: 204, content: .empty), .init(status: 302, content: .empty),
                ], errors: [.storageFull]
            ) { call in
                let url = call.query["url"]?.string
                try await deliveries.follow(token: call.parameter("token"), redirect: url)
                // An answer that is kept would hide later openings.
                var headers = ["Cache-Control": "no-store"]
                headers["Location"] = url
                return .empty(status: url == nil ? 204 : 302, headers: headers)
            },
        ]
    }

    private static func act(
        _ control: ControlPlane, _ action: EngagementAction, _ name: String, _ summary: String
    ) -> Route {
        Route(
            .post, "/v1/deliveries/{id}/\(action.rawValue)", name, summary, tag: "engagement",
            permission: .sendNotifications, body: .json(Deliveries.act, isRequired: false),
            answer: Deliveries.engagement, errors: [.actionNotAllowed]
        ) { try await control.deliveries.engage($0.caller, $0.parameter("id"), action, $0.body) }
    }
}

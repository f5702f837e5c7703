import Control
import Jinja

/// What became of each recipient.
enum DeliveryRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        let deliveries = control.deliveries
        return [
            Route(
                .get, "/v1/campaigns/{id}/deliveries", "list_deliveries",
                "Lists a campaign's deliveries, by status and reason", tag: "deliveries",
                permission: .viewCampaigns,
                query: Route.Parameter.paging + [
                    .init("status", .choice(Deliveries.statuses)), .init("reason", .text(1...64)),
                ],
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(
                    call.caller, campaign: call.parameter("id"),
                    status: call.query["status"]?.string, reason: call.query["reason"]?.string,
                    call.page
                ).json("deliveries")
            },
            Route(
                .get, "/v1/users/{id}/deliveries", "list_user_deliveries",
                "Lists a user's deliveries over campaigns, of the newest campaign first",
                tag: "deliveries", permission: .viewCampaigns, query: Route.Parameter.paging,
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(call.caller, user: call.parameter("id"), call.page)
                    .json("deliveries")
            },
            Route(
                .get, "/v1/deliveries/{id}", "get_delivery", "Shows a delivery",
                tag: "deliveries", permission: .viewCampaigns, answer: Deliveries.shape
            ) { try await deliveries.get($0.caller, $0.parameter("id")) },
            Route(
                .get, "/v1/deliveries/{id}/message", "get_delivery_message",
                "Renders a delivery's message again", tag: "deliveries",
                permission: .viewCampaigns, answer: Deliveries.message,
                errors: [.validationFailed]
            ) { try await deliveries.message($0.caller, $0.parameter("id")) },
        ]
    }
}

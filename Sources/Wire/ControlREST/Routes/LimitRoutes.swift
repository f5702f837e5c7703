import Control
import ControlDirectory
import JSON

/// How fast may be sent.
enum LimitRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .get, "/v1/limits", "get_limits", "Shows the limits that are set", tag: "limits",
                permission: .viewCampaigns, answer: Limits.list
            ) { try await control.limits.get($0.caller) },
            Route(
                .put, "/v1/limits", "put_limits",
                "Changes limits, all or none; in force when it answers, for what is queued too",
                tag: "limits", permission: .admin, body: .json(Limits.change),
                answer: Limits.list, errors: [.limitReached]
            ) { try await control.limits.put($0.caller, $0.body) },
            Route(
                .get, "/v1/quota", "get_quota",
                "Shows what is left of this month's messages, and when they run out",
                tag: "limits", permission: .viewCampaigns, answer: Quota.shape
            ) { try await control.quota.get($0.caller) },
        ]
    }
}

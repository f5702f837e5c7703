import Control
import ControlDirectory
import JSON

/// How fast may be sent.
enum LimitOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "get_limits",
                "Shows the limits that are set", area: "limits",
                permission: .viewCampaigns, answer: Limits.list
            ) { try await control.limits.get($0.caller) },
            Operation(
                .settles, "put_limits",
                "Changes limits, all or none; in force when it answers, for what is queued too",
                area: "limits", permission: .admin, input: .json(Limits.change),
                answer: Limits.list, errors: [.limitReached]
            ) { try await control.limits.put($0.caller, $0.body) },
            Operation(
                .reads, "get_quota",
                "Shows what is left of this month's messages, and when they run out",
                area: "limits", permission: .viewCampaigns, answer: Quota.shape
            ) { try await control.quota.get($0.caller) },
        ]
    }
}

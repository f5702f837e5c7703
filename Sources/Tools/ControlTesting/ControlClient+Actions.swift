package import CampaignLife
import Control
import JSON

extension ControlClient {
    /// Asks for an action of the table of states and actions.
    package func perform(_ action: CampaignAction, on id: String) async throws -> Reply {
        let path = "/v1/campaigns/\(id)"
        switch action {
        case .update: return try await send("PATCH", path, ["title": "new"])
        case .delete: return try await send("DELETE", path)
        case .addRecipients:
            return try await post(path + "/recipients", ["recipients": [["user_id": "another"]]])
        case .schedule: return try await post(path + "/schedule", ["at": "2999-01-01T00:00:00Z"])
        case .test: return try await post(path + "/test", ["user_id": "me"])
        default: return try await post("\(path)/\(action.rawValue)")
        }
    }
}

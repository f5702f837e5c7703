package import CampaignLife
package import ControlDirectory
import JSON

extension CampaignStatus {
    /// - Throws: `Problem` of `actionNotAllowed` with the state and the actions that it allows.
    package func require(_ action: CampaignAction) throws(Problem) {
        guard actions.contains(action) else { throw refusal(of: action) }
    }

    /// What is told to who asks for an action that this status does not allow.
    func refusal(of action: CampaignAction) -> Problem {
        let allowed = CampaignAction.allCases.filter(actions.contains).map(\.rawValue)
        return Problem(
            .actionNotAllowed, "a campaign that is \(rawValue) cannot \(action.phrase)",
            members: [
                "state": .string(rawValue),
                "allowed_actions": .array(allowed.map { .string($0) }),
            ])
    }
}

extension CampaignAction {
    /// After “cannot”.
    fileprivate var phrase: String {
        switch self {
        case .update: "be updated"
        case .delete: "be deleted"
        case .copy: "be copied"
        case .addRecipients: "get recipients"
        case .estimate: "be estimated"
        case .rehearse: "be rehearsed"
        case .test: "send a test"
        case .start: "start"
        case .schedule: "be scheduled"
        case .unschedule: "be unscheduled"
        case .trigger: "be triggered"
        case .pause: "pause"
        case .resume: "resume"
        case .stop: "stop"
        case .retryFailed: "be retried"
        }
    }
}

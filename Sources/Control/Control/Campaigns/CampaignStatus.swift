import JSON

/// Where a campaign stands.
///
/// ```
/// draft ──start───────▶ running ──all deliveries ended──▶ completed, completed_partial, failed
///   │ schedule            │  ▲                                │ retry_failed: running again
///   ▼                     │  └──resume── paused, paused_error, paused_quota
/// scheduled ──its time───▶│
///   │ unschedule          └──stop, stop_at──▶ stopped (from scheduled and every paused one too)
///   ▼
/// draft
/// ```
package enum CampaignStatus: String, CaseIterable, Sendable {
    case draft
    case scheduled
    case running
    case paused
    case pausedError = "paused_error"
    case pausedQuota = "paused_quota"
    case completed
    case completedPartial = "completed_partial"
    case stopped
    case failed

    /// Whether nothing happens to the campaign any more unless somebody asks for it.
    package var isEnded: Bool {
        switch self {
        case .completed, .completedPartial, .stopped, .failed: true
        default: false
        }
    }

    /// What a caller may do now: the whole table of states and actions.
    package var actions: Set<CampaignAction> {
        switch self {
        case .draft:
            [
                .update, .delete, .copy, .addRecipients, .estimate, .rehearse, .test, .start,
                .schedule, .trigger,
            ]
        case .scheduled: [.copy, .estimate, .rehearse, .test, .start, .unschedule, .stop]
        case .running: [.copy, .pause, .stop]
        case .paused, .pausedError, .pausedQuota: [.copy, .estimate, .resume, .stop]
        case .completed, .completedPartial, .stopped, .failed: [.copy, .delete, .retryFailed]
        }
    }
}

/// What can be asked of a campaign, and is not allowed in every state.
package enum CampaignAction: String, CaseIterable, Sendable {
    case update
    case delete
    case copy
    case addRecipients = "add_recipients"
    case estimate
    case rehearse
    case test
    case start
    case schedule
    case unschedule
    case trigger
    case pause
    case resume
    case stop
    case retryFailed = "retry_failed"
}

extension CampaignStatus {
    /// - Throws: `Problem` of `actionNotAllowed` with the state and the actions that it allows.
    package func require(_ action: CampaignAction) throws(Problem) {
        guard actions.contains(action) else {
            let allowed = CampaignAction.allCases.filter(actions.contains).map(\.rawValue)
            throw Problem(
                .actionNotAllowed, "a campaign that is \(rawValue) cannot \(action.phrase)",
                members: [
                    "state": .string(rawValue),
                    "allowed_actions": .array(allowed.map { .string($0) }),
                ])
        }
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

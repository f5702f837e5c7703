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

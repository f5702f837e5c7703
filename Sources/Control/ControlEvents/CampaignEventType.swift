/// What an app is told of a campaign.
package enum CampaignEventType: String, CaseIterable, Sendable {
    case started = "campaign.started"
    case completed = "campaign.completed"
    case stopped = "campaign.stopped"
    case paused = "campaign.paused"
    case resumed = "campaign.resumed"
    case failed = "campaign.failed"
}

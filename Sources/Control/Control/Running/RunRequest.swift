import CampaignLife
import ControlDirectory
import GRDB
import JSON

/// What a caller asks of a campaign's runs, with all that the machine does not need to decide.
struct RunRequest: Sendable {
    let wish: RunWish
    /// The campaign's id, for messages.
    let campaign: String
    let caller: Caller?
    /// What the audit log calls it.
    let action: String
    /// Completes the change in the transaction that writes it; what it throws refuses the request.
    var complete: @Sendable (CampaignRecord, inout CampaignTransition, Database) throws -> Void

    /// Which deliveries a retry makes pending again.
    var retry: RetryScope?

    init(
        _ wish: RunWish, of campaign: String, by caller: Caller?, action: String? = nil,
        retry: RetryScope? = nil,
        complete:
            @escaping @Sendable (
                CampaignRecord, inout CampaignTransition, Database
            ) throws -> Void = { _, _, _ in }
    ) {
        self.wish = wish
        self.campaign = campaign
        self.caller = caller
        self.action = action ?? wish.action.rawValue
        self.retry = retry
        self.complete = complete
    }
}

/// What a request about runs came to.
struct RunReply: Sendable {
    /// The campaign as it was written; nil when it was removed.
    var record: CampaignRecord?
    /// Requests on the wire when the last shard had stopped, of a pause or a stop.
    var inFlight = 0
    /// Deliveries that a retry made pending again.
    var retried = 0
}

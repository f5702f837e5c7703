import ControlEvents
import Engine
import JSON
import Pacing
import Runtime
import SendPlans
import Storage

/// A campaign whose snapshot is open and whose templates are bound: ready to be handed to shards.
final class PreparedCampaign {
    /// Carries it between the threads that use it one after the other.
    // SAFETY: it is made on one thread, handed to the runtime, and closed after the runtime has
    // released it; no two of them use it at once.
    struct Box: @unchecked Sendable {
        let value: PreparedCampaign
    }

    let directory: StateDirectory
    let store: QuotaGate
    let recipients: Int
    private let document: CampaignDocument
    private let templates: CampaignTemplates
    private let message: MessageTemplates

    init(
        directory: StateDirectory, store: QuotaGate, document: CampaignDocument,
        templates: CampaignTemplates, message: MessageTemplates
    ) {
        self.directory = directory
        self.store = store
        recipients = store.database.campaign.counts.recipients
        self.document = document
        self.templates = templates
        self.message = message
    }

    /// What all shards together may have on the wire, in all and to one host.
    func bounds(shards: Int, flightsPerShard: Int) -> SendShare {
        let shares = document.shares(over: shards, flightsPerShard: flightsPerShard)
        return SendShare(
            inFlightMax: shares.reduce(0) { $0 + $1.inFlightMax },
            perHostMax: shares.reduce(0) { $0 + $1.perHostMax })
    }

    /// Starts the campaign on every shard.
    func start(
        on runtime: DispatchRuntime<ServerTransport>, shards: Int, flightsPerShard: Int,
        limiters: LimiterChain, hostLimits: HostLimits, eligibility: EligibilityCheck,
        onEnd: @escaping @Sendable (CampaignHandle.End) -> Void
    ) throws -> CampaignHandle {
        let plan = SendPlan(
            store.database.campaign.id, document, message: message, templates: templates,
            limiters: limiters, eligibility: eligibility, hostLimits: hostLimits)
        store.database.handOver()
        return try runtime.start(
            plan, store: StoreHandover(store),
            shares: document.shares(over: shards, flightsPerShard: flightsPerShard),
            onEnd: onEnd)
    }
}

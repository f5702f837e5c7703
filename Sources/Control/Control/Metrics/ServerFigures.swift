package import CampaignLife
package import ControlDirectory

/// One reading of what the server does and has done since it started.
package struct ServerFigures: Sendable {
    package let engine: EngineFigures
    package let pages: Pages
    /// How long it took to make batches of claims and results of a campaign durable.
    package let commitTimes: TimeDistribution
    /// What waits for its turn.
    package let queues: [Queue]
    /// Requests that may be on the wire at once.
    package let inFlightMax: Int
    /// Deliveries of running campaigns that have not ended.
    package let pending: Int
    /// Bytes of the files of campaigns that run.
    let openBytes: Int
    /// What the database says; nil when it does not answer.
    package let stored: StoredFigures?

    /// Pages since the process began, and those that shards hold now.
    package struct Pages: Sendable {
        package let claimed: UInt64
        /// Whose deliveries had all ended when they came back.
        package let finished: UInt64
        /// That came back to be claimed again.
        package let returned: UInt64
        package let open: Int
    }

    package struct Queue: Sendable {
        package let name: String
        package let depth: Int
    }

    /// Bytes of the files of all campaigns.
    package var storageBytes: Int? { stored.map { $0.closedBytes + openBytes } }
}

/// What the database says of campaigns, quotas, events and segments.
package struct StoredFigures: Sendable {
    /// How many campaigns have each status, none of them left out.
    package internal(set) var campaigns: [CampaignStatus: Int] = [:]
    /// Recipients of all campaigns that were launched.
    package internal(set) var recipients = 0
    /// Bytes of the files of campaigns that do not run.
    var closedBytes = 0
    /// The apps' quotas of this month, by the apps' ids; see `FigureReader.appsMax`.
    package internal(set) var quotas: [(app: String, month: QuotaAccount.Figures)] = []
    /// Messages to event webhooks that have to be sent, now or later.
    package internal(set) var eventsWaiting = 0
    /// Segments that have to be counted.
    var segmentsWaiting = 0
}

package import Engine

/// What the threads of a runtime have done since they started, and what waits in them now.
package struct RuntimeFigures: Sendable {
    /// Pages that shards were given.
    package var pagesClaimed: UInt64 = 0
    /// Pages whose deliveries have all ended.
    package var pagesFinished: UInt64 = 0
    /// Pages that shards gave back to be claimed again.
    package var pagesReturned: UInt64 = 0
    /// How long it took to make batches of claims and results durable.
    package var commits = LatencyHistogram()
    /// Requests of shards that the store thread has not taken.
    package var storeRequests = 0
    /// As each shard last counted them.
    package var recipients = RecipientQueues()

    package init() {}
}

/// Every bound of the runtime, with its reason and what happens beyond it.
package enum RuntimeLimits {
    /// Requests of a shard that wait for the store thread.
    ///
    /// A shard posts at most one request per campaign and one commit per page between two answers;
    /// beyond the ring it posts again later.
    package static let storeRequestsMax = 1_024

    /// Answers that wait for a shard: one per request.
    package static let storeAnswersMax = 2_048

    /// Commands that wait for a shard; the sender waits its turn beyond that.
    package static let commandsMax = 256

    /// Page buffers kept for reuse; more are freed.
    package static let pageBuffersKept = 32

    /// A page buffer larger than this is freed after use: a few huge pages must not stay resident.
    package static let pageBufferKeptBytes = 1 << 20

    /// Requests that the store thread works off in one transaction, so that answers do not wait for
    /// a long one.
    package static let requestsPerTransaction = 256

    /// Nanoseconds between two counts of a shard's recipients by queue, which are for views: it
    /// looks at every page that the shard holds.
    package static let queueSampleNanoseconds: Int64 = 100_000_000

    /// Shards, hence threads.
    package static let shardsMax = 64
}

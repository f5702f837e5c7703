import Synchronization

/// What one shard did for one campaign, for live views.
///
/// The shard is the only writer and publishes once a turn; readers sum over shards. Figures are of
/// this process only: the truth about a campaign is counted from its records.
package final class SendCounters: Sendable {
    private let sent = Atomic<UInt64>(0)
    private let failed = Atomic<UInt64>(0)
    private let unknown = Atomic<UInt64>(0)
    private let skipped = Atomic<UInt64>(0)
    private let attempts = Atomic<UInt64>(0)
    private let retries = Atomic<UInt64>(0)
    private let inFlight = Atomic<Int>(0)
    private let pages = Atomic<Int>(0)
    private let limiterWaits = Atomic<UInt64>(0)
    private let bodyBytes = Atomic<UInt64>(0)
    /// What is counted where it happens and not once a turn; see `SendCells`.
    let cells = SendCells()

    /// Begins with nothing counted.
    package init() {}

    deinit { cells.deallocate() }

    /// One reading of the counters.
    package struct Snapshot: Equatable, Sendable {
        /// Deliveries that were accepted.
        package var sent: UInt64 = 0
        /// Deliveries that ended as failed.
        package var failed: UInt64 = 0
        /// Deliveries of which nobody knows whether they arrived.
        package var unknown: UInt64 = 0
        /// Deliveries that ended without a request because the user may not be sent to.
        package var skipped: UInt64 = 0
        /// Requests handed to the transport.
        package var attempts: UInt64 = 0
        /// Deliveries that were put off to be tried again.
        package var retries: UInt64 = 0
        /// Requests on the wire.
        package var inFlight = 0
        /// Pages held in journal slots.
        package var pages = 0
        /// Turns in which a limiter left work undone.
        package var limiterWaits: UInt64 = 0
        /// Bytes of the bodies of all requests.
        package var bodyBytes: UInt64 = 0
        /// What ended the turns.
        package var bindings = BindingCounts()

        /// Begins with nothing counted.
        package init() {}

        /// Adds what another shard has counted.
        package static func += (left: inout Snapshot, right: Snapshot) {
            left.sent += right.sent
            left.failed += right.failed
            left.unknown += right.unknown
            left.skipped += right.skipped
            left.attempts += right.attempts
            left.retries += right.retries
            left.inFlight += right.inFlight
            left.pages += right.pages
            left.limiterWaits += right.limiterWaits
            left.bodyBytes += right.bodyBytes
            left.bindings += right.bindings
        }
    }

    /// Makes a reading visible to other threads; by the shard only.
    package func publish(_ snapshot: Snapshot) {
        sent.store(snapshot.sent, ordering: .relaxed)
        failed.store(snapshot.failed, ordering: .relaxed)
        unknown.store(snapshot.unknown, ordering: .relaxed)
        skipped.store(snapshot.skipped, ordering: .relaxed)
        attempts.store(snapshot.attempts, ordering: .relaxed)
        retries.store(snapshot.retries, ordering: .relaxed)
        inFlight.store(snapshot.inFlight, ordering: .relaxed)
        pages.store(snapshot.pages, ordering: .relaxed)
        limiterWaits.store(snapshot.limiterWaits, ordering: .relaxed)
        bodyBytes.store(snapshot.bodyBytes, ordering: .relaxed)
        cells.store(snapshot.bindings)
    }

    /// What was published last, counter by counter; by any thread.
    package var snapshot: Snapshot {
        var snapshot = Snapshot()
        snapshot.sent = sent.load(ordering: .relaxed)
        snapshot.failed = failed.load(ordering: .relaxed)
        snapshot.unknown = unknown.load(ordering: .relaxed)
        snapshot.skipped = skipped.load(ordering: .relaxed)
        snapshot.attempts = attempts.load(ordering: .relaxed)
        snapshot.retries = retries.load(ordering: .relaxed)
        snapshot.inFlight = inFlight.load(ordering: .relaxed)
        snapshot.pages = pages.load(ordering: .relaxed)
        snapshot.limiterWaits = limiterWaits.load(ordering: .relaxed)
        snapshot.bodyBytes = bodyBytes.load(ordering: .relaxed)
        snapshot.bindings = cells.bindings
        return snapshot
    }

    /// How long what ended a turn held the campaign up, until the next one.
    package var bindingNanoseconds: BindingCounts { cells.bindingNanoseconds }

    /// The host that holds most sends back, and how many have been held back by any host.
    package var heldBackHost: HeldBackHost { cells.host }

    /// How long requests were on the wire.
    package var latencies: LatencyHistogram { cells.latencies }

    /// How deliveries ended that were not sent.
    package var outcomes: OutcomeCounts { cells.outcomes }
}

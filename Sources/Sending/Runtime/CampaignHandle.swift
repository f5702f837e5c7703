package import Engine
import Structures
import Synchronization
import UVLoop

/// A running campaign as its starter sees it: live figures, stopping, and how it ended.
///
/// ```
/// running ──every page done──▶ leaving(completed) ──all shards have left──▶ ended(completed)
///    │ drain()                                                              ▲
///    ├──────────────▶ leaving(drained) ──all shards have left──▶ ended(drained)
///    │ fail(): its store, or the target on some shard
///    └──────────────▶ leaving(failed) ──all shards have left──▶ ended(failed)
/// ```
///
/// `leaving` lasts until what is on the wire has ended. A failure that comes after another reason
/// to leave takes its place.
package final class CampaignHandle: Sendable {
    package enum End: Sendable {
        /// Every delivery has ended.
        case completed
        /// Stopped on request; everything is recorded and what is left is pending.
        case drained
        /// The campaign cannot go on. No shard holds anything of it any more; what its store could
        /// not take is kept, and settled when the campaign is started again.
        case failed(RuntimeError)
    }

    private struct State {
        var shardsLeft: Int
        var isFinished = false
        /// Why it cannot go on: the first failure.
        var failure: RuntimeError?
        var end: End?
        var onEnd: (@Sendable (End) -> Void)?
        /// The last stop that each shard has passed a whole turn after; all of them once it has
        /// left.
        var stopsPassed: [UInt64]
        /// Who wants to know when every shard has passed a stop, by its number.
        var receipts: [(stop: UInt64, call: @Sendable (Int) -> Void)] = []
    }

    package let slot: SendSlot
    package let plan: SendPlan
    /// One for each shard.
    let counters: [SendCounters]
    // Guards the state against the shard threads, the store thread and the starter; never taken on
    // the per-message path.
    private let state: Guarded<State>
    /// How often a receipt for a stop was asked for; read by every shard before its turn.
    private let stops = Atomic<UInt64>(0)
    private let wakeUps: [LoopWakeUp]

    init(
        slot: SendSlot, plan: SendPlan, shardWakeUps: [LoopWakeUp],
        onEnd: @escaping @Sendable (End) -> Void
    ) {
        self.slot = slot
        self.plan = plan
        wakeUps = shardWakeUps
        let shards = shardWakeUps.count
        counters = (0..<shards).map { _ in SendCounters() }
        state = Guarded(
            State(
                shardsLeft: shards, onEnd: onEnd,
                stopsPassed: Array(repeating: 0, count: shards)))
    }

    /// The figures of this process, summed over shards.
    package var figures: SendCounters.Snapshot {
        counters.reduce(into: SendCounters.Snapshot()) { $0 += $1.snapshot }
    }

    /// How long what ended turns held it up in this process, summed over shards.
    package var bindingNanoseconds: BindingCounts {
        counters.reduce(into: BindingCounts()) { $0 += $1.bindingNanoseconds }
    }

    /// How long requests were on the wire in this process, summed over shards.
    package var latencies: LatencyHistogram {
        counters.reduce(into: LatencyHistogram()) { $0 += $1.latencies }
    }

    /// What each shard says of the hosts that hold sends back.
    package var heldBackHosts: [HeldBackHost] { counters.map(\.heldBackHost) }

    /// How deliveries ended in this process that were not sent, summed over shards.
    package var outcomes: OutcomeCounts {
        counters.reduce(into: OutcomeCounts()) { $0 += $1.outcomes }
    }

    /// Stops new sends on every shard at once; what is on the wire ends and is recorded.
    package func drain() {
        plan.control.drain()
        wakeShards()
    }

    /// Stops new sends as `drain()` does, and says when no further request can begin.
    ///
    /// - Parameter onStopped: Called once, on a thread of the runtime, when every shard has passed
    ///   a turn after it saw the stop, with the requests that are on the wire at that moment; by
    ///   the caller at once when no shard works on the campaign any more.
    package func drain(onStopped: @escaping @Sendable (Int) -> Void) {
        plan.control.drain()
        // Behind the switch: a shard that has seen the number sees the switch, too.
        let stop = stops.wrappingAdd(1, ordering: .acquiringAndReleasing).newValue
        let isOver = state.withLock { state in
            guard state.stopsPassed.contains(where: { $0 < stop }) else { return true }
            state.receipts.append((stop, onStopped))
            return false
        }
        if isOver { onStopped(figures.inFlight) } else { wakeShards() }
    }

    private func wakeShards() { for wakeUp in wakeUps { wakeUp.send() } }

    /// How it ended, `nil` while it runs.
    package var end: End? { state.withLock { $0.end } }

    /// The store has no page left to give: the shards may leave.
    func storeFinished() {
        state.withLock { $0.isFinished = true }
        drain()
    }

    /// The campaign cannot go on: the shards are to leave.
    func fail(_ error: RuntimeError) {
        state.withLock { state in
            if state.failure == nil { state.failure = error }
        }
        drain()
    }

    /// The number of the last stop, for `shardPassed` after a whole turn.
    var lastStop: UInt64 { stops.load(ordering: .acquiring) }

    /// A shard has taken a turn that began after it had read `stop`: it starts nothing more.
    func shardPassed(_ stop: UInt64, shard: Int) {
        let calls = state.withLock { state -> [@Sendable (Int) -> Void] in
            state.stopsPassed[shard] = max(state.stopsPassed[shard], stop)
            guard let passed = state.stopsPassed.min() else { return [] }
            let calls = state.receipts.filter { $0.stop <= passed }.map(\.call)
            state.receipts.removeAll { $0.stop <= passed }
            return calls
        }
        guard !calls.isEmpty else { return }
        let inFlight = figures.inFlight
        for call in calls { call(inFlight) }
    }

    /// A shard holds nothing of the campaign any more.
    func shardLeft(_ shard: Int) {
        shardPassed(.max, shard: shard)
        let call = state.withLock { state -> (End, (@Sendable (End) -> Void)?)? in
            state.shardsLeft -= 1
            guard state.shardsLeft == 0 else { return nil }
            let end: End =
                if let error = state.failure { .failed(error) } else if state.isFinished {
                    .completed
                } else { .drained }
            state.end = end
            defer { state.onEnd = nil }
            return (end, state.onEnd)
        }
        if let (end, onEnd) = call { onEnd?(end) }
    }
}

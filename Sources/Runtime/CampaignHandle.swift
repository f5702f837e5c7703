package import Engine
import Structures

/// A running campaign as its starter sees it: live figures, stopping, and how it ended.
///
/// ```
/// running ──every page done──▶ leaving(completed) ──all shards have left──▶ ended(completed)
///    │ drain()                                                              ▲
///    ├──────────────▶ leaving(drained) ──all shards have left──▶ ended(drained)
///    │ store or target failed
///    └──────────────▶ ended(failed)
/// ```
package final class CampaignHandle: Sendable {
    package enum End: Sendable {
        /// Every delivery has ended.
        case completed
        /// Stopped on request; everything is recorded and what is left is pending.
        case drained
        /// The campaign cannot go on; what was on the wire is in the journal.
        case failed(RuntimeError)
    }

    private struct State {
        var shardsLeft: Int
        var isFinished = false
        var end: End?
        var onEnd: (@Sendable (End) -> Void)?
    }

    package let slot: CampaignSlot
    package let plan: CampaignPlan
    /// One for each shard.
    let counters: [CampaignCounters]
    // Guards the state against the shard threads, the store thread and the starter; never taken on
    // the per-message path.
    private let state: Guarded<State>

    init(
        slot: CampaignSlot, plan: CampaignPlan, shards: Int,
        onEnd: @escaping @Sendable (End) -> Void
    ) {
        self.slot = slot
        self.plan = plan
        counters = (0..<shards).map { _ in CampaignCounters() }
        state = Guarded(State(shardsLeft: shards, onEnd: onEnd))
    }

    /// The figures of this process, summed over shards.
    package var figures: CampaignCounters.Snapshot {
        counters.reduce(into: CampaignCounters.Snapshot()) { $0 += $1.snapshot }
    }

    /// Stops new sends on every shard within its next turn; what is on the wire ends and is
    /// recorded.
    package func drain() { plan.control.drain() }

    /// How it ended, `nil` while it runs.
    package var end: End? { state.withLock { $0.end } }

    /// The store has no page left to give: the shards may leave.
    func storeFinished() {
        state.withLock { $0.isFinished = true }
        plan.control.drain()
    }

    func storeFailed(_ error: RuntimeError) {
        plan.control.drain()
        finish { $0.end == nil ? .failed(error) : nil }
    }

    /// A shard holds nothing of the campaign any more.
    func shardLeft() {
        finish { state in
            state.shardsLeft -= 1
            guard state.shardsLeft == 0, state.end == nil else { return nil }
            return state.isFinished ? .completed : .drained
        }
    }

    private func finish(_ decide: (inout State) -> End?) {
        let call = state.withLock { state -> (End, (@Sendable (End) -> Void)?)? in
            guard let end = decide(&state) else { return nil }
            state.end = end
            defer { state.onEnd = nil }
            return (end, state.onEnd)
        }
        if let (end, onEnd) = call { onEnd?(end) }
    }
}

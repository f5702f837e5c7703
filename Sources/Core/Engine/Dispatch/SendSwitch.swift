import Synchronization

/// The switch by which the control plane stops a campaign's sends, read by every shard each turn.
///
/// ```
/// sending ──drain()──▶ draining ──resume()──▶ sending
/// ```
///
/// While draining nothing new is started; requests on the wire end, are recorded, and the pages go
/// back to the store with what is left of them still pending.
package final class SendSwitch: Sendable {
    private let draining = Atomic<Bool>(false)

    /// Begins with sends allowed.
    package init() {}

    /// Whether new sends are stopped.
    package var isDraining: Bool { draining.load(ordering: .acquiring) }

    /// Stops new sends on all shards, each at its next turn.
    package func drain() { draining.store(true, ordering: .releasing) }

    /// Allows sends again.
    package func resume() { draining.store(false, ordering: .releasing) }
}

import Structures

/// The live figures of running campaigns, for views: nobody waits for the engine to see them.
package final class LiveBoard: Sendable {
    private let runs = Guarded<[Int64: RunningCampaign]>([:])

    package init() {}

    /// What a running campaign adds to what is stored; nil when it does not run.
    package func live(_ campaign: Int64) -> CampaignStats.Live? {
        runs.withLock { $0[campaign] }?.live
    }

    func show(_ run: RunningCampaign) { runs.withLock { $0[run.pk] = run } }
    func remove(_ campaign: Int64) { runs.withLock { $0[campaign] = nil } }
    var all: [RunningCampaign] { runs.withLock { Array($0.values) } }
}

package import ControlDirectory
import Engine
import Structures

/// The live figures of running campaigns, for views: nobody waits for the engine to see them.
package final class LiveBoard: Sendable {
    private struct State {
        var runs: [CampaignRowID: RunningCampaign] = [:]
        /// What the runs did that are over.
        var ended = EngineFigures()
    }

    // Guards the two together, so that a run is always in exactly one of them.
    private let state = Guarded(State())

    package init() {}

    /// What a running campaign adds to what is stored; nil when it does not run.
    package func live(_ campaign: CampaignRowID) -> CampaignStats.Live? {
        state.withLock { $0.runs[campaign] }?.live
    }

    func show(_ run: RunningCampaign) { state.withLock { $0.runs[run.pk] = run } }

    /// Takes away a run that is over, and keeps what it did.
    func remove(_ campaign: CampaignRowID) {
        state.withLock { state in
            guard let run = state.runs.removeValue(forKey: campaign) else { return }
            state.ended += EngineFigures(run).ended
        }
    }

    /// Counts deliveries that ended before their campaign ran here, because a process died.
    func addCrashed(_ count: Int) {
        state.withLock {
            $0.ended.count(UInt64(max(0, count)), .unknown, DeliveryReason.crashed.label(code: 0))
        }
    }

    var all: [RunningCampaign] { state.withLock { Array($0.runs.values) } }

    /// What all runs did since the process began.
    struct Reading: Sendable {
        var figures: EngineFigures
        var running: [RunningCampaign]
    }

    var reading: Reading {
        var reading = state.withLock { state in
            Reading(figures: state.ended, running: Array(state.runs.values))
        }
        for run in reading.running { reading.figures += EngineFigures(run) }
        return reading
    }
}

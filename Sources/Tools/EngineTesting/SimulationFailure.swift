import Engine

/// A property that did not hold, with all that is needed to see it again.
package struct SimulationFailure: Error, CustomStringConvertible {
    /// The seed of the scenario.
    package let seed: UInt64
    /// What did not hold.
    package let message: String
    /// Where campaigns and shards stood.
    package let state: String

    package var description: String {
        """
        seed \(seed): \(message)
        \(state)
        Run it again: FANFARE_SEED=\(seed) swift test --filter SimulationTests
        """
    }
}

extension Simulation {
    /// What the run went through, to see that runs go through everything.
    package struct Statistics: Sendable {
        /// Steps of processes, between which they may die.
        package var steps = 0
        /// Requests handed to a transport.
        package var starts = 0
        /// Processes that died, at power losses too.
        package var crashes = 0
        /// Deaths that took the machine with them.
        package var powerLosses = 0
        /// Records that a recovery found in doubt.
        package var unsure = 0
        /// Pages claimed before the shard that gave them back knew that they were durable.
        package var contestedPages = 0
        /// Claimed pages that more than one journal slot held at a crash.
        package var pagesHeldTwice = 0
        /// Claimed pages of which the only journal slot was one of an earlier claim.
        package var pagesHeldStale = 0
        /// Claimed pages whose number a page of another send had, too, in a journal at a crash.
        package var pagesOfTwoSends = 0
        /// Pages given back with deliveries still pending.
        package var parkedPages = 0
        /// Stores that failed, and pages that they could not take.
        package var storeFailures = 0
        package var unsettledPages = 0
        /// Campaigns that were settled without the records of all their pages.
        package var incompleteCampaigns = 0
        package var pauses = 0
        /// Rates that were changed while a process ran.
        package var rateChanges = 0
        /// Deliveries that ended as sent, by the last accounting.
        package var sent = 0
        /// Deliveries that ended as failed, likewise.
        package var failed = 0
        /// Deliveries that ended as unknown, likewise.
        package var unknown = 0
        /// Deliveries that ended as skipped, likewise.
        package var skipped = 0
        /// Pages handed out with an allowance for a part of their recipients.
        package var partialPages = 0
        /// Recipients that the receiver acted on more than once.
        package var processedTwice = 0

        /// Nothing has happened.
        package init() {}

        /// Adds what another run went through, for sums over seeds.
        package static func += (left: inout Statistics, right: Statistics) {
            left.steps += right.steps
            left.starts += right.starts
            left.crashes += right.crashes
            left.powerLosses += right.powerLosses
            left.unsure += right.unsure
            left.contestedPages += right.contestedPages
            left.pagesHeldTwice += right.pagesHeldTwice
            left.pagesHeldStale += right.pagesHeldStale
            left.pagesOfTwoSends += right.pagesOfTwoSends
            left.parkedPages += right.parkedPages
            left.storeFailures += right.storeFailures
            left.unsettledPages += right.unsettledPages
            left.incompleteCampaigns += right.incompleteCampaigns
            left.pauses += right.pauses
            left.rateChanges += right.rateChanges
            left.sent += right.sent
            left.failed += right.failed
            left.unknown += right.unknown
            left.skipped += right.skipped
            left.partialPages += right.partialPages
            left.processedTwice += right.processedTwice
        }
    }

    func report(_ message: String) -> SimulationFailure {
        var lines = [
            "at \(nowNanoseconds) ns, process \(process.number), \(scenario.shards) shards of "
                + "\(scenario.slotsPerShard) slots"
        ]
        for campaign in campaigns {
            var tally: [DeliveryStatus: Int] = [:]
            for model in campaign.models.joined() { tally[model.status, default: 0] += 1 }
            let statuses = DeliveryStatus.allCases.compactMap { status in
                tally[status].map { "\(status.name) \($0)" }
            }
            lines.append(
                "campaign \(campaign.index), send \(campaign.setup.send.rawValue) "
                    + "(\(campaign.setup.guarantee.name)): "
                    + statuses.joined(separator: ", ") + (campaign.isPaused ? ", paused" : "")
                    + (campaign.isFinished ? ", finished" : "")
                    + (campaign.run?.failure != nil ? ", failed" : "")
                    + (campaign.run.map { ", on shards \($0.shards.sorted())" } ?? ", not running"))
            lines.append("  pages: \(campaign.pages.map { "\($0.state)" }.joined(separator: " "))")
        }
        return SimulationFailure(
            seed: scenario.seed, message: message, state: lines.joined(separator: "\n"))
    }
}

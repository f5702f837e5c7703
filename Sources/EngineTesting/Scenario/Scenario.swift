package import Pacing
import Structures

/// All that is decided about a run before it begins; the rest is drawn while it runs.
package struct Scenario {
    /// How large drawn scenarios are.
    package enum Size: Sendable {
        /// Some tens of recipients: for thousands of seeds.
        case small
        /// Thousands of recipients in full pages: for a few seeds.
        case large

        var recipientsMax: Int { self == .small ? 60 : 4_000 }
    }

    /// The end of a process.
    package struct Crash {
        /// Steps of the process before it dies: calls of its ports and events of its store.
        package var steps: Int
        /// Whether the machine goes down with it, and the journals are not to be trusted.
        package var isPowerLoss: Bool

        package init(steps: Int, isPowerLoss: Bool) {
            self.steps = steps
            self.isPowerLoss = isPowerLoss
        }
    }

    package let seed: UInt64
    package var shards = 1
    package var slotsPerShard = 8
    package var flightsMax = 64
    package var campaigns: [CampaignSetup] = []
    /// The limit over all campaigns together.
    package var sharedLimit = RateLimit.unlimited
    package var crashes: [Crash] = []
    /// The longest time that the store takes for a batch.
    package var storeNanosecondsMax: Int64 = 1_000_000
    /// Requests that a shard's mailbox to the store holds.
    package var mailboxCapacity = 8
    /// The longest usual time between an event and the shard's turn.
    package var lagNanosecondsMax: Int64 = 0
    var weather: Weather
    /// What the run draws from.
    var generator: SeededGenerator

    /// A scenario in calm weather, for the caller to fill in.
    package init(calm seed: UInt64) {
        self.seed = seed
        generator = SeededGenerator(seed: seed)
        weather = Weather.calm
    }

    /// Draws a scenario.
    package init(seed: UInt64, size: Size) {
        self.seed = seed
        var generator = SeededGenerator(seed: seed)
        shards = generator.pick([1, 1, 2, 3])
        slotsPerShard = generator.pick([1, 2, 3, 5])
        flightsMax = generator.drawWide(1...48)
        weather = Weather(using: &generator)
        for _ in 0..<generator.pick([1, 1, 2, 4]) {
            campaigns.append(
                CampaignSetup(recipientsMax: size.recipientsMax, using: &generator))
        }
        if generator.isOne(in: 4) { sharedLimit = CampaignSetup.drawLimit(using: &generator) }
        if generator.isOne(in: 2) {
            crashes = (0..<generator.draw(1...3)).map { _ in
                Crash(
                    steps: generator.drawWide(1...(12 * size.recipientsMax)),
                    isPowerLoss: generator.isOne(in: 5))
            }
        }
        storeNanosecondsMax =
            Int64(generator.pick([50, 1_000, 30_000, 700_000])) * SimulationLimits.microsecond
        mailboxCapacity = generator.pick([1, 2, 8])
        lagNanosecondsMax =
            Int64(generator.pick([0, 100, 5_000, 300_000])) * SimulationLimits.microsecond
        self.generator = generator
    }
}

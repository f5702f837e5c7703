import Engine
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
        /// From when the steps are counted.
        package var trigger: Trigger

        /// A death after so many steps from the trigger on.
        package init(steps: Int, isPowerLoss: Bool, trigger: Trigger = .start) {
            self.steps = steps
            self.isPowerLoss = isPowerLoss
            self.trigger = trigger
        }
    }

    /// The moments after which a crash is most telling.
    package enum Trigger: CaseIterable, Sendable {
        /// The start of the process.
        case start
        /// A page went back to the store unfinished.
        case parkedPage
        /// A page was claimed again before the shard that gave it back knew that it is durable:
        /// journals and store know different things about it.
        case contestedPage
        /// The same, for the second time before that shard knew.
        case recontestedPage
        /// A store failed: what its campaign has in journals goes from one to another.
        case failedStore
    }

    /// The limits of a host, and what they become.
    package struct HostSetup {
        /// The host's number.
        let host: Int
        let limit: RateLimit
        let inFlightMax: Int
        /// Changes of the rate; with one before its start, the host is named only then.
        let changes: [(nanoseconds: Int64, limit: RateLimit)]
        let isNamedLater: Bool
    }

    /// What everything in the run follows from; printed with a failure.
    package let seed: UInt64
    /// Shards of each process.
    package var shards = 1
    /// Pages that a shard holds at once.
    package var slotsPerShard = 8
    /// Journal slots for pages whose stores have failed.
    package var unsettledSlots = 64
    package var flightsMax = 64
    /// The campaigns that run beside each other.
    package var campaigns: [CampaignSetup] = []
    /// The limit over all campaigns together.
    package var sharedLimit = RateLimit.unlimited
    /// The bound on what is on the wire of all campaigns together, and what it becomes.
    package var sharedInFlightMax = InFlightLimit.unlimited
    /// When that bound changes, and to what.
    package var sharedInFlightChanges: [(nanoseconds: Int64, limit: Int)] = []
    /// The hosts with limits of their own.
    package var hosts: [HostSetup] = []
    /// The deaths in their order, each of the process that the one before left to start.
    package var crashes: [Crash] = []
    /// The longest time that the store takes for a batch.
    package var storeNanosecondsMax: Int64 = 1_000_000
    /// Requests that a shard's mailbox to the store holds.
    package var mailboxCapacity = 8
    /// The longest time from a durable batch to its answer.
    package var answerNanosecondsMax: Int64 = 1_000_000
    /// The longest usual time between an event and the shard's turn.
    package var lagNanosecondsMax: Int64 = 0
    /// The longest time for which a shard's thread is now and then not run at all; 0 for never.
    package var stallNanosecondsMax: Int64 = 0
    /// Turns after which it is not, in the mean.
    package var turnsPerStall = 40
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
    ///
    /// - Parameters:
    ///   - seed: What everything follows from.
    ///   - size: How large it is.
    ///   - furtherSends: Sends that one of the campaigns has beside its first; drawn, too, if not
    ///     given.
    package init(seed: UInt64, size: Size, furtherSends: Int? = nil) {
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
                let trigger = generator.pick([.start, .start, Trigger.parkedPage])
                return Crash(
                    steps: generator.drawWide(
                        1...(trigger == .start ? 12 * size.recipientsMax : 64)),
                    isPowerLoss: generator.isOne(in: 5), trigger: trigger)
            }
        }
        storeNanosecondsMax =
            Int64(generator.pick([50, 1_000, 30_000, 700_000])) * SimulationLimits.microsecond
        mailboxCapacity = generator.pick([1, 2, 8])
        answerNanosecondsMax =
            Int64(generator.pick([50, 1_000, 30_000, 700_000])) * SimulationLimits.microsecond
        lagNanosecondsMax =
            Int64(generator.pick([0, 100, 5_000, 300_000])) * SimulationLimits.microsecond
        self.generator = generator
        if generator.isOne(in: 4) { stallNanosecondsMax = 3 * SimulationLimits.second }
        if generator.isOne(in: 4) { crowd(using: &generator) }
        if generator.isOne(in: 4) { unsettle(using: &generator) }
        let isFlow = generator.isOne(in: 4)
        addSends(
            furtherSends ?? (isFlow ? generator.draw(1...3) : 0), size, using: &generator)
        restrict(using: &generator)
        if generator.isOne(in: 3) { breakStores(using: &generator) }
        self.generator = generator
    }

    /// Gives a campaign further sends.
    private mutating func addSends(
        _ count: Int, _ size: Size, using generator: inout SeededGenerator
    ) {
        guard count > 0 else { return }
        let campaign = generator.draw(0...campaigns.count - 1)
        for number in 1...count {
            // Not the full size: several large sends through slow hosts would take hours.
            var setup = CampaignSetup(
                recipientsMax: min(size.recipientsMax, 500), using: &generator)
            guard let send = SendNumber(number) else { return }
            setup.send = send
            setup.campaign = campaign
            campaigns.append(setup)
        }
    }

    /// Lets some campaigns have recipients who may not be sent to, and pages of which only a part
    /// may be worked on.
    private mutating func restrict(using generator: inout SeededGenerator) {
        for index in campaigns.indices {
            if generator.isOne(in: 4) {
                let start = campaigns[index].startNanoseconds
                campaigns[index].eligibilityChanges = (0..<generator.draw(1...4)).map { _ in
                    max(0, start - 1) + generator.draw(0...SimulationLimits.second)
                }
            }
            campaigns[index].hasAllowances = generator.isOne(in: 4)
        }
        let horizon = 2 * SimulationLimits.second
        if generator.isOne(in: 3) {
            sharedInFlightMax = generator.drawWide(1...20)
            sharedInFlightChanges = (0..<generator.draw(0...3)).map { _ in
                (generator.draw(0...horizon), generator.drawWide(1...20))
            }
        }
        guard generator.isOne(in: 3) else { return }
        for host in 0..<14 where generator.isOne(in: 3) {
            hosts.append(
                HostSetup(
                    host: host, limit: CampaignSetup.drawLimit(using: &generator),
                    inFlightMax: generator.pick([InFlightLimit.unlimited, 1, 4]),
                    changes: (0..<generator.draw(0...2)).map { _ in
                        (
                            generator.draw(0...horizon),
                            CampaignSetup.drawLimit(using: &generator)
                        )
                    },
                    isNamedLater: generator.isOne(in: 3)))
        }
    }

    /// Lets the stores of some campaigns fail, now and then with too little room for their pages.
    private mutating func breakStores(using generator: inout SeededGenerator) {
        unsettledSlots = generator.pick([0, 1, 3, 64, 64])
        for index in campaigns.indices where !generator.isOne(in: 3) {
            campaigns[index].storeFailures = (0..<generator.draw(1...3)).map { _ in
                CampaignSetup.StoreFailure(
                    requests: generator.drawWide(1...12), isDurable: generator.isOne(in: 2),
                    restNanoseconds: Int64(generator.pick([0, 20, 3_000]))
                        * SimulationLimits.millisecond)
            }
        }
        for index in crashes.indices where generator.isOne(in: 2) {
            crashes[index].trigger = .failedStore
            crashes[index].steps = generator.drawWide(1...64)
        }
    }

    /// Sends campaigns at the same time to the same one or two hosts, which have little room, and
    /// takes some away while they wait there.
    private mutating func crowd(using generator: inout SeededGenerator) {
        let hosts = generator.draw(1...2)
        let perHostMax = generator.draw(1...2)
        for index in campaigns.indices {
            campaigns[index].startNanoseconds = 0
            campaigns[index].limit = .unlimited
            campaigns[index].changes = []
            campaigns[index].hasOwnURLs = true
            campaigns[index].firstHost = 0
            campaigns[index].hosts = hosts
            campaigns[index].share.perHostMax = perHostMax
            let start = generator.draw(1...100) * SimulationLimits.millisecond
            campaigns[index].pauses =
                generator.isOne(in: 2) ? [start...(start + 2 * SimulationLimits.second)] : []
        }
    }

    /// Pauses campaigns again and again for moments, so that pages go from shard to shard while
    /// some shards are asleep.
    private mutating func unsettle(using generator: inout SeededGenerator) {
        shards = generator.draw(2...3)
        stallNanosecondsMax = generator.draw(1...2_000) * SimulationLimits.millisecond
        turnsPerStall = generator.pick([4, 10])
        storeNanosecondsMax = SimulationLimits.millisecond
        answerNanosecondsMax = SimulationLimits.millisecond
        // Fast answers, so that a shard has nothing on the wire soon after a pause begins.
        weather.latencyNanosecondsMax = 5 * SimulationLimits.millisecond
        weather.timeoutMilliseconds = 20
        weather.slowHostEach = 0
        for index in crashes.indices {
            crashes[index].trigger = generator.pick([.contestedPage, .recontestedPage])
            crashes[index].steps = generator.pick([1, generator.drawWide(1...200)])
        }
        for index in campaigns.indices {
            // One page, that all shards want.
            campaigns[index].pages = [generator.draw(10...60)]
            campaigns[index].limit = CampaignSetup.slowLimit(using: &generator)
            var start = campaigns[index].startNanoseconds
            campaigns[index].pauses = (0..<generator.draw(2...8)).map { _ in
                start += generator.draw(1...200) * SimulationLimits.millisecond
                let end = start + generator.draw(1...100) * SimulationLimits.millisecond
                defer { start = end }
                return start...end
            }
        }
    }
}

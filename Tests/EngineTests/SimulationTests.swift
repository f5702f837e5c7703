import Engine
import EngineTesting
import Foundation
import Testing

/// The seeds to run, from the environment.
///
/// `FANFARE_SEED=n` runs that one only; `FANFARE_SEEDS=n` so many small scenarios instead of the
/// usual number, a tenth as many with two sends and a twentieth as many large ones. With
/// `FANFARE_TRACE=1` every seed is printed before its run, for failures that end the process.
private struct Seeds {
    let small: Range<UInt64>
    let large: Range<UInt64>
    let sends: Range<UInt64>
    let isTraced = ProcessInfo.processInfo.environment["FANFARE_TRACE"] == "1"

    static let current = Seeds()

    private init() {
        func variable(_ name: String) -> UInt64? {
            ProcessInfo.processInfo.environment[name].flatMap { UInt64($0) }
        }
        if let seed = variable("FANFARE_SEED") {
            small = seed..<seed + 1
            large = small
            sends = small
        } else {
            let count = variable("FANFARE_SEEDS")
            small = 0..<(count ?? 3_000)
            large = 0..<(count.map { $0 / 20 } ?? 12)
            sends = 0..<(count.map { $0 / 10 } ?? 300)
        }
    }
}

@Suite("The dispatcher under simulation")
struct SimulationTests {
    private let failuresShown = 5

    /// Runs scenarios and reports the first that fail.
    private func run(
        _ seeds: Range<UInt64>, _ size: Scenario.Size, furtherSends: Int? = nil,
        change: (inout Scenario) -> Void = { _ in }
    ) -> Simulation.Statistics {
        var statistics = Simulation.Statistics()
        var failures = 0
        for seed in seeds where failures < failuresShown {
            if Seeds.current.isTraced {
                FileHandle.standardError.write(Data("seed \(seed) \(size)\n".utf8))
            }
            var scenario = Scenario(seed: seed, size: size, furtherSends: furtherSends)
            change(&scenario)
            let simulation = Simulation(scenario)
            do throws(SimulationFailure) {
                try simulation.run()
            } catch {
                failures += 1
                Issue.record("\(error)")
            }
            statistics += simulation.statistics
        }
        return statistics
    }

    @Test("keeps its promises over thousands of small scenarios, which try everything")
    func small() {
        let statistics = run(Seeds.current.small, .small)
        guard Seeds.current.small.count >= 3_000 else { return }
        #expect(statistics.crashes > 100)
        #expect(statistics.powerLosses > 10)
        #expect(statistics.unsure > 100)
        #expect(statistics.parkedPages > 100)
        #expect(statistics.contestedPages > 30)
        #expect(statistics.pagesHeldTwice + statistics.pagesHeldStale > 5)
        #expect(statistics.pagesOfTwoSends > 10)
        #expect(statistics.storeFailures > 300)
        #expect(statistics.unsettledPages > 300)
        #expect(statistics.incompleteCampaigns > 50)
        #expect(statistics.pauses > 100)
        #expect(statistics.rateChanges > 100)
        #expect(statistics.processedTwice > 10)
        #expect(statistics.skipped > 1_000)
        #expect(statistics.partialPages > 100)
        #expect(min(statistics.sent, statistics.failed, statistics.unknown) > 1_000)
    }

    @Test("two sends of a campaign to the same recipients are told apart, through many crashes")
    func sends() {
        let statistics = run(Seeds.current.sends, .small, furtherSends: 1) { scenario in
            let seed = Int(scenario.seed)
            scenario.crashes = (1...4).map { number in
                .init(steps: 1 + (seed * 31 + number * 17) % 240, isPowerLoss: number == 4)
            }
        }
        guard Seeds.current.sends.count >= 300 else { return }
        #expect(statistics.crashes > 600)
        #expect(statistics.pagesOfTwoSends > 30)
        #expect(statistics.unsure > 1_000)
    }

    @Test("keeps its promises with full pages and thousands of recipients")
    func large() {
        _ = run(Seeds.current.large, .large)
    }

    @Test("lets a sound campaign end though more stores fail around it than there are slots")
    func failingStores() throws {
        var scenario = Scenario(calm: 1)
        scenario.shards = 2
        scenario.slotsPerShard = 3
        scenario.unsettledSlots = 4
        let failing = 40
        for index in 0...failing {
            var setup = CampaignSetup()
            setup.pages = [10, 10, 10, 10]
            setup.guarantee = index.isMultiple(of: 2) ? .atMostOnce : .atLeastOnce
            if index < failing {
                setup.storeFailures = [
                    .init(
                        requests: 1 + index % 4, isDurable: index.isMultiple(of: 3),
                        restNanoseconds: 100_000_000_000)
                ]
            }
            scenario.campaigns.append(setup)
        }
        let simulation = Simulation(scenario)
        try simulation.run()
        #expect(simulation.statistics.storeFailures == failing)
        // The others have their rest before they go on.
        let last = try #require(simulation.starts.lastIndex(of: failing))
        #expect(simulation.starts[last...].count { $0 != failing } >= failing * 10)
    }
}

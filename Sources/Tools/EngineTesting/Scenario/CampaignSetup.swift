package import Engine
package import Pacing
import Structures

/// A campaign of a scenario, or a further send of one: what it is to do, and what will be done to
/// it.
package struct CampaignSetup {
    /// Which send it is of its campaign.
    package var send = SendNumber.first
    /// The place in the scenario of the campaign of which it is a further send, whose pages bring
    /// the numbers of their recipients; `nil` for a campaign of its own.
    package var campaign: Int?
    package var guarantee = DeliveryGuarantee.atLeastOnce
    /// The campaign's own rate, before any of its `changes`.
    package var limit = RateLimit.unlimited
    /// Most attempts for a recipient, the first included.
    package var attemptsMax = 3
    /// The wait before the second attempt, without its jitter.
    package var backoffBaseNanoseconds: Int64 = 50_000_000
    /// The campaign's part of each shard's flights.
    package var share = SendShare(inFlightMax: 64, perHostMax: 64)
    /// Recipients of each page, duplicates included.
    package var pages: [Int] = []
    /// One in so many rows repeats an earlier one; 0 for none.
    package var duplicateEach = 0
    /// One in so many recipients has a URL that is none; 0 for none.
    package var badHostEach = 0
    /// Hosts that the recipients are spread over.
    package var hosts = 1
    /// The first of them: campaigns with overlapping hosts share their gates.
    package var firstHost = 0
    /// Whether each request brings its URL.
    package var hasOwnURLs = false
    /// Whether each request brings a header line of its own.
    package var hasTemplatedHeader = false
    /// When it starts, after the begin of the run.
    package var startNanoseconds: Int64 = 0
    /// Pauses, each with its end.
    package var pauses: [ClosedRange<Int64>] = []
    /// When some of its recipients become ineligible and others eligible again.
    package var eligibilityChanges: [Int64] = []
    /// Whether the store allows only a part of the recipients of some pages.
    package var hasAllowances = false
    /// Failures of its store, one after the other.
    package var storeFailures: [StoreFailure] = []
    /// Changes of its rate while it may be running.
    package var changes: [(nanoseconds: Int64, limit: RateLimit)] = []

    /// A store that fails, for its run.
    package struct StoreFailure {
        /// Requests of shards that it works off before, counted from the one before.
        package var requests: Int
        /// Whether what it could not confirm is in it all the same.
        package var isDurable: Bool
        /// How long it takes, after all shards have left, until the campaign is run again.
        package var restNanoseconds: Int64

        package init(requests: Int, isDurable: Bool, restNanoseconds: Int64) {
            self.requests = requests
            self.isDurable = isDurable
            self.restNanoseconds = restNanoseconds
        }
    }

    package init() {}

    /// Draws a campaign.
    ///
    /// It has `recipientsMax` recipients at the most.
    init(recipientsMax: Int, using generator: inout SeededGenerator) {
        guarantee = generator.isOne(in: 2) ? .atLeastOnce : .atMostOnce
        limit = Self.drawLimit(using: &generator)
        attemptsMax = generator.pick([1, 2, 3, 3, 6])
        backoffBaseNanoseconds =
            Int64(generator.pick([1, 20, 200, 1_000])) * SimulationLimits.millisecond
        let inFlightMax = generator.drawWide(1...64)
        share = SendShare(
            inFlightMax: inFlightMax,
            perHostMax: generator.isOne(in: 2) ? inFlightMax : generator.draw(1...inFlightMax))
        pages = Self.drawPages(recipientsMax, using: &generator)
        duplicateEach = generator.pick([0, 0, 1, 2, 7])
        hosts = generator.drawWide(1...12)
        firstHost = generator.draw(0...2)
        hasOwnURLs = generator.isOne(in: 2)
        if hasOwnURLs { badHostEach = generator.pick([0, 0, 9]) }
        hasTemplatedHeader = generator.isOne(in: 4)
        let horizon = 2 * SimulationLimits.second
        startNanoseconds = generator.isOne(in: 2) ? 0 : generator.draw(0...horizon)
        if generator.isOne(in: 3) {
            let start = generator.draw(0...horizon)
            pauses = [start...(start + generator.draw(0...horizon))]
        }
        if !limit.isUnlimited && generator.isOne(in: 3) {
            changes = (0..<generator.draw(1...2)).map { _ in
                (generator.draw(0...horizon), Self.drawLimit(using: &generator))
            }
        }
    }

    /// A rate that a small campaign feels and that does not take it minutes.
    static func drawLimit(using generator: inout SeededGenerator) -> RateLimit {
        guard generator.isOne(in: 2) else { return .unlimited }
        let rate = generator.drawWide(20...5_000)
        guard let limit = try? RateLimit(rate, burst: generator.drawWide(1...40)) else {
            preconditionFailure("a drawn rate is in range")
        }
        return limit
    }

    /// A rate at which some tens of recipients take a second.
    static func slowLimit(using generator: inout SeededGenerator) -> RateLimit {
        guard let limit = try? RateLimit(generator.draw(20...100), burst: generator.draw(1...4))
        else { preconditionFailure("a drawn rate is in range") }
        return limit
    }

    private static func drawPages(
        _ recipientsMax: Int, using generator: inout SeededGenerator
    ) -> [Int] {
        var left = generator.drawWide(0...recipientsMax)
        let pageMax = min(PageLayout.recipientsMax, generator.drawWide(1...max(1, recipientsMax)))
        var pages: [Int] = []
        while left > 0 && pages.count < 24 {
            let count = min(left, generator.isOne(in: 3) ? pageMax : generator.draw(1...pageMax))
            pages.append(count)
            left -= count
        }
        return pages
    }
}

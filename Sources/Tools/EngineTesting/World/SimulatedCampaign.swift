import Engine
import Jinja
import Pacing
import Structures

/// A campaign in the simulated world, or one of the sends of a campaign: what is durable of it,
/// what it should come to, and how it runs.
final class SimulatedCampaign {
    /// A page as the store keeps it over crashes.
    struct StoredPage {
        enum State: Equatable {
            case fresh
            case claimed(shard: Int)
            case parked(dueMilliseconds: Int64)
            case done
        }

        var state = State.fresh
        /// `nil` while nothing was stored of the page.
        var records: [DeliveryRecord]?
        let fixture: AudienceFixture
        /// The recipients' numbers when the page brings them.
        let ordinals: [UInt32]?
        /// Whom the last claim allowed; `nil` for everybody.
        var allowed: Set<Int>?
        /// Claims in a row while an earlier holder did not know yet that the page had left it.
        var contests = 0
    }

    /// A recipient by its place.
    struct Place: Hashable {
        let page: Int
        let index: Int
    }

    let index: Int
    let setup: CampaignSetup
    let id: CampaignID
    /// The first field of every request, up to the recipient's part of the key.
    let keyPrefix: [UInt8]
    /// What follows the recipient's number in the key.
    let keySuffix: [UInt8]
    let message: MessageTemplates
    let target: TargetSpecification
    var pages: [StoredPage] = []
    var models: [[RecipientModel]] = []
    /// Where recipients are by their number in the campaign.
    private(set) var places: [UInt64: Place] = [:]

    /// Whether its start has come.
    var isStarted = false
    var isPaused = false
    /// Whether every page was done when a shard asked for one.
    var isFinished = false
    /// How it runs in the current process, `nil` while it does not.
    var run: Run?
    /// The failures of its store that are still to come; the first of them after so many requests.
    var storeFailures: ArraySlice<CampaignSetup.StoreFailure>
    var requestsToFailure: Int

    /// A campaign in one process.
    struct Run {
        let slot: SendSlot
        let plan: SendPlan
        let limiter: RateLimiter
        var bucket: TokenBucketModel
        /// One for each shard; a new one each time that the shard takes the campaign on.
        var counters: [SendCounters]
        /// What the counters of shards said that had left and came back.
        var earlier = SendCounters.Snapshot()
        /// What the counters must sum up to.
        var expected = SendCounters.Snapshot()
        /// Shards that work on it.
        var shards: Set<Int>
        /// The failure of its store, once that has come.
        var failure: CampaignSetup.StoreFailure?
    }

    /// Whether nothing more happens to it.
    var isOver: Bool { isFinished && run == nil }

    /// Makes what a setup says; as a further send of another campaign if one is given.
    init(
        _ setup: CampaignSetup, index: Int, timeoutMilliseconds: Int,
        sendOf first: SimulatedCampaign? = nil, using generator: inout SeededGenerator
    ) {
        self.index = index
        self.setup = setup
        id = first?.id ?? CampaignID(using: &generator)
        keyPrefix = Array("\(id)-".utf8)
        keySuffix = first == nil ? [] : Array("-s\(setup.send.rawValue)".utf8)
        storeFailures = setup.storeFailures[...]
        requestsToFailure = setup.storeFailures.first?.requests ?? .max
        message = MessageTemplates(
            url: setup.hasOwnURLs ? SimulatedTemplates.make("http://{{host}}/hook") : nil,
            headers: setup.hasTemplatedHeader
                ? [.init(name: "x-recipient", value: SimulatedTemplates.make("{{id}}"))] : [],
            body: SimulatedTemplates.make("{\"to\":\"{{id}}\"}"),
            slotCount: 1 + SimulatedTemplates.columns.count)
        target = TargetSpecification(
            url: setup.hasOwnURLs ? nil : "http://\(Self.hostName(setup.firstHost))/hook",
            method: "POST", fields: [HeaderField("x-campaign", "\(index)")],
            timeoutMilliseconds: timeoutMilliseconds,
            connectTimeoutMilliseconds: timeoutMilliseconds, allowsPrivateNetworks: true,
            forbidsResend: setup.guarantee == .atMostOnce)
        var numbers = first.map { drawNumbers(from: $0, using: &generator) }
        for (page, count) in setup.pages.enumerated() {
            let ordinals = numbers.map { Array($0.prefix(count)) }
            numbers?.removeFirst(count)
            makePage(page, count, ordinals, using: &generator)
        }
    }

    /// Draws whom a further send goes to: recipients of the first in any order, and others when
    /// these do not suffice.
    private func drawNumbers(
        from first: SimulatedCampaign, using generator: inout SeededGenerator
    ) -> [UInt32] {
        var numbers = first.places.keys.sorted().map { UInt32($0) }
        let count = setup.pages.reduce(0, +)
        let free = UInt32(first.pages.count * PageLayout.recipientsMax)
        while numbers.count < count { numbers.append(free + UInt32(numbers.count)) }
        numbers.shuffle(using: &generator)
        return Array(numbers.prefix(count))
    }

    static func hostName(_ number: Int) -> String { "h\(number).test" }

    /// The user id of a recipient, which no other recipient of any campaign has.
    func recipientID(_ place: Place) -> String { "c\(index)-\(place.page)-\(place.index)" }

    private func makePage(
        _ page: Int, _ count: Int, _ ordinals: [UInt32]?, using generator: inout SeededGenerator
    ) {
        var recipients: [(id: String, host: String)] = []
        var models: [RecipientModel] = []
        var records = Array(repeating: DeliveryRecord(), count: count)
        for index in 0..<count {
            let ordinal = Ordinal(page: PageIndex(UInt32(page)), index: index).rawValue
            places[ordinals.map { UInt64($0[index]) } ?? ordinal] = Place(page: page, index: index)
            let isDuplicate = setup.duplicateEach > 0 && generator.isOne(in: setup.duplicateEach)
            let isBad = setup.badHostEach > 0 && generator.isOne(in: setup.badHostEach)
            let host = Self.hostName(setup.firstHost + generator.draw(0...setup.hosts - 1))
            recipients.append(
                (recipientID(Place(page: page, index: index)), isBad ? "no host" : host))
            var model = RecipientModel(hasBadHost: isBad)
            if isDuplicate {
                model.status = .duplicate
                records[index].status = .duplicate
            }
            models.append(model)
        }
        let hasDuplicates = models.contains { $0.status == .duplicate }
        pages.append(
            StoredPage(
                records: hasDuplicates ? records : nil,
                fixture: AudienceFixture(recipients: recipients), ordinals: ordinals))
        self.models.append(models)
    }
}

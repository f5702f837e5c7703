import Engine
import Jinja
import Pacing
import Structures

/// A campaign in the simulated world: what is durable of it, what it should come to, and how it
/// runs.
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
    let message: MessageTemplates
    let target: TargetSpecification
    var pages: [StoredPage] = []
    var models: [[RecipientModel]] = []

    /// Whether its start has come.
    var isStarted = false
    var isPaused = false
    /// Whether every page was done when a shard asked for one.
    var isFinished = false
    /// How it runs in the current process, `nil` while it does not.
    var run: Run?

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
    }

    /// Whether nothing more happens to it.
    var isOver: Bool { isFinished && run == nil }

    init(_ setup: CampaignSetup, index: Int, using generator: inout SeededGenerator) {
        self.index = index
        self.setup = setup
        id = CampaignID(using: &generator)
        keyPrefix = Array("\(id)-".utf8)
        message = MessageTemplates(
            url: setup.hasOwnURLs ? SimulatedTemplates.make("http://{{host}}/hook") : nil,
            headers: setup.hasTemplatedHeader
                ? [.init(name: "x-recipient", value: SimulatedTemplates.make("{{id}}"))] : [],
            body: SimulatedTemplates.make("{\"to\":\"{{id}}\"}"),
            slotCount: 1 + SimulatedTemplates.columns.count)
        target = TargetSpecification(
            url: setup.hasOwnURLs ? nil : "http://\(Self.hostName(setup.firstHost))/hook",
            method: "POST", fields: [HeaderField("x-campaign", "\(index)")],
            timeoutMilliseconds: 1_000,
            connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true,
            forbidsResend: setup.guarantee == .atMostOnce)
        for page in setup.pages.indices { makePage(page, setup.pages[page], using: &generator) }
    }

    static func hostName(_ number: Int) -> String { "h\(number).test" }

    /// The user id of a recipient, which no other recipient of any campaign has.
    func recipientID(_ place: Place) -> String { "c\(index)-\(place.page)-\(place.index)" }

    private func makePage(
        _ page: Int, _ count: Int, using generator: inout SeededGenerator
    ) {
        var recipients: [(id: String, host: String)] = []
        var models: [RecipientModel] = []
        var records = Array(repeating: DeliveryRecord(), count: count)
        for index in 0..<count {
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
                fixture: AudienceFixture(recipients: recipients)))
        self.models.append(models)
    }
}

import Dispatch
import Engine
import Foundation
import Jinja
import Pacing
import Providers
import Synchronization
import Testing

@testable import Runtime

@Suite struct DispatchRuntimeTests {
    @Test func aCampaignOnTwoShardsReachesEverybody() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 5_000, perPage: 300)
        let end = try bench.run(store)
        #expect(end.isCompleted)
        #expect(store.statuses == [.sent: 5_000])
        #expect(bench.figures?.sent == 5_000)
        #expect(bench.figures?.inFlight == 0)
        #expect(bench.figures?.pages == 0)
        bench.shutDown()
    }

    @Test func aCampaignEndsWithItsLastPageThoughNobodyAsksForAnother() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 250, perPage: 100)
        store.tellsEnd = false
        #expect(try bench.run(store).isCompleted)
        #expect(store.statuses == [.sent: 250])
        bench.shutDown()
    }

    @Test func boundsOnWhatIsUnderWayAreSharedByShardsAndLeftEmpty() throws {
        let bench = try Bench(shards: 2)
        let bound = InFlightLimit(limit: 3)
        bench.inFlight = bound
        let store = MemoryCampaignStore(recipients: 3_000, perPage: 100)
        #expect(try bench.run(store).isCompleted)
        #expect(store.statuses == [.sent: 3_000])
        #expect(bound.count == 0)
        bench.shutDown()
    }

    @Test func pagesAreWorkedOffInPartsAsTheStoreAllows() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 600, perPage: 100)
        store.allowance = 30
        #expect(try bench.run(store).isCompleted)
        #expect(store.statuses == [.sent: 600])
        #expect(store.claims == 6 * 4)
        bench.shutDown()
    }

    @Test func figuresOfAllShardsAreSummedUp() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 2_000, perPage: 100)
        let ended = Ended(count: 1)
        let handle = try bench.start(store, control: SendSwitch()) { _ in ended.countDown() }
        ended.wait()
        #expect(handle.latencies.count == 2_000)
        #expect(handle.outcomes == OutcomeCounts())
        bench.release(handle)
        bench.shutDown()
    }

    @Test func pagesAndCommitsAreCountedByTheRuntime() throws {
        let bench = try Bench(shards: 2)
        for round in 1...2 {
            let store = MemoryCampaignStore(recipients: 600, perPage: 100)
            store.allowance = 60
            #expect(try bench.run(store).isCompleted)
            let figures = bench.runtime.figures
            #expect(figures.pagesFinished == UInt64(6 * round))
            #expect(figures.pagesReturned == UInt64(6 * round))
            #expect(figures.pagesClaimed == UInt64(12 * round))
            #expect(figures.commits.count > 0)
            #expect(figures.commits.count <= UInt64(24 * round))
            #expect(figures.storeRequests == 0)
        }
        bench.shutDown()
    }

    @Test func anAudienceOfNobodyCompletes() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 0)
        #expect(try bench.run(store).isCompleted)
        bench.shutDown()
    }

    @Test func manyCampaignsRunSideBySide() throws {
        let bench = try Bench(shards: 2)
        let stores = (0..<40).map { MemoryCampaignStore(recipients: 50 * $0 + 1, perPage: 100) }
        let ended = Ended(count: stores.count)
        var handles: [CampaignHandle] = []
        for store in stores {
            handles.append(
                try bench.start(store, control: SendSwitch()) { _ in ended.countDown() })
        }
        ended.wait()
        for (index, store) in stores.enumerated() {
            #expect(store.statuses == [.sent: 50 * index + 1])
            #expect(handles[index].end?.isCompleted == true)
        }
        bench.shutDown()
    }

    @Test func aDrainedCampaignKeepsWhatIsLeftAndGoesOnLater() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 3_000, perPage: 500)
        let control = SendSwitch()
        let ended = Ended(count: 1)
        let handle = try bench.start(store, control: control, rate: "2000/s") { _ in
            ended.countDown()
        }
        while handle.figures.sent < 50 { usleep(500) }
        handle.drain()
        ended.wait()
        #expect(handle.end?.isDrained == true)
        let sent = store.statuses[.sent, default: 0]
        #expect(sent >= 50)
        #expect(sent + store.statuses[.pending, default: 0] == 3_000)
        #expect(UInt64(sent) == handle.figures.sent)
        bench.release(handle)

        let again = try bench.run(store)
        #expect(again.isCompleted)
        #expect(store.statuses == [.sent: 3_000])
        bench.shutDown()
    }

    @Test func aStoreThatFailsEndsItsCampaignAndNoOther() throws {
        let bench = try Bench(shards: 2)
        let broken = MemoryCampaignStore(recipients: 3_000, perPage: 100)
        broken.writesBeforeFailure = 3
        let sound = MemoryCampaignStore(recipients: 3_000, perPage: 100)
        let ended = Ended(count: 2)
        let first = try bench.start(broken, control: SendSwitch()) { _ in ended.countDown() }
        let second = try bench.start(sound, control: SendSwitch()) { _ in ended.countDown() }
        ended.wait()
        #expect(first.end?.failure?.code == .store)
        #expect(second.end?.isCompleted == true)
        #expect(sound.statuses == [.sent: 3_000])
        bench.shutDown()
    }
}

extension CampaignHandle.End {
    var isCompleted: Bool { if case .completed = self { true } else { false } }
    var isDrained: Bool { if case .drained = self { true } else { false } }
    var failure: RuntimeError? { if case .failed(let error) = self { error } else { nil } }
}

/// Counts campaigns that have ended.
final class Ended: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let count: Int

    init(count: Int) { self.count = count }

    func countDown() { semaphore.signal() }

    func wait() { for _ in 0..<count { semaphore.wait() } }
}

/// A runtime over the instant transport in a directory of its own.
final class Bench {
    let runtime: DispatchRuntime<InstantTransport>
    let directory: String
    let shards: Int
    private(set) var figures: SendCounters.Snapshot?
    /// The bound of the campaigns that are started from now on.
    var inFlight: InFlightLimit?

    init(shards: Int) throws {
        self.shards = shards
        directory = NSTemporaryDirectory() + "fanfare-runtime-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        runtime = try DispatchRuntime(
            options: .init(
                shards: shards, flightsPerShard: 64, journalDirectory: directory, seed: 1)
        ) { _ in InstantTransport() }
    }

    func start(
        _ store: MemoryCampaignStore, control: SendSwitch, rate: String = "unlimited",
        id: CampaignID = CampaignID(high: 1, low: 2),
        onEnd: @escaping @Sendable (CampaignHandle.End) -> Void
    ) throws -> CampaignHandle {
        // The test looks at the store again only after the campaign has ended.
        return try runtime.start(
            try makePlan(control: control, rate: rate, id: id), store: StoreHandover(store),
            shares: Array(
                repeating: SendShare(inFlightMax: 32, perHostMax: 32), count: shards),
            onEnd: onEnd)
    }

    /// Runs a campaign to its end and releases it.
    func run(
        _ store: MemoryCampaignStore, id: CampaignID = CampaignID(high: 1, low: 2)
    ) throws -> CampaignHandle.End {
        let ended = Ended(count: 1)
        let handle = try start(store, control: SendSwitch(), id: id) { _ in ended.countDown() }
        ended.wait()
        figures = handle.figures
        release(handle)
        return try #require(handle.end)
    }

    func release(_ handle: CampaignHandle) {
        let released = Ended(count: 1)
        runtime.release(handle) { released.countDown() }
        released.wait()
    }

    func shutDown() {
        runtime.shutDown()
        try? FileManager.default.removeItem(atPath: directory)
    }

    private func makePlan(
        control: SendSwitch, rate: String, id: CampaignID
    ) throws -> SendPlan {
        let now = SystemClock.now.monotonicNanoseconds
        let limiter = RateLimiter(try RateLimit(parsing: rate), nowNanoseconds: now)
        return try SendPlan.toNobody(
            id: id, limiters: LimiterChain([.init(.campaign, limiter, inFlight: inFlight)]),
            control: control)
    }
}

extension SendPlan {
    /// A plan for transports without a network.
    static func toNobody(
        id: CampaignID = CampaignID(high: 1, low: 2), limiters: LimiterChain = LimiterChain([]),
        control: SendSwitch = SendSwitch()
    ) throws -> SendPlan {
        SendPlan(
            id: id,
            message: MessageTemplates(
                url: nil, headers: [], body: try makeTemplate("hello"), slotCount: 1),
            target: TargetSpecification(
                url: "http://127.0.0.1:1/", method: "POST", fields: [],
                timeoutMilliseconds: 1_000,
                connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true,
                forbidsResend: false),
            provider: WebhookProvider(), guarantee: .atLeastOnce,
            retries: RetrySchedule(
                attemptsMax: 3, baseNanoseconds: 1_000_000, capNanoseconds: 2_000_000,
                ceilingNanoseconds: 3_000_000),
            limiters: limiters, control: control)
    }
}

/// The only place that knows how a template is made.
func makeTemplate(_ source: String) throws -> Template {
    try Template.parse(source, name: "body").bind(layout: VariableLayout())
}

import Benchmark
import Engine
import Jinja
import Pacing
import Structures

/// What a send costs without HTTP: claim, render, pace, start, verdict, record, commit.
func dispatchBenchmarks(_ audience: BenchmarkAudience) {
    for (name, limits) in [("no limits", 0), ("4 limits", 4)] {
        let pages = 64
        let sends = pages * 1_024
        Benchmark("Shard: \(sends) sends over an instant transport, \(name)") { benchmark in
            let journalBytes = FlightJournal.byteCount(slots: EngineLimits.pagesPerShardMax)
            let memory = UnsafeMutableRawPointer.allocate(byteCount: journalBytes, alignment: 64)
            defer { memory.deallocate() }
            let journal = FlightJournal(adopting: memory, slots: EngineLimits.pagesPerShardMax)
            journal.format(boot: (1, 2))
            try audience.pages[0].withUnsafeBytes { blob in
                let page = try AudiencePage(checking: blob)
                var now = Moment(monotonicNanoseconds: 1_000_000_000, wallMilliseconds: 1)
                var shard = Shard(
                    transport: InstantTransport(),
                    store: RepeatingStore(page: page, blob: blob, pages: pages), journal: journal,
                    flightsMax: 256, generator: SeededGenerator(seed: 1), now: now)
                let counters = SendCounters()
                try shard.add(
                    plan(audience.message(), limits: limits, now), at: SendSlot(0),
                    share: SendShare(inFlightMax: 256, perHostMax: 256), counters: counters)
                benchmark.startMeasurement()
                while counters.snapshot.sent < UInt64(page.count * pages) {
                    now.monotonicNanoseconds += 100_000
                    blackHole(shard.turn(now))
                }
                benchmark.stopMeasurement()
            }
        }
    }
}

/// A campaign whose limiters, if any, are there to be asked and never bind.
private func plan(_ message: MessageTemplates, limits: Int, _ now: Moment) -> SendPlan {
    let fast = (try? RateLimit(10_000_000)) ?? .unlimited
    let links = LimiterLevel.allCases.prefix(limits).map {
        LimiterChain.Link($0, RateLimiter(fast, nowNanoseconds: now.monotonicNanoseconds))
    }
    return SendPlan(
        id: CampaignID(high: 1, low: 2), message: message,
        target: TargetSpecification(
            url: "http://127.0.0.1/push", method: "POST", fields: [],
            timeoutMilliseconds: 10_000,
            connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true, forbidsResend: false),
        provider: AcceptingProvider(), guarantee: .atLeastOnce,
        retries: RetrySchedule(
            attemptsMax: 3, baseNanoseconds: 1_000_000_000, capNanoseconds: 60_000_000_000,
            ceilingNanoseconds: 60_000_000_000),
        limiters: LimiterChain(Array(links)), control: SendSwitch())
}

private struct AcceptingProvider: Provider {
    var requirements: ProviderRequirements { ProviderRequirements(keyFieldName: "key") }

    func verdict(
        for completion: TransferCompletion, guarantee: DeliveryGuarantee
    ) -> Verdict {
        Verdict(.accepted, reason: .httpStatus, code: completion.result.status)
    }
}

/// A transport whose requests have ended before the next turn.
private struct InstantTransport: Transport {
    private var ended: [FlightID] = []

    mutating func prepare(_ target: TargetSpecification) -> TargetID { TargetID(0) }

    mutating func release(_ target: TargetID) {}

    mutating func start(_ flight: FlightID, _ request: TransferRequest) {
        blackHole(request.body.count)
        ended.append(flight)
    }

    mutating func nextCompletion() -> TransferCompletion? {
        guard let flight = ended.popLast() else { return nil }
        return TransferCompletion(
            TransferResult(
                flight: flight, status: 200, failure: .none, transportCode: 0, requestLeft: true,
                wireAttempts: 1, retryAfterSeconds: -1))
    }
}

/// A store that gives the same page again and again, and commits at once.
private struct RepeatingStore: PageStore {
    private let page: AudiencePage
    private let memory: UnsafeMutableRawPointer
    private let pages: Int
    private var given = 0
    private var events: [StoreEvent] = []

    init(page: AudiencePage, blob: UnsafeRawBufferPointer, pages: Int) {
        guard let start = blob.baseAddress else { fatalError("A page is not empty") }
        self.page = page
        // Only handed back and forth, never written.
        memory = UnsafeMutableRawPointer(mutating: start)
        self.pages = pages
    }

    mutating func requestPage(of campaign: SendSlot) -> Bool {
        guard given < pages else {
            events.append(.nothingDue(campaign, untilMilliseconds: .max))
            return true
        }
        events.append(
            .loaded(
                LoadedPage(
                    campaign: campaign, page: PageIndex(UInt32(given)), claim: UInt64(given + 1),
                    audience: page, records: nil, memory: memory)))
        given += 1
        return true
    }

    mutating func commit(_ commit: PageCommit) -> Bool {
        events.append(.committed(slot: commit.slot))
        return true
    }

    mutating func nextEvent() -> StoreEvent? { events.popLast() }
}

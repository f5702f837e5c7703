import Engine
import EngineTesting
import Pacing
import Structures

/// One shard with a scripted transport and store, moved through time by the test.
@safe
final class ShardHarness {
    let transport = ScriptedTransport()
    let store = ScriptedStore()
    let journal: FlightJournal
    var shard: Shard<ScriptedTransport, ScriptedStore>
    private(set) var nowNanoseconds: Int64 = 1_000_000_000_000
    private let memory: UnsafeMutableRawBufferPointer

    init(slots: Int = 4, flightsMax: Int = 64, index: Int = 0) {
        unsafe memory = .allocate(byteCount: FlightJournal.byteCount(slots: slots), alignment: 64)
        journal = unsafe FlightJournal(adopting: memory.baseAddress!, slots: slots)
        journal.format(boot: (1, 2))
        shard = Shard(
            transport: transport, store: store, journal: journal, flightsMax: flightsMax,
            generator: SeededGenerator(seed: 1),
            now: Moment(monotonicNanoseconds: nowNanoseconds, wallMilliseconds: 0),
            index: index)
    }

    deinit { unsafe memory.deallocate() }

    /// The counters of each campaign that was started.
    private var countersBySlot: [SendSlot: SendCounters] = [:]

    func counters(_ slot: SendSlot = SendSlot(0)) -> SendCounters {
        let counters = countersBySlot[slot] ?? SendCounters()
        countersBySlot[slot] = counters
        return counters
    }

    func figures(_ slot: SendSlot = SendSlot(0)) -> SendCounters.Snapshot {
        counters(slot).snapshot
    }

    var moment: Moment {
        Moment(
            monotonicNanoseconds: nowNanoseconds,
            wallMilliseconds: 1_700_000_000_000 + nowNanoseconds / 1_000_000)
    }

    /// Starts a campaign whose pages the store has been given.
    @discardableResult
    func add(
        _ slot: SendSlot = SendSlot(0), campaign: UInt64? = nil, send: SendNumber = .first,
        url: String? = nil, guarantee: DeliveryGuarantee = .atLeastOnce, attemptsMax: Int = 3,
        backoffMilliseconds: Int64 = 10, inFlightMax: Int = 64, perHostMax: Int = 64,
        limiters: LimiterChain = LimiterChain([]), eligibility: EligibilityCheck? = nil,
        hostLimits: HostLimits? = nil, provider: any Provider = SimulatedProvider(),
        inputs: [String] = []
    ) -> SendPlan {
        let plan = plan(
            slot, campaign: campaign, send: send, url: url, guarantee: guarantee,
            attemptsMax: attemptsMax,
            backoffMilliseconds: backoffMilliseconds, limiters: limiters,
            eligibility: eligibility, hostLimits: hostLimits, provider: provider, inputs: inputs)
        do {
            try shard.add(
                plan, at: slot,
                share: SendShare(inFlightMax: inFlightMax, perHostMax: perHostMax),
                counters: counters(slot))
        } catch {
            preconditionFailure("the scripted transport refused a target: \(error)")
        }
        return plan
    }

    /// A campaign that is not started.
    func plan(
        _ slot: SendSlot, campaign: UInt64? = nil, send: SendNumber = .first,
        url: String? = nil, guarantee: DeliveryGuarantee = .atLeastOnce, attemptsMax: Int = 3,
        backoffMilliseconds: Int64 = 10,
        limiters: LimiterChain = LimiterChain([]), eligibility: EligibilityCheck? = nil,
        hostLimits: HostLimits? = nil, provider: any Provider = SimulatedProvider(),
        inputs: [String] = []
    ) -> SendPlan {
        SendPlan(
            id: CampaignID(high: 7, low: campaign ?? UInt64(slot.rawValue)), send: send,
            message: MessageTemplates(
                url: url.map { SimulatedTemplates.make($0) }, headers: [],
                body: SimulatedTemplates.make("{{id}}"),
                inputs: inputs.map { SimulatedTemplates.make($0) }, slotCount: 2),
            target: TargetSpecification(
                url: url == nil ? "http://static.test/" : nil, method: "POST", fields: [],
                timeoutMilliseconds: 1_000,
                connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true,
                forbidsResend: false),
            provider: provider, guarantee: guarantee,
            retries: RetrySchedule(
                attemptsMax: attemptsMax, baseNanoseconds: backoffMilliseconds * 1_000_000,
                capNanoseconds: backoffMilliseconds * 1_000_000,
                ceilingNanoseconds: 3_600_000_000_000),
            limiters: limiters, control: SendSwitch(), eligibility: eligibility,
            hostLimits: hostLimits)
    }

    /// Adds a page of recipients with the same host; their ids are `r0`, `r1` and so on.
    func page(
        _ count: Int, of slot: SendSlot = SendSlot(0), host: String = "a.test",
        records: [DeliveryRecord]? = nil
    ) {
        store.add((0..<count).map { ("r\($0)", host) }, of: slot, records: records)
    }

    @discardableResult
    func turn() -> Shard<ScriptedTransport, ScriptedStore>.NextTurn { shard.turn(moment) }

    func isQuiet(_ slot: SendSlot) -> Bool { shard.isQuiet(slot) }

    /// Takes turns until the shard does nothing more at this moment.
    func settle() {
        var quiet = 0
        while quiet < 3 {
            let before = (transport.requests.count, store.commits.count)
            let next = turn()
            let isQuiet = next != .now && before == (transport.requests.count, store.commits.count)
            quiet = isQuiet ? quiet + 1 : 0
        }
        if let broken = shard.checkInvariants() { preconditionFailure(broken) }
    }

    /// Lets time pass, and settles.
    func advance(milliseconds: Int64) { advance(nanoseconds: milliseconds * 1_000_000) }

    func advance(nanoseconds: Int64) {
        nowNanoseconds += nanoseconds
        settle()
    }
}

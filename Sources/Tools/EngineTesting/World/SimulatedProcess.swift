import Engine
import Pacing
import Structures

/// One life of the simulated program: its shards, its store thread, its limiters.
///
/// When it dies, what lasts is copied in that moment: the journals. Its code runs on to the end of
/// the turn, because it cannot be stopped inside a call, but none of its calls has an effect any
/// more.
final class SimulatedProcess {
    unowned let simulation: Simulation
    let number: Int
    private(set) var isDead = false
    /// Calls that changed the world, to tell work from spinning.
    var effects = 0
    var shards: [SimulatedShard] = []
    private(set) var store: SimulatedStore?
    let sharedLimiter: RateLimiter
    var sharedBucket: TokenBucketModel
    let sharedInFlight: InFlightLimit
    let hostLimits = HostLimits()
    /// The rates of hosts that were named.
    var hostBuckets: [String: TokenBucketModel] = [:]
    /// What the store thread keeps of campaigns whose stores have failed.
    var unsettled: UnsettledJournal
    private let unsettledMemory: JournalMemory
    /// The journals as they were at the end: of the shards, and of the unsettled pages.
    private(set) var remains: [JournalMemory] = []

    /// Memory for a journal, for as long as the object lives.
    // SAFETY: it owns the memory for its whole life, and the journal with it.
    @safe
    final class JournalMemory {
        let journal: FlightJournal
        private let memory: UnsafeMutableRawBufferPointer

        init(slots: Int) {
            unsafe memory = .allocate(
                byteCount: FlightJournal.byteCount(slots: slots), alignment: 64)
            journal = unsafe FlightJournal(adopting: memory.baseAddress!, slots: slots)
        }

        /// What a mapped file would hold now.
        init(copying other: JournalMemory) {
            unsafe memory = unsafe .allocate(byteCount: other.memory.count, alignment: 64)
            unsafe memory.copyMemory(from: UnsafeRawBufferPointer(other.memory))
            journal = unsafe FlightJournal(
                adopting: memory.baseAddress!, slots: other.journal.slotCount)
        }

        deinit { unsafe memory.deallocate() }
    }

    init(_ simulation: Simulation, number: Int, boot: (UInt64, UInt64)) {
        self.simulation = simulation
        self.number = number
        let limit = simulation.scenario.sharedLimit
        sharedLimiter = RateLimiter(limit, nowNanoseconds: simulation.nowNanoseconds)
        sharedBucket = TokenBucketModel(limit, nowNanoseconds: simulation.nowNanoseconds)
        sharedInFlight = InFlightLimit(limit: simulation.scenario.sharedInFlightMax)
        unsettledMemory = JournalMemory(slots: simulation.scenario.unsettledSlots)
        unsettledMemory.journal.format(boot: boot)
        unsettled = UnsettledJournal(unsettledMemory.journal)
        for setup in simulation.scenario.hosts where !setup.isNamedLater {
            setHost(setup.host, setup.limit, inFlightMax: setup.inFlightMax)
        }
        let store = SimulatedStore(simulation, self)
        self.store = store
        for index in 0..<simulation.scenario.shards {
            shards.append(SimulatedShard(simulation, self, store, index: index, boot: boot))
        }
    }

    /// Sets the limits of a host.
    func setHost(_ number: Int, _ limit: RateLimit, inFlightMax: Int? = nil) {
        let host = SimulatedCampaign.hostName(number)
        let url = "http://\(host)/"
        let now = simulation.nowNanoseconds
        let max = inFlightMax ?? hostLimits.entry(url: url)?.inFlight.limit
        hostLimits.set(
            url: url, rate: limit, inFlightMax: max ?? InFlightLimit.unlimited,
            nowNanoseconds: now)
        if hostBuckets[host] == nil {
            hostBuckets[host] = TokenBucketModel(limit, nowNanoseconds: now)
        } else {
            hostBuckets[host]?.change(limit, nowNanoseconds: now)
        }
    }

    /// Requests on the wire, of one host or of all.
    func inFlight(to host: String? = nil) -> Int {
        shards.reduce(0) { sum, shard in
            sum + shard.peer.attempts.values.count { host == nil || $0.host == host }
        }
    }

    /// Ends the process in the middle of whatever it does.
    func die() {
        isDead = true
        remains = (shards.map(\.memory) + [unsettledMemory]).map { JournalMemory(copying: $0) }
    }

    /// Lets go of the store thread, which refers to the process's shards.
    func dismantle() {
        store = nil
        shards = []
    }
}

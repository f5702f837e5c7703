import Pacing

/// Counts what is on the wire per destination host, and holds back what a host has no room for.
///
/// A transport must not queue, so a request starts only when its host has a connection free. What
/// has to wait stays in the page, linked into its host's list; a slow host fills its own list and
/// nothing else. A host with limits of its own (`HostLimits`) holds back in the same way what they
/// do not let through.
///
/// Gates are found by a 64-bit hash of scheme, host and port. Two hosts that share a hash would
/// share a gate, which only makes both slower; nothing is lost by it. Campaigns with different
/// registries of limits have different gates for a host.
///
/// A gate lives while something refers to it: a pin of a campaign, a flight, or a waiting
/// recipient. One with limits stays: to make it again would cost an allocation.
struct HostTable {
    /// A gate's place; stable while it lives.
    struct Index: Equatable, BitwiseCopyable {
        fileprivate let rawValue: Int
        static let none = Index(rawValue: -1)
    }

    struct Gate {
        fileprivate(set) var hash: UInt64 = 0
        var inFlight = 0
        var waiting = RecipientList()
        fileprivate var pins = 0
        fileprivate var isUsed = false
        /// Whether it is among those that may have places for who waits.
        fileprivate(set) var isOpen = false
        /// Whether the host has limits of its own.
        fileprivate(set) var isLimited = false
        /// When those limits are to be looked at again for who waits; `nil` while nobody does.
        fileprivate(set) var limitedUntilNanoseconds: Int64?
    }

    private(set) var gates: [Gate] = []
    /// The limits of each gate's host; empty chains for those without.
    private var chains: [LimiterChain] = []
    private var free: [Int] = []
    /// Gates at which places came free while somebody waited.
    private var open: [Index] = []
    /// Gates at whose limits somebody waits.
    private var throttled: [Index] = []
    /// Hash to place.
    ///
    /// A dictionary: it is consulted only for campaigns whose URL is a template.
    private var places: [UInt64: Int] = [:]

    subscript(index: Index) -> Gate {
        get { gates[index.rawValue] }
        _modify { yield &gates[index.rawValue] }
    }

    /// The gate of a host by its hash with the registry's salt in it, `nil` when there is none.
    func gate(key: UInt64) -> Index? { places[key].map { Index(rawValue: $0) } }

    /// The gate of a host, made when there is none.
    ///
    /// - Parameters:
    ///   - hash: The host's hash.
    ///   - limits: Where a new gate looks its limits up.
    /// - Returns: Its place.
    mutating func gate(hash: UInt64, limits: HostLimitsView? = nil) -> Index {
        let key = hash ^ (limits?.registry.salt ?? 0)
        if let gate = gate(key: key) { return gate }
        let place: Int
        if let recycled = free.popLast() {
            place = recycled
        } else {
            place = gates.count
            gates.append(Gate())
            chains.append(LimiterChain([]))
        }
        gates[place] = Gate()
        gates[place].hash = key
        gates[place].isUsed = true
        places[key] = place
        if let entry = limits?.entries[hash] { limit(place, entry) }
        return Index(rawValue: place)
    }

    private mutating func limit(_ place: Int, _ entry: HostLimits.Entry) {
        gates[place].isLimited = true
        chains[place] = LimiterChain([.init(.host, entry.limiter, inFlight: entry.inFlight)])
    }

    mutating func pin(_ index: Index) { gates[index.rawValue].pins += 1 }

    mutating func unpin(_ index: Index) {
        gates[index.rawValue].pins -= 1
        releaseIfIdle(index)
    }

    /// Forgets a gate that nothing refers to any more.
    mutating func releaseIfIdle(_ index: Index) {
        let place = index.rawValue
        guard gates[place].isUsed, gates[place].pins == 0, gates[place].inFlight == 0,
            gates[place].waiting.isEmpty, !gates[place].isLimited
        else { return }
        places[gates[place].hash] = nil
        gates[place].isUsed = false
        free.append(place)
    }

    /// Notes that a gate may have places for who waits at it.
    mutating func markOpen(_ index: Index) {
        guard !gates[index.rawValue].isOpen, !gates[index.rawValue].waiting.isEmpty else { return }
        gates[index.rawValue].isOpen = true
        open.append(index)
    }

    /// How many gates are open.
    var openCount: Int { open.count }

    /// An open gate, which is to be marked again if somebody still waits at it: it goes to the end
    /// of the list then.
    ///
    /// The first ones are forgotten by `forgetOpen`, so that the list keeps its memory.
    mutating func open(at place: Int) -> Index {
        gates[open[place].rawValue].isOpen = false
        return open[place]
    }

    mutating func forgetOpen(first count: Int) { open.removeFirst(count) }

    /// Takes the recipients of a page out of every waiting list.
    mutating func removeWaiting(slot: Int, _ links: borrowing RecipientLinks) {
        for place in gates.indices where !gates[place].waiting.isEmpty {
            gates[place].waiting.removeAll(slot: slot, links)
            releaseIfIdle(Index(rawValue: place))
        }
    }
}

// MARK: - Limits of hosts

extension HostTable {
    /// Takes sends from the limits of a host.
    func take(
        upTo count: Int, of index: Index, taker: UInt8, nowNanoseconds: Int64
    ) -> LimiterChain.Grant {
        chains[index.rawValue].take(upTo: count, taker: taker, nowNanoseconds: nowNanoseconds)
    }

    func giveBack(
        _ count: Int, places: LimiterChain.Places, of index: Index, nowNanoseconds: Int64
    ) {
        chains[index.rawValue].giveBack(
            count, places: places, takenAtNanoseconds: nowNanoseconds,
            nowNanoseconds: nowNanoseconds)
    }

    func release(_ places: LimiterChain.Places, of index: Index) {
        chains[index.rawValue].release(places)
    }

    /// How many of up to `count` sends the limits of a host let through now.
    func available(upTo count: Int, of index: Index, taker: UInt8, nowNanoseconds: Int64) -> Int {
        guard gates[index.rawValue].isLimited else { return count }
        return chains[index.rawValue].available(
            upTo: count, taker: taker, nowNanoseconds: nowNanoseconds)
    }

    /// When the limits of a host are worth another look, after they have refused a send.
    func nextLook(_ index: Index, nowNanoseconds: Int64) -> Int64 {
        let wait = chains[index.rawValue].nextBatchNanoseconds(nowNanoseconds: nowNanoseconds)
        return nowNanoseconds + (wait > 0 ? wait : EngineLimits.placePollNanoseconds)
    }

    /// Notes that somebody waits for the limits of a host.
    mutating func throttle(_ index: Index, untilNanoseconds: Int64) {
        if gates[index.rawValue].limitedUntilNanoseconds == nil { throttled.append(index) }
        gates[index.rawValue].limitedUntilNanoseconds = untilNanoseconds
    }

    /// When the limits of some host are worth another look, `nil` while nobody waits for any.
    var throttledUntilNanoseconds: Int64? {
        guard !throttled.isEmpty else { return nil }
        return throttled.reduce(Int64.max) { min($0, self[$1].limitedUntilNanoseconds ?? .max) }
    }

    /// Opens the gates whose limits are worth another look.
    mutating func openThrottled(nowNanoseconds: Int64) {
        guard !throttled.isEmpty else { return }
        var kept = 0
        for place in throttled.indices {
            let index = throttled[place]
            guard let until = self[index].limitedUntilNanoseconds else { continue }
            if until <= nowNanoseconds || self[index].waiting.isEmpty {
                self[index].limitedUntilNanoseconds = nil
                markOpen(index)
            } else {
                throttled[kept] = index
                kept += 1
            }
        }
        throttled.removeLast(throttled.count - kept)
    }

    /// Looks the limits of a registry's hosts up again, after a change.
    mutating func refresh(_ limits: HostLimitsView) {
        for (hash, entry) in limits.entries {
            guard let place = places[hash ^ limits.registry.salt] else { continue }
            if !gates[place].isLimited { limit(place, entry) }
            if gates[place].limitedUntilNanoseconds != nil {
                gates[place].limitedUntilNanoseconds = .min
            }
        }
    }
}

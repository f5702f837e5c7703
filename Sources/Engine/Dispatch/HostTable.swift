/// Counts what is on the wire per destination host, and holds back what a host has no room for.
///
/// A transport must not queue, so a request starts only when its host has a connection free. What
/// has to wait stays in the page, linked into its host's list; a slow host fills its own list and
/// nothing else.
///
/// Gates are found by a 64-bit hash of scheme, host and port. Two hosts that share a hash would
/// share a gate, which only makes both slower; nothing is lost by it.
///
/// A gate lives while something refers to it: a pin of a campaign, a flight, or a waiting
/// recipient.
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
    }

    private(set) var gates: [Gate] = []
    private var free: [Int] = []
    /// Hash to place.
    ///
    /// A dictionary: it is consulted only for campaigns whose URL is a template.
    private var places: [UInt64: Int] = [:]

    subscript(index: Index) -> Gate {
        get { gates[index.rawValue] }
        _modify { yield &gates[index.rawValue] }
    }

    /// The gate of a host, made when there is none.
    mutating func gate(hash: UInt64) -> Index {
        if let place = places[hash] { return Index(rawValue: place) }
        let place: Int
        if let recycled = free.popLast() {
            place = recycled
        } else {
            place = gates.count
            gates.append(Gate())
        }
        gates[place] = Gate()
        gates[place].hash = hash
        gates[place].isUsed = true
        places[hash] = place
        return Index(rawValue: place)
    }

    mutating func pin(_ index: Index) { gates[index.rawValue].pins += 1 }

    mutating func unpin(_ index: Index) {
        gates[index.rawValue].pins -= 1
        releaseIfIdle(index)
    }

    /// Forgets a gate that nothing refers to any more.
    mutating func releaseIfIdle(_ index: Index) {
        let gate = gates[index.rawValue]
        guard gate.isUsed, gate.pins == 0, gate.inFlight == 0, gate.waiting.isEmpty else { return }
        places[gate.hash] = nil
        gates[index.rawValue].isUsed = false
        free.append(index.rawValue)
    }

    /// Takes one recipient out of some waiting list, the first of its host.
    mutating func popWaiting(_ links: borrowing RecipientLinks) -> RecipientReference? {
        guard let place = gates.firstIndex(where: { !$0.waiting.isEmpty }) else { return nil }
        let reference = gates[place].waiting.popFirst(links)
        releaseIfIdle(Index(rawValue: place))
        return reference
    }

    /// Takes the recipients of a page out of every waiting list.
    mutating func removeWaiting(slot: Int, _ links: borrowing RecipientLinks) {
        for place in gates.indices where !gates[place].waiting.isEmpty {
            gates[place].waiting.removeAll(slot: slot, links)
            releaseIfIdle(Index(rawValue: place))
        }
    }
}

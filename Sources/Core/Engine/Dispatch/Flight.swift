import Jinja
import Pacing

/// A request on the wire, with the buffer that its bytes lie in.
struct Flight: ~Copyable {
    var recipient = RecipientReference(rawValue: 0)
    var host = HostTable.Index.none
    /// The places it holds in the bounds of its campaign, and of its host.
    var places: LimiterChain.Places = 0
    var hostPlaces: LimiterChain.Places = 0
    var startedNanoseconds: Int64 = 0
    /// The parts of the request, one behind the other.
    var buffer = ByteBuffer()
    /// Where they lie in the buffer.
    ///
    /// It stays here and is not handed on: it has thirteen words.
    var request = RenderedRequest()
}

/// A fixed set of flights at stable addresses, handed out last-freed first so that the buffer that
/// is reused is the one still in cache.
// SAFETY: it owns its memory, and a flight is checked before a pointer is handed out.
@safe
struct FlightTable: ~Copyable {
    private let flights: UnsafeMutablePointer<Flight>
    private let free: UnsafeMutablePointer<UInt32>
    private(set) var freeCount: Int
    let capacity: Int

    init(capacity: Int) {
        unsafe flights = .allocate(capacity: capacity)
        unsafe free = .allocate(capacity: capacity)
        for index in 0..<capacity {
            unsafe flights.advanced(by: index).initialize(to: Flight())
            unsafe free.advanced(by: index).initialize(to: UInt32(capacity - 1 - index))
        }
        freeCount = capacity
        self.capacity = capacity
    }

    deinit {
        unsafe flights.deinitialize(count: capacity)
        unsafe flights.deallocate()
        unsafe free.deallocate()
    }

    /// The flight that `take` will hand out next; filled in before it is taken.
    var nextFree: FlightID {
        precondition(freeCount > 0, "no flight is free")
        return unsafe FlightID(free[freeCount - 1])
    }

    mutating func takeNextFree() {
        precondition(freeCount > 0, "no flight is free")
        freeCount -= 1
    }

    mutating func release(_ id: FlightID) {
        precondition(freeCount < capacity, "a flight was released twice")
        unsafe free[freeCount] = id.rawValue
        freeCount += 1
    }

    @unsafe
    subscript(id: FlightID) -> UnsafeMutablePointer<Flight> {
        precondition(Int(id.rawValue) < capacity, "a flight is out of range")
        return unsafe flights.advanced(by: Int(id.rawValue))
    }
}

// A bounded queue from any number of threads to one, the mailbox of commands.
//
// The design is Dmitry Vyukov's bounded queue: every cell has a sequence number that says whose
// turn it is. With `p` the position of a push or pop and `capacity` cells, cell `p mod capacity`
// has
//
//     sequence == p                  empty, waiting for the push at p
//     sequence == p + 1              holds the element of the push at p, waiting for the pop at p
//     sequence == p + capacity       emptied by the pop at p, waiting for the push one lap later
//
// A producer claims a position by one compare-and-swap and then fills its cell alone, so producers
// do not wait for each other. A producer that is suspended between the two hides what was pushed
// behind it until it continues: the ring is not lock-free in the strict sense, but no element is
// lost, and no order is broken. With one cell the states "full" and "emptied" would be one number,
// hence at least two.
//
// Invariants, cited by the assertions below:
// 1. popPosition <= pushPosition <= popPosition + capacity.
// 2. At rest, the cells of [popPosition, pushPosition) hold elements and their sequence is position
//    + 1; the others are uninitialised and their sequence is the position of the next push to them.

// Public because the inlinable functions below name `Atomic`.
public import Synchronization

/// One of a ring's two ends: the position of the next push or pop.
@usableFromInline
struct RingEnd: ~Copyable {
    @usableFromInline let position: Atomic<Int>

    @usableFromInline
    init() {
        position = Atomic(0)
    }
}

/// A bounded first-in, first-out queue of values from many threads to one.
///
/// Any thread may call `tryPush`; one thread calls `tryPop` and `drain`. No call blocks, allocates
/// or makes a system call: a full ring refuses, and waking a sleeping consumer is up to the caller,
/// after its push. Elements of one producer keep their order. Elements that are left are released
/// with the ring.
///
/// SAFETY: `Sendable` by the protocol above: a cell is touched only by the thread whose turn its
/// sequence says it is, and the hand-over is a releasing store and an acquiring load of that
/// sequence. The memory lives as long as the ring, and places in it are masked to its size.
@safe
public final class MPSCRing<Element: Sendable>: @unchecked Sendable {
    // Public, with `package` members, because Swift 6.3 inlines no call to a member of a `package`
    // type into another module.

    /// Most elements that the ring holds: a power of two, at least 2.
    @usableFromInline package let capacity: Int
    @usableFromInline let mask: Int
    @usableFromInline let elements: UnsafeMutablePointer<Element>
    @usableFromInline let sequences: UnsafeMutablePointer<RingEnd>
    @usableFromInline let producers: UnsafeMutablePointer<RingEnd>
    @usableFromInline let consumer: UnsafeMutablePointer<RingEnd>

    /// Creates an empty ring.
    ///
    /// - Parameter minimumCapacity: rounded up to a power of two, at least 2; from 1 to
    ///   `StructuresLimits.ringCapacityMax`.
    package init(minimumCapacity: Int) {
        capacity = max(2, ringCapacity(atLeast: minimumCapacity))
        mask = capacity - 1
        unsafe elements = allocateLines(of: Element.self, count: capacity)
        unsafe sequences = allocateLines(of: RingEnd.self, count: capacity)
        unsafe producers = allocateLines(of: RingEnd.self, count: 1)
        unsafe consumer = allocateLines(of: RingEnd.self, count: 1)
        unsafe producers.initialize(to: RingEnd())
        unsafe consumer.initialize(to: RingEnd())
        for position in 0..<capacity {
            unsafe (sequences + position).initialize(to: RingEnd())
            unsafe sequences[position].position.store(position, ordering: .relaxed)
        }
    }

    deinit {
        // The last reference is gone, so no push is under way and this thread is the consumer.
        while tryPop() != nil {}
        unsafe sequences.deinitialize(count: capacity)
        unsafe producers.deinitialize(count: 1)
        unsafe consumer.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(elements).deallocate()
        unsafe UnsafeMutableRawPointer(sequences).deallocate()
        unsafe UnsafeMutableRawPointer(producers).deallocate()
        unsafe UnsafeMutableRawPointer(consumer).deallocate()
    }

    /// Elements in the ring now: a snapshot for metrics, already old when it is returned.
    package var count: Int {
        // The consumer's position first: the producers' can only have grown since.
        let popped = unsafe consumer.pointee.position.load(ordering: .acquiring)
        let pushed = unsafe producers.pointee.position.load(ordering: .acquiring)
        return min(pushed &- popped, capacity)
    }

    /// Whether nothing was in the ring, nor being pushed, at the time of the call.
    package var isEmpty: Bool { count == 0 }

    /// Checks the numbered invariants of this file; only while no thread is in a call.
    package func checkInvariants() {
        let pushed = unsafe producers.pointee.position.load(ordering: .acquiring)
        let popped = unsafe consumer.pointee.position.load(ordering: .acquiring)
        precondition(popped <= pushed && pushed <= popped + capacity, "Invariant 1 of MPSCRing")
        for position in popped..<(popped + capacity) {
            let sequence = unsafe sequences[position & mask].position.load(ordering: .acquiring)
            precondition(
                sequence == (position < pushed ? position + 1 : position), "Invariant 2 of MPSCRing"
            )
        }
    }

    /// Appends one element; may be called from any thread.
    ///
    /// - Returns: false when the ring is full; nothing was appended.
    @inlinable
    package func tryPush(_ element: Element) -> Bool {
        var position = unsafe producers.pointee.position.load(ordering: .relaxed)
        while true {
            let sequence = unsafe sequences[position & mask].position.load(ordering: .acquiring)
            let lead = sequence &- position
            if lead == 0 {
                let (claimed, current) = unsafe producers.pointee.position.weakCompareExchange(
                    expected: position, desired: position &+ 1, ordering: .relaxed)
                if claimed { break }
                position = current
            } else if lead < 0 {
                return false
            } else {
                // Another producer has claimed this position since it was loaded.
                position = unsafe producers.pointee.position.load(ordering: .relaxed)
            }
        }
        unsafe (elements + (position & mask)).initialize(to: element)
        unsafe sequences[position & mask].position.store(position &+ 1, ordering: .releasing)
        return true
    }

    /// Removes and returns the oldest element, or returns nil when there is none to take yet.
    @inlinable
    package func tryPop() -> Element? {
        let position = unsafe consumer.pointee.position.load(ordering: .relaxed)
        let sequence = unsafe sequences[position & mask].position.load(ordering: .acquiring)
        guard sequence == position &+ 1 else { return nil }
        let element = unsafe (elements + (position & mask)).move()
        unsafe sequences[position & mask].position.store(position &+ capacity, ordering: .releasing)
        unsafe consumer.pointee.position.store(position &+ 1, ordering: .releasing)
        return element
    }

    /// Removes up to `limit` of the oldest elements and calls `body` with each, in order.
    ///
    /// The call takes at most `capacity` elements, so that producers which refill the ring as fast
    /// as it is drained cannot hold the consumer. `body` may pop from this ring.
    ///
    /// - Returns: how many elements were removed by the call itself.
    @inlinable
    @discardableResult
    package func drain(limit: Int = .max, _ body: (Element) -> Void) -> Int {
        var count = 0
        while count < min(limit, capacity), let element = tryPop() {
            body(element)
            count &+= 1
        }
        return count
    }
}

// A bounded queue between exactly two threads, the data path's mailbox.
//
// Both sides count elements upwards for ever and mask the count to find a slot, so that a full ring
// and an empty one differ and no slot is wasted. At 10^9 elements a second the count lasts 292
// years.
//
// Each side owns one cache line: its own published count, which the other side reads, and its
// private copy of the other side's count. A side reads the other's line only when its copy says
// that the ring is full (empty), so in steady state a line crosses between cores once per lap of
// the ring instead of once per element.
//
// Invariants, cited by the assertions below:
// 1. consumer.count <= producer.count <= consumer.count + capacity.
// 2. producer.otherCount <= consumer.count: a stale copy makes the ring look fuller than it is.
// 3. consumer.otherCount <= producer.count: a stale copy makes it look emptier than it is.
// 4. Slots [consumer.count, producer.count) hold elements; only the producer writes the others.
//
// The releasing store of a count publishes the slots written (or freed) before it to the acquiring
// load of the other side; nothing else orders the two threads.

// Public because the inlinable functions below name `Atomic`.
public import Synchronization

/// The line of memory that one side of a ring writes.
@usableFromInline
struct RingSide: ~Copyable {
    /// Elements pushed (popped) since creation: written by this side, read by the other.
    @usableFromInline let count: Atomic<Int>
    /// The last value of the other side's count that this side has read: touched by this side only.
    @usableFromInline var otherCount: Int

    @usableFromInline
    init() {
        count = Atomic(0)
        otherCount = 0
    }
}

/// A bounded first-in, first-out queue of plain values from one thread to one other.
///
/// One thread calls the `push` functions and one thread calls the `pop` and `drain` functions;
/// which thread that is may change only with other synchronisation in between. No call blocks,
/// allocates or makes a system call: a full ring refuses, an empty one returns nothing, and waking
/// a sleeping consumer is up to the caller.
///
/// Elements are plain bits (`BitwiseCopyable`); to pass an object use an index or an `Unmanaged`.
///
/// SAFETY: `Sendable` by the protocol above: the slots and counts are handed over by releasing
/// stores and acquiring loads, `otherCount` is private to its side, and the rest never changes. The
/// memory lives as long as the ring, and places in it are masked to its size.
@safe
public final class SPSCRing<Element: BitwiseCopyable & Sendable>: @unchecked Sendable {
    // Public, with `package` members, because Swift 6.3 inlines no call to a member of a `package`
    // type into another module.

    /// Most elements that the ring holds: a power of two.
    @usableFromInline package let capacity: Int
    @usableFromInline let mask: Int
    @usableFromInline let slots: UnsafeMutablePointer<Element>
    @usableFromInline let producer: UnsafeMutablePointer<RingSide>
    @usableFromInline let consumer: UnsafeMutablePointer<RingSide>

    /// Creates an empty ring.
    ///
    /// - Parameter minimumCapacity: rounded up to a power of two; from 1 to
    ///   `StructuresLimits.ringCapacityMax`.
    package init(minimumCapacity: Int) {
        capacity = ringCapacity(atLeast: minimumCapacity)
        mask = capacity - 1
        unsafe slots = allocateLines(of: Element.self, count: capacity)
        unsafe producer = allocateLines(of: RingSide.self, count: 1)
        unsafe consumer = allocateLines(of: RingSide.self, count: 1)
        unsafe producer.initialize(to: RingSide())
        unsafe consumer.initialize(to: RingSide())
    }

    deinit {
        unsafe producer.deinitialize(count: 1)
        unsafe consumer.deinitialize(count: 1)
        unsafe UnsafeMutableRawPointer(producer).deallocate()
        unsafe UnsafeMutableRawPointer(consumer).deallocate()
        unsafe UnsafeMutableRawPointer(slots).deallocate()
    }

    /// Elements in the ring now: a snapshot for metrics, already old when it is returned.
    package var count: Int {
        // The consumer's count first: the producer's can only have grown since, so never negative.
        let popped = unsafe consumer.pointee.count.load(ordering: .acquiring)
        let pushed = unsafe producer.pointee.count.load(ordering: .acquiring)
        return min(pushed &- popped, capacity)
    }

    /// Whether nothing was in the ring at the time of the call.
    @inlinable
    package var isEmpty: Bool {
        let popped = unsafe consumer.pointee.count.load(ordering: .acquiring)
        return unsafe producer.pointee.count.load(ordering: .acquiring) == popped
    }

    /// Checks the numbered invariants of this file; only while neither side is in a call.
    package func checkInvariants() {
        let pushed = unsafe producer.pointee.count.load(ordering: .acquiring)
        let popped = unsafe consumer.pointee.count.load(ordering: .acquiring)
        precondition(popped <= pushed && pushed <= popped + capacity, "Invariant 1 of SPSCRing")
        unsafe precondition(producer.pointee.otherCount <= popped, "Invariant 2 of SPSCRing")
        unsafe precondition(consumer.pointee.otherCount <= pushed, "Invariant 3 of SPSCRing")
    }
}

// MARK: - The producer's side

extension SPSCRing {
    /// Appends one element.
    ///
    /// - Returns: false when the ring is full; nothing was appended.
    @inlinable
    package func tryPush(_ element: Element) -> Bool {
        let pushed = unsafe producer.pointee.count.load(ordering: .relaxed)
        guard freeSlots(pushed: pushed, wanted: 1) > 0 else { return false }
        unsafe slots[pushed & mask] = element
        unsafe producer.pointee.count.store(pushed &+ 1, ordering: .releasing)
        return true
    }

    /// Appends as many of the elements as there is room for, from the front, and publishes them at
    /// once.
    ///
    /// - Returns: how many were appended.
    @inlinable
    package func push(contentsOf elements: Span<Element>) -> Int {
        unsafe elements.withUnsafeBufferPointer { unsafe push(contentsOf: $0) }
    }

    /// Appends as many of the elements as there is room for, from the front, and publishes them at
    /// once.
    ///
    /// - Returns: how many were appended.
    @unsafe
    @inlinable
    package func push(contentsOf elements: UnsafeBufferPointer<Element>) -> Int {
        let pushed = unsafe producer.pointee.count.load(ordering: .relaxed)
        let count = min(elements.count, freeSlots(pushed: pushed, wanted: elements.count))
        guard count > 0, let source = elements.baseAddress else { return 0 }
        let start = pushed & mask
        let beforeEnd = min(count, capacity &- start)
        unsafe (slots + start).update(from: source, count: beforeEnd)
        unsafe slots.update(from: source + beforeEnd, count: count &- beforeEnd)
        unsafe producer.pointee.count.store(pushed &+ count, ordering: .releasing)
        return count
    }

    /// Slots that the producer may write; reads the consumer's line only if its copy shows too few.
    @inlinable
    func freeSlots(pushed: Int, wanted: Int) -> Int {
        let known = unsafe capacity &- (pushed &- producer.pointee.otherCount)
        if known >= wanted { return known }
        let popped = unsafe consumer.pointee.count.load(ordering: .acquiring)
        unsafe producer.pointee.otherCount = popped
        return capacity &- (pushed &- popped)
    }
}

// MARK: - The consumer's side

extension SPSCRing {
    /// Removes and returns the oldest element, or returns nil when the ring is empty.
    @inlinable
    package func tryPop() -> Element? {
        let popped = unsafe consumer.pointee.count.load(ordering: .relaxed)
        guard filledSlots(popped: popped, wanted: 1) > 0 else { return nil }
        let element = unsafe slots[popped & mask]
        unsafe consumer.pointee.count.store(popped &+ 1, ordering: .releasing)
        return element
    }

    /// Removes up to `buffer.count` of the oldest elements and stores them from the buffer's start.
    ///
    /// - Returns: how many were stored; the rest of the buffer is as it was.
    @inlinable
    package func popBatch(into buffer: inout MutableSpan<Element>) -> Int {
        unsafe buffer.withUnsafeMutableBufferPointer { unsafe popBatch(into: $0) }
    }

    /// Removes up to `buffer.count` of the oldest elements and stores them from the buffer's start.
    ///
    /// - Returns: how many were stored; the rest of the buffer is as it was.
    @unsafe
    @inlinable
    package func popBatch(into buffer: UnsafeMutableBufferPointer<Element>) -> Int {
        let popped = unsafe consumer.pointee.count.load(ordering: .relaxed)
        let count = min(buffer.count, filledSlots(popped: popped, wanted: buffer.count))
        guard count > 0, let target = buffer.baseAddress else { return 0 }
        let start = popped & mask
        let beforeEnd = min(count, capacity &- start)
        unsafe target.update(from: slots + start, count: beforeEnd)
        unsafe (target + beforeEnd).update(from: slots, count: count &- beforeEnd)
        unsafe consumer.pointee.count.store(popped &+ count, ordering: .releasing)
        return count
    }

    /// Removes up to `limit` of the oldest elements and calls `body` with each, in order.
    ///
    /// What is pushed meanwhile waits for the next call, and the slots become free at the end of
    /// the call, so one call does a bounded amount of work. `body` must not pop from this ring.
    ///
    /// - Returns: how many elements were removed.
    @inlinable
    @discardableResult
    package func drain(limit: Int = .max, _ body: (Element) -> Void) -> Int {
        let popped = unsafe consumer.pointee.count.load(ordering: .relaxed)
        let count = min(limit, filledSlots(popped: popped, wanted: min(limit, capacity)))
        guard count > 0 else { return 0 }
        for position in popped..<(popped &+ count) {
            body(unsafe slots[position & mask])
        }
        unsafe consumer.pointee.count.store(popped &+ count, ordering: .releasing)
        return count
    }

    /// Slots that the consumer may read; reads the producer's line only if its copy shows too few.
    @inlinable
    func filledSlots(popped: Int, wanted: Int) -> Int {
        let known = unsafe consumer.pointee.otherCount &- popped
        if known >= wanted { return known }
        let pushed = unsafe producer.pointee.count.load(ordering: .acquiring)
        unsafe consumer.pointee.otherCount = pushed
        return pushed &- popped
    }
}

// MARK: - What the rings share

/// The capacity of a ring that was asked to hold at least `minimum` elements: a power of two.
func ringCapacity(atLeast minimum: Int) -> Int {
    precondition(minimum >= 1, "A ring holds at least one element")
    precondition(
        minimum <= StructuresLimits.ringCapacityMax, "A ring holds at most ringCapacityMax elements"
    )
    return minimum == 1 ? 1 : 1 << (Int.bitWidth - (minimum - 1).leadingZeroBitCount)
}

/// Allocates uninitialised memory that begins a cache line and shares its last line with nobody.
///
/// To be freed through `UnsafeMutableRawPointer.deallocate()`.
@unsafe
func allocateLines<T: ~Copyable>(of type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
    let bytes = MemoryLayout<T>.stride * count
    let rounded = (bytes + CacheLine.bytes - 1) / CacheLine.bytes * CacheLine.bytes
    let memory = UnsafeMutableRawPointer.allocate(
        byteCount: max(rounded, CacheLine.bytes), alignment: CacheLine.bytes)
    return unsafe memory.bindMemory(to: T.self, capacity: count)
}

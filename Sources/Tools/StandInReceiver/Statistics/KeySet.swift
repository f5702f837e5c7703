// A set of key hashes with two bits of state each: 16 bytes a slot, 19 to 23 bytes a key.
//
// 1. The set is cut into 4096 segments by the top bits of the hash; each is an open-addressed table
//    with linear probing that grows on its own. So growth moves 1/4096 of the keys at a time: at 64
//    Mi keys a step copies 350 KiB, well below a millisecond, where one table would stall for
//    seconds.
// 2. A table grows by a fifth when it is 85 % full, not by doubling: memory stays within 1.42 slots
//    a key, for about five moves of each key over time. A capacity need not be a power of two: the
//    home slot is the high half of a 64 by 64 bit product.
// 3. A slot is free when its state is 0. Nothing is ever removed, except all at once.
// 4. Segment and home slot come from different words of the hash, so they are independent.

/// The idempotency keys that were seen, and how often each was accepted.
// SAFETY: it owns the segments and their tables for its whole life; a segment is a number of hash
// bits.
@safe
struct KeySet: ~Copyable {
    /// What one more request with a key means.
    enum Sighting: Equatable {
        /// The key was not seen before.
        case new
        /// It was seen before; `acceptances` is how often it had been accepted, 2 for "twice or
        /// more".
        case known(acceptances: Int)
        /// It is new, but the set is full and has not taken it.
        case untracked
    }

    private struct Slot: BitwiseCopyable {
        var high: UInt64
        /// The hash's low word with the state in its spare bits: 0 free, 1 seen, 2 accepted once,
        /// 3 accepted more than once.
        var low: UInt64
    }

    // SAFETY: the table is the set's, has `capacity` slots, and is replaced as a whole.
    @safe
    private struct Segment: BitwiseCopyable {
        var slots: UnsafeMutablePointer<Slot>?
        var capacity: UInt32
        var count: UInt32
    }

    private static var segmentBits: UInt64 { 12 }
    private static var segmentCount: Int { 1 << Int(segmentBits) }
    private static var firstCapacity: UInt32 { 32 }

    private let segments: UnsafeMutablePointer<Segment>
    /// Keys in the set.
    private(set) var count = 0
    /// The most keys that it takes.
    let limit: Int

    /// An empty set.
    ///
    /// - Parameter limit: The most keys that it takes, at most `SinkLimits.keysMax`.
    init(limit: Int = SinkLimits.keysMax) {
        precondition(limit <= SinkLimits.keysMax, "A key set takes at most keysMax keys.")
        self.limit = limit
        unsafe segments = .allocate(capacity: Self.segmentCount)
        unsafe segments.initialize(
            repeating: Segment(slots: nil, capacity: 0, count: 0), count: Self.segmentCount)
    }

    deinit {
        for index in 0..<Self.segmentCount { unsafe segments[index].slots?.deallocate() }
        unsafe segments.deallocate()
    }

    /// Bytes of the slots.
    var byteCount: Int {
        (0..<Self.segmentCount).reduce(0) {
            unsafe $0 + Int(segments[$1].capacity) * MemoryLayout<Slot>.stride
        }
    }

    /// Records one more request with a key.
    ///
    /// - Parameters:
    ///   - key: The key.
    ///   - accepted: Whether this request is accepted.
    /// - Returns: What was known of the key before.
    mutating func record(_ key: KeyDigest, accepted: Bool) -> Sighting {
        let segment = unsafe segments + Int(key.high >> (64 - Self.segmentBits))
        var slot = unsafe segment.pointee.slots == nil ? nil : Self.find(key, in: segment.pointee)
        if let slot = unsafe slot {
            let state = unsafe slot.pointee.low & KeyDigest.spareBits
            if state != 0 {
                if accepted, state < 3 { unsafe slot.pointee.low += 1 }
                return .known(acceptances: Int(state) - 1)
            }
        }
        guard count < limit else { return .untracked }
        if unsafe (segment.pointee.count + 1) * 20 > segment.pointee.capacity * 17 {
            unsafe Self.grow(&segment.pointee)
            unsafe slot = Self.find(key, in: segment.pointee)
        }
        unsafe slot?.pointee = Slot(high: key.high, low: key.low | (accepted ? 2 : 1))
        unsafe segment.pointee.count += 1
        count += 1
        return .new
    }

    /// The slot that holds `key`, or the free one where it belongs.
    private static func find(_ key: KeyDigest, in segment: Segment) -> UnsafeMutablePointer<Slot> {
        guard let slots = unsafe segment.slots else {
            preconditionFailure("A key was looked for in a segment without slots.")
        }
        let capacity = Int(segment.capacity)
        var index = home(key.low, capacity: capacity)
        while true {
            let slot = unsafe slots[index]
            // Invariant 2 leaves free slots, so this ends.
            if slot.low & KeyDigest.spareBits == 0
                || (slot.high == key.high && slot.low & ~KeyDigest.spareBits == key.low)
            {
                return unsafe slots + index
            }
            index += 1
            if index == capacity { index = 0 }
        }
    }

    /// Where a hash's slot would be in a table without collisions.
    private static func home(_ low: UInt64, capacity: Int) -> Int {
        Int(low.multipliedFullWidth(by: UInt64(capacity)).high)
    }

    private static func grow(_ segment: inout Segment) {
        let capacity = max(firstCapacity, segment.capacity + segment.capacity / 5)
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: Int(capacity))
        unsafe slots.initialize(repeating: Slot(high: 0, low: 0), count: Int(capacity))
        let larger = unsafe Segment(slots: slots, capacity: capacity, count: segment.count)
        if let old = unsafe segment.slots {
            for index in 0..<Int(segment.capacity) {
                let slot = unsafe old[index]
                if slot.low & KeyDigest.spareBits == 0 { continue }
                // No two keys are equal here, so the first free slot is the one.
                var home = home(slot.low & ~KeyDigest.spareBits, capacity: Int(capacity))
                while unsafe slots[home].low & KeyDigest.spareBits != 0 {
                    home += 1
                    if home == capacity { home = 0 }
                }
                unsafe slots[home] = slot
            }
            unsafe old.deallocate()
        }
        segment = larger
    }
}

// A fixed set of slots, taken and released by index.
//
// A slot's element exists from the creation of the slab to its end: `take` hands out a slot with
// whatever its last user left in it, so an element can own what is dear to create (a buffer, a
// handle) and keep it from user to user. The free slots form a stack through `nextFree`, so the
// slot that was released last, whose memory is most likely still in the cache, is taken first.
//
// The functions do not mutate the slab value but the memory behind it. So a slab can be a `let` of
// a class, its functions may be called from within each other's closures, and no access pays for a
// dynamic exclusivity check.
//
// Invariants, cited by the assertions below:
// 1. A slot's generation is odd while it is taken, even while it is free, and grows by one at each
//    of both events. So an id, which has an odd generation, matches only during its own use of the
//    slot.
// 2. The free list holds every free slot once and no other; its length is capacity - count.

/// The name of one use of one slot of a slab.
///
/// It stays unique when the slot is taken again, until the generation of the slot wraps round after
/// 2^31 uses: a slot that is used 10,000 times a second takes 59 hours for that.
public struct SlabID: Hashable, BitwiseCopyable, Sendable {
    /// The slot's number, from 0 to the slab's capacity - 1.
    @usableFromInline package let index: UInt32
    /// Which use of the slot it is: always odd in an id that a slab gave out.
    @usableFromInline package let generation: UInt32

    @inlinable
    init(index: UInt32, generation: UInt32) {
        self.index = index
        self.generation = generation
    }

    /// Restores an id from `rawValue`; any number is allowed, the slab checks it.
    @inlinable
    package init(rawValue: UInt64) {
        index = UInt32(truncatingIfNeeded: rawValue)
        generation = UInt32(truncatingIfNeeded: rawValue >> 32)
    }

    /// The id as one number, never 0: fits a timer's payload or a C callback's context.
    @inlinable
    package var rawValue: UInt64 {
        UInt64(generation) << 32 | UInt64(index)
    }
}

/// A fixed number of preallocated slots with constant-time take and release and checked ids.
///
/// Belongs to one thread. Nothing is allocated after creation.
///
/// SAFETY: the memory lives as long as the slab, and an id leads to a slot only if its index is in
/// range and its generation is that of the slot's present use.
@safe
public struct Slab<Element: ~Copyable>: ~Copyable {
    // Public, with `package` members, because Swift 6.3 inlines no call to a member of a `package`
    // type into another module.

    /// What the slab keeps about one slot.
    @usableFromInline
    struct Slot: BitwiseCopyable {
        @usableFromInline var generation: UInt32
        @usableFromInline var nextFree: UInt32
    }

    /// What changes with every take and release.
    @usableFromInline
    struct Header: BitwiseCopyable {
        @usableFromInline var firstFree: UInt32
        @usableFromInline var count: Int
    }

    /// Ends the free list.
    @usableFromInline static var noSlot: UInt32 { .max }

    /// How many slots there are.
    @usableFromInline package let capacity: Int
    @usableFromInline let header: UnsafeMutablePointer<Header>
    @usableFromInline let slots: UnsafeMutablePointer<Slot>
    @usableFromInline let elements: UnsafeMutablePointer<Element>

    /// Creates a slab whose slots are all free.
    ///
    /// - Parameters:
    ///   - capacity: from 1 to `StructuresLimits.slabCapacityMax`.
    ///   - makeElement: called once for each index, in order, to create the slot's element.
    package init(capacity: Int, makeElement: (Int) -> Element) {
        precondition(capacity >= 1, "A slab has at least one slot")
        precondition(
            capacity <= StructuresLimits.slabCapacityMax, "A slab has at most slabCapacityMax slots"
        )
        self.capacity = capacity
        unsafe header = .allocate(capacity: 1)
        unsafe slots = .allocate(capacity: capacity)
        unsafe elements = allocateLines(of: Element.self, count: capacity)
        unsafe header.initialize(to: Header(firstFree: 0, count: 0))
        for index in 0..<capacity {
            let next = index + 1 < capacity ? UInt32(index + 1) : Self.noSlot
            unsafe (slots + index).initialize(to: Slot(generation: 0, nextFree: next))
            unsafe (elements + index).initialize(to: makeElement(index))
        }
    }

    deinit {
        unsafe elements.deinitialize(count: capacity)
        unsafe UnsafeMutableRawPointer(elements).deallocate()
        unsafe slots.deallocate()
        unsafe header.deallocate()
    }

    /// How many slots are taken.
    @inlinable
    package var count: Int { unsafe header.pointee.count }

    /// Whether no slot is free.
    @inlinable
    package var isFull: Bool { count == capacity }

    /// Checks the numbered invariants of this file.
    ///
    /// - Complexity: O(capacity).
    package func checkInvariants() {
        var free = 0
        var index = unsafe header.pointee.firstFree
        while index != Self.noSlot {
            precondition(Int(index) < capacity, "Invariant 2 of Slab: a free index is in range")
            unsafe precondition(
                slots[Int(index)].generation & 1 == 0, "Invariant 1 of Slab: a free slot is even")
            free += 1
            precondition(free <= capacity, "Invariant 2 of Slab: the free list has no cycle")
            index = unsafe slots[Int(index)].nextFree
        }
        let odd = (0..<capacity).count { unsafe slots[$0].generation & 1 == 1 }
        precondition(odd == count, "Invariant 1 of Slab: as many odd slots as taken ones")
        precondition(free == capacity - count, "Invariant 2 of Slab: the free list is complete")
    }
}

// MARK: - Take and release

extension Slab where Element: ~Copyable {
    /// Takes a free slot, or returns nil when there is none.
    ///
    /// The slot's element is as its last user left it.
    @inlinable
    package func take() -> SlabID? {
        let index = unsafe header.pointee.firstFree
        guard index != Self.noSlot else { return nil }
        let slot = unsafe slots + Int(index)
        unsafe header.pointee.firstFree = slot.pointee.nextFree
        unsafe header.pointee.count &+= 1
        unsafe slot.pointee.generation &+= 1
        return unsafe SlabID(index: index, generation: slot.pointee.generation)
    }

    /// Frees a slot.
    ///
    /// - Returns: false when the id is not that of a taken slot (it was released before); nothing
    ///   happened.
    @inlinable
    @discardableResult
    package func release(_ id: SlabID) -> Bool {
        guard contains(id) else { return false }
        let slot = unsafe slots + Int(id.index)
        unsafe slot.pointee.generation &+= 1
        unsafe slot.pointee.nextFree = header.pointee.firstFree
        unsafe header.pointee.firstFree = id.index
        unsafe header.pointee.count &-= 1
        return true
    }

    /// Whether the slot is still taken by the use that the id names.
    @inlinable
    package func contains(_ id: SlabID) -> Bool {
        guard Int(id.index) < capacity, id.generation & 1 == 1 else { return false }
        return unsafe slots[Int(id.index)].generation == id.generation
    }
}

// MARK: - Elements

extension Slab where Element: ~Copyable {
    /// The element of a taken slot; an id that is not of a taken slot is a bug.
    @inlinable
    package subscript(id: SlabID) -> Element {
        _read {
            precondition(contains(id), "A slab's slot was used after its release")
            yield unsafe elements[Int(id.index)]
        }
        nonmutating _modify {
            precondition(contains(id), "A slab's slot was used after its release")
            yield unsafe &elements[Int(id.index)]
        }
    }

    /// Where the element of a taken slot is, or nil when the id is stale.
    ///
    /// The address of a slot's element never changes while the slab exists.
    @unsafe
    @inlinable
    package func pointer(to id: SlabID) -> UnsafeMutablePointer<Element>? {
        guard contains(id) else { return nil }
        return unsafe elements + Int(id.index)
    }

    /// Calls `body` with the id of each taken slot, by ascending index; `body` may release it.
    ///
    /// For shutdown and inspection: it looks at every slot.
    package func forEachTaken(_ body: (SlabID) -> Void) {
        for index in 0..<capacity {
            let generation = unsafe slots[index].generation
            if generation & 1 == 1 {
                body(SlabID(index: UInt32(index), generation: generation))
            }
        }
    }
}

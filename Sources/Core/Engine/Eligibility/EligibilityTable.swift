// Who may not be sent to at this moment, for the last look before a request is made.
//
// Only the ineligible are held: an entry is a word of 56 bits of keyed hash and one bit for each
// reason. A look-up is a hash of the user id and, nearly always, one cache line. Two users share an
// entry with a probability of 2^-56 per entry; with ten million entries one user in seven thousand
// million is taken for another.
//
// Open addressing with linear probing. Readers take no lock: they load the published table and its
// words one after the other. Writers are serialised by the guard of `State`.
//
// Invariants:
// 1. An entry never moves within a table, and between its home and its place no word is free (0).
// 2. A word without reasons is a tombstone: it keeps invariant 1 for those behind it, and any
//    entry may be put in its place. Where the next word is free nobody is behind it, so it becomes
//    free itself: that keeps the table clean when people come and go.
// 3. At least three eighths of a table are free, so that a search ends soon.
// 4. A table that was published stays until the end: a reader may look at it at any time. Each is
//    twice as large as the one before it, so the old ones together are smaller than the current.

import Structures
import Synchronization

/// The users who may not be sent to, each with the reasons, by scope.
///
/// A scope is a number that the caller makes, for instance of an app and a channel type. Any thread
/// may ask at any time without a lock; a change is seen by every question that begins after it.
// SAFETY: readers find tables through an atomic, and by invariant 4 for as long as this object
// lives; what writers change is behind a lock or atomic.
@safe
package final class EligibilityTable: @unchecked Sendable {
    /// What changes of the table guard: the current entries, and how many are used.
    struct State {
        /// All tables that were published; the last is the current one.
        var tables: [EligibilitySlots]
        /// Words of the current table that are not free.
        var used = 0
    }

    /// The published table, at an address that a shard may keep.
    let published: UnsafeMutablePointer<Published>
    private let state: Guarded<State>

    /// What readers look at.
    // SAFETY: of `tables` those up to `current` are read, which were written before it was stored.
    @safe
    struct Published: ~Copyable {
        let key: (UInt64, UInt64)
        /// Entries with a reason; 0 saves a reader the hash.
        let count = Atomic<Int>(0)
        /// The number of the current table in `tables`.
        let current: Atomic<Int>
        /// As many as there are powers of two; those up to `current` do not change any more.
        let tables: UnsafeMutablePointer<EligibilitySlots?>
    }

    /// Makes a table in which everybody is eligible.
    ///
    /// - Parameter capacityMin: Entries that it shall hold before it grows for the first time.
    package convenience init(capacityMin: Int = 1_024) {
        var generator = SystemRandomNumberGenerator()
        self.init(capacityMin: capacityMin, key: (generator.next(), generator.next()))
    }

    /// Makes a table under a given key, for tests.
    init(capacityMin: Int, key: (UInt64, UInt64)) {
        var capacity = 64
        while capacity / 8 * 5 < capacityMin { capacity *= 2 }
        let slots = EligibilitySlots(capacity: capacity)
        state = Guarded(State(tables: [slots]))
        let tables = UnsafeMutablePointer<EligibilitySlots?>.allocate(
            capacity: EngineLimits.eligibilityTablesMax)
        unsafe tables.initialize(repeating: nil, count: EngineLimits.eligibilityTablesMax)
        unsafe tables[0] = slots
        unsafe published = .allocate(capacity: 1)
        unsafe published.initialize(
            to: Published(key: key, current: Atomic(0), tables: tables))
    }

    deinit {
        state.withLock { state in for table in state.tables { table.deallocate() } }
        unsafe published.pointee.tables.deallocate()
        unsafe published.deinitialize(count: 1)
        unsafe published.deallocate()
    }

    /// Users with a reason, each counted once per scope.
    package var count: Int { unsafe published.pointee.count.load(ordering: .relaxed) }

    /// Entries that the current table has room for, free ones included.
    var capacity: Int { unsafe published.pointee.slots.capacity }

    /// Why a user may not be sent to now, `nil` when nothing speaks against it.
    ///
    /// Of several reasons the first; see `DeliveryReason.eligibilityBit`.
    package func reason(scope: UInt64, userID: UnsafeRawBufferPointer) -> DeliveryReason? {
        guard count > 0 else { return nil }
        return DeliveryReason(
            eligibilityBits: unsafe published.pointee.slots.reasons(hash(scope, userID)))
    }

    private func hash(_ scope: UInt64, _ userID: UnsafeRawBufferPointer) -> UInt64 {
        var hash = unsafe KeyedHash(key: published.pointee.key)
        unsafe hash.absorb(userID)
        return hash.value(in: scope)
    }
}

extension EligibilityTable.Published {
    @inline(__always)
    var slots: EligibilitySlots {
        guard let slots = unsafe tables[current.load(ordering: .acquiring)] else {
            preconditionFailure("a table was published that is not there")
        }
        return slots
    }
}

// MARK: - Changing

extension EligibilityTable {
    /// Adds a reason for which a user may not be sent to.
    ///
    /// - Parameters:
    ///   - scope: Where the reason holds.
    ///   - userID: The user's id, at most as long as an audience allows.
    ///   - reason: One that has an `eligibilityBit`.
    package func insert(scope: UInt64, userID: UnsafeRawBufferPointer, reason: DeliveryReason) {
        let hash = unsafe hash(scope, userID)
        let bit = Self.bit(reason)
        state.withLock { insert(hash, bit, &$0) }
    }

    /// Takes a reason away; without it, and without another, the user may be sent to again.
    package func remove(scope: UInt64, userID: UnsafeRawBufferPointer, reason: DeliveryReason) {
        let hash = unsafe hash(scope, userID)
        let bit = Self.bit(reason)
        state.withLock { remove(hash, bit, &$0) }
    }

    private static func bit(_ reason: DeliveryReason) -> UInt64 {
        guard let bit = reason.eligibilityBit else {
            preconditionFailure("a reason that does not make a user ineligible")
        }
        return bit
    }

    private func insert(_ hash: UInt64, _ bits: UInt64, _ state: inout State) {
        var table = state.tables[state.tables.count - 1]
        var (index, word) = Self.find(hash, in: table)
        if word == nil, (state.used + 1) * 8 > table.capacity * 5 {
            table = grow(&state)
            (index, word) = Self.find(hash, in: table)
        }
        let old = word ?? EligibilitySlots.key(hash)
        if old & EligibilitySlots.reasonBits == 0 { count(1) }
        if table.load(index) == 0 { state.used += 1 }
        table.store(old | bits, index)
    }

    private func remove(_ hash: UInt64, _ bits: UInt64, _ state: inout State) {
        let table = state.tables[state.tables.count - 1]
        let (place, word) = Self.find(hash, in: table)
        guard let old = word, old & bits != 0 else { return }
        table.store(old & ~bits, place)
        guard old & ~bits & EligibilitySlots.reasonBits == 0 else { return }
        count(-1)
        // Invariant 2.
        guard table.load(place + 1) == 0 else { return }
        var index = place
        while table.load(index) != 0, table.load(index) & EligibilitySlots.reasonBits == 0 {
            table.store(0, index)
            state.used -= 1
            index -= 1
        }
    }

    /// Where a hash has its entry, or where a new one goes: the first tombstone on the way, else
    /// the free word at its end.
    private static func find(
        _ hash: UInt64, in table: EligibilitySlots
    ) -> (index: Int, word: UInt64?) {
        let key = EligibilitySlots.key(hash)
        var index = table.home(key)
        var vacant: Int?
        while true {
            let word = table.load(index)
            if word & ~EligibilitySlots.reasonBits == key { return (index, word) }
            if word == 0 { return (vacant ?? index, nil) }
            if vacant == nil, word & EligibilitySlots.reasonBits == 0 { vacant = index }
            index += 1
        }
    }

    /// Publishes a table of twice the size with the entries that have a reason.
    private func grow(_ state: inout State) -> EligibilitySlots {
        let old = state.tables[state.tables.count - 1]
        precondition(
            state.tables.count < EngineLimits.eligibilityTablesMax,
            "more users are ineligible than a table can hold")
        let new = EligibilitySlots(capacity: old.capacity * 2)
        var used = 0
        for place in 0..<old.capacity {
            let word = old.load(place)
            guard word & EligibilitySlots.reasonBits != 0 else { continue }
            var index = new.home(word)
            while new.load(index) != 0 { index += 1 }
            new.store(word, index)
            used += 1
        }
        unsafe published.pointee.tables[state.tables.count] = new
        unsafe published.pointee.current.store(state.tables.count, ordering: .releasing)
        state.tables.append(new)
        state.used = used
        return new
    }

    private func count(_ change: Int) {
        unsafe published.pointee.count.wrappingAdd(change, ordering: .relaxed)
    }
}

// A hierarchical timer wheel over all 64 bits of a millisecond clock.
//
// A deadline is read as eleven digits of six bits. The wheel stands at `position`; a timer lies in
// the level of the highest digit in which its deadline differs from the position, in the slot that
// this digit of the deadline names:
//
//     level 0: this 64 ms, one slot a millisecond      level 3: this 4.7 hours, slots of 4.4 min
//     level 1: this 4.1 s, slots of 64 ms              level 4: this 12.4 days, slots of 4.7 hours
//     level 2: this 4.4 min, slots of 4.1 s            levels 5 to 10: the rest of 64 bits
//
// So everything in a lower level is due before everything in a higher one, the next slot to look at
// is the first occupied one of the lowest occupied level (two bit scans), and an hour without
// timers is skipped in one step. When the position reaches a slot of a higher level, its timers
// move to lower levels; a timer moves at most once per level, so about twice for a timeout of 30 s.
//
// Timers that are due on insertion wait in a list of their own for the next call of `advance`. A
// timer that is inserted while `advance(to: now)` runs and is due by `now` goes there too:
// `advance` never fires what its own body has inserted, so it ends.
//
// Nodes are numbered, live in one block and form doubly linked lists, one per slot, in order of
// insertion. Like `Slab`, the functions change the memory behind the value, not the value.
//
// Invariants, cited by the assertions below:
// 1. A node lies in exactly one list: of a slot, of the due timers, or of the free nodes.
// 2. A node in a slot has a deadline > position, or == position if a limited `advance` stopped in
//    the middle of that millisecond; and it lies in the level and slot that its deadline gives.
// 3. The bits of `occupied` and `occupiedLevels` say which lists are not empty.
// 4. A node's generation is odd while its timer is set, as in `Slab`.
// 5. Timers with the same deadline, if none was due on insertion, fire in the order of insertion.

/// The name of one set timer, for `TimerWheel.cancel(_:)`.
package struct TimerID: Hashable, BitwiseCopyable, Sendable {
    @usableFromInline let node: UInt32
    @usableFromInline let generation: UInt32

    @inlinable
    init(node: UInt32, generation: UInt32) {
        self.node = node
        self.generation = generation
    }
}

/// Timers by absolute deadline in milliseconds, each carrying 64 bits of the caller's.
///
/// Insertion and cancellation take constant time and allocate nothing, except that the block of
/// nodes doubles until it has held the most timers that were set at once. Deadlines and `now` are
/// milliseconds of one monotonic clock of the caller's choice; the wheel reads no clock. Belongs to
/// one thread.
// SAFETY: the state lives from `init` to `deinit`, and a value that is not copied has one owner.
@safe
package struct TimerWheel: ~Copyable {
    @usableFromInline let state: UnsafeMutablePointer<TimerWheelState>

    /// Creates a wheel without timers.
    ///
    /// - Parameters:
    ///   - limit: the most timers that may be set at once, from 1 to `StructuresLimits.timersMax`.
    ///   - nowMilliseconds: the time from which the wheel starts.
    package init(limit: Int, nowMilliseconds: UInt64) {
        precondition(limit >= 1, "A timer wheel holds at least one timer")
        precondition(
            limit <= StructuresLimits.timersMax, "A timer wheel holds at most timersMax timers")
        unsafe state = .allocate(capacity: 1)
        unsafe state.initialize(
            to: TimerWheelState(limit: limit, position: nowMilliseconds))
    }

    deinit {
        unsafe state.pointee.deallocate()
        unsafe state.deinitialize(count: 1)
        unsafe state.deallocate()
    }

    /// How many timers are set.
    @inlinable
    package var count: Int { unsafe state.pointee.count }

    /// The most timers that may be set at once.
    @inlinable
    package var limit: Int { unsafe state.pointee.limit }

    /// Sets a timer.
    ///
    /// - Parameters:
    ///   - payload: given to the body of `advance` when the timer fires.
    ///   - deadlineMilliseconds: the timer fires in the first `advance` to this time or later; a
    ///     deadline that has passed fires in the next `advance`.
    /// - Returns: the timer's name, or nil when `limit` timers are set already.
    @discardableResult
    package func insert(_ payload: UInt64, deadlineMilliseconds: UInt64) -> TimerID? {
        guard let node = unsafe state.pointee.takeNode() else { return nil }
        unsafe state.pointee.nodes[Int(node)].payload = payload
        unsafe state.pointee.nodes[Int(node)].deadline = deadlineMilliseconds
        unsafe state.pointee.place(node)
        return unsafe TimerID(node: node, generation: state.pointee.nodes[Int(node)].generation)
    }

    /// Cancels a timer.
    ///
    /// - Returns: false when it has fired or was cancelled before; nothing happened.
    @discardableResult
    package func cancel(_ timer: TimerID) -> Bool {
        guard unsafe state.pointee.isSet(timer) else { return false }
        unsafe state.pointee.unlink(timer.node)
        unsafe state.pointee.releaseNode(timer.node)
        return true
    }

    /// Fires the timers whose deadline is at or before `now`, in order of their deadlines.
    ///
    /// Timers that were due already at the previous call come first. `body` may insert and cancel;
    /// what it inserts fires in a later call at the earliest. It must not call `advance`.
    ///
    /// - Parameters:
    ///   - nowMilliseconds: a time before that of an earlier call counts as that of the earlier
    ///     call.
    ///   - limit: the most timers to fire; the others that are due stay due.
    ///   - body: called with the payload of each timer; the timer is no longer set.
    /// - Returns: how many timers fired.
    @discardableResult
    package func advance(
        to nowMilliseconds: UInt64, limit: Int = .max, _ body: (UInt64) -> Void
    ) -> Int {
        var fired = 0
        unsafe state.pointee.beginAdvance(to: nowMilliseconds)
        while fired < limit, let payload = unsafe state.pointee.popDue() {
            fired &+= 1
            body(payload)
        }
        return fired
    }

    /// A time before which no timer is due, and at which it is worth to call `advance`; nil without
    /// timers.
    ///
    /// Exact for timers within the same 64 ms as the wheel's time, otherwise a lower bound: the
    /// start of the slot of the next timer. To sleep until then, advance, and ask again reaches any
    /// deadline in at most eleven steps. A time that is not later than `now` means that timers are
    /// due.
    package var nextDeadlineMilliseconds: UInt64? {
        if unsafe state.pointee.hasDue { return unsafe state.pointee.position }
        return unsafe state.pointee.nextSlot()?.start
    }

    /// Checks the numbered invariants of the file; not from the body of `advance`.
    ///
    /// - Complexity: O(limit).
    package func checkInvariants() {
        unsafe state.pointee.checkInvariants()
    }
}

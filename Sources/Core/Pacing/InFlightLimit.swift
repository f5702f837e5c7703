// A bound on what is under way at once, shared by all shards: one atomic count.
//
// Fairness. A shard learns at once of its own completions and of another's only when it asks
// again, so with nothing else the shard that has the places would keep them: it takes each again in
// the turn in which it came free. Therefore whoever gets nothing is noted, and one of those, in
// turn, is owed a place: while it goes on asking every other taker leaves one free for it. When it
// was served, or has not asked for a while, the next one is owed.
//
// Without a limit nothing is counted, so that it costs one load. What was started then is not
// counted later either: a limit that is set while requests are under way may be exceeded by those.

import Structures
import Synchronization

/// A bound on how many of something are under way at once, shared by any number of threads.
///
/// Never exceeded, not by one: taking is one compare-and-swap. A limit that is lowered below what
/// is under way cancels nothing; nothing more is granted until enough has ended.
// SAFETY: the state lives from `init` to `deinit`, and is only borrowed in between.
@safe
package final class InFlightLimit: Sendable {
    /// Lives in memory of its own, so that a chain can use it without counting references.
    let state: SharedPointer<InFlightState>

    /// Admits any number.
    package static let unlimited = Int.max

    /// Creates a limit with nothing under way; `limit` is at least 0, and 0 admits nothing.
    package init(limit: Int) {
        precondition(limit >= 0, "An in-flight limit is not negative")
        unsafe state = SharedPointer(to: InFlightState(limit: limit))
    }

    deinit { unsafe state.deallocate() }

    /// The most that may be under way; a change is in force at the next `take`.
    package var limit: Int {
        get { unsafe state.pointee.limit.load(ordering: .relaxed) }
        set {
            precondition(newValue >= 0, "An in-flight limit is not negative")
            unsafe state.pointee.limit.store(newValue, ordering: .relaxed)
        }
    }

    /// How many are under way now, of those that were started under a limit.
    package var count: Int { unsafe state.pointee.taken.load(ordering: .relaxed) }

    /// What a `take` got.
    package struct Taken: Hashable, Sendable {
        /// Places taken, from 0 to what was asked for.
        package let count: Int
        /// Whether the places were counted, and each is to be released once.
        package let isCounted: Bool
    }

    /// Takes up to `count` places, as many as are free.
    ///
    /// - Parameters:
    ///   - count: The places that are wanted.
    ///   - taker: Who asks, from 1 to 64; 0 for somebody who is never waited for.
    ///   - nowNanoseconds: The monotonic time now.
    /// - Returns: How many were taken, and whether they are to be released.
    package func take(upTo count: Int, taker: UInt8 = 0, nowNanoseconds: Int64 = 0) -> Taken {
        unsafe state.pointee.take(upTo: count, taker: taker, nowNanoseconds: nowNanoseconds)
    }

    /// Releases places that were counted; to release more than was taken is a bug.
    package func release(_ count: Int = 1) { unsafe state.pointee.release(count) }
}

/// What an `InFlightLimit` points to.
struct InFlightState: ~Copyable {
    private let paddingBefore = CacheLinePadding()
    let taken = Atomic<Int>(0)
    let limit: Atomic<Int>
    /// The takers that got nothing since they were served: a bit each.
    private let waiting = Atomic<UInt64>(0)
    /// Which of them is owed a place: the time at which it last asked, in units of 2^16
    /// nanoseconds, times 256, and the taker; 0 for nobody.
    private let owed = Atomic<UInt64>(0)
    private let paddingAfter = CacheLinePadding()

    init(limit: Int) { self.limit = Atomic(limit) }

    /// How many of up to `count` places a `take` would get now.
    func available(upTo count: Int, taker: UInt8, nowNanoseconds: Int64) -> Int {
        let limit = limit.load(ordering: .relaxed)
        guard limit != .max else { return count }
        let free = limit &- taken.load(ordering: .relaxed)
        return max(0, min(count, free &- kept(taker, nowNanoseconds)))
    }

    func take(upTo count: Int, taker: UInt8, nowNanoseconds: Int64) -> InFlightLimit.Taken {
        let limit = limit.load(ordering: .relaxed)
        guard limit != .max else { return .init(count: max(0, count), isCounted: false) }
        guard count > 0 else { return .init(count: 0, isCounted: true) }
        let kept = kept(taker, nowNanoseconds)
        var current = taken.load(ordering: .relaxed)
        while true {
            let granted = min(count, limit &- kept &- current)
            guard granted > 0 else {
                refuse(taker, nowNanoseconds)
                return .init(count: 0, isCounted: true)
            }
            let (done, latest) = taken.weakCompareExchange(
                expected: current, desired: current &+ granted, ordering: .relaxed)
            if done {
                served(taker, nowNanoseconds)
                return .init(count: granted, isCounted: true)
            }
            current = latest
        }
    }

    func release(_ count: Int) {
        precondition(count >= 0, "Places are released, not taken, by release")
        let left = taken.wrappingSubtract(count, ordering: .relaxed).newValue
        precondition(left >= 0, "More in-flight places were released than taken")
    }

    /// Notes that a taker got nothing.
    func refuse(_ taker: UInt8, _ nowNanoseconds: Int64) {
        guard taker != 0 else { return }
        waiting.bitwiseOr(Self.bit(taker), ordering: .relaxed)
        let mark = owed.load(ordering: .relaxed)
        let other = UInt8(truncatingIfNeeded: mark)
        if mark == 0 || other == taker {
            owe(taker, insteadOf: mark, nowNanoseconds)
        } else if isOld(mark, nowNanoseconds) {
            waiting.bitwiseAnd(~Self.bit(other), ordering: .relaxed)
            owe(next(after: other), insteadOf: mark, nowNanoseconds)
        }
    }

    private func served(_ taker: UInt8, _ nowNanoseconds: Int64) {
        guard taker != 0 else { return }
        if waiting.load(ordering: .relaxed) & Self.bit(taker) != 0 {
            waiting.bitwiseAnd(~Self.bit(taker), ordering: .relaxed)
        }
        let mark = owed.load(ordering: .relaxed)
        guard mark != 0, UInt8(truncatingIfNeeded: mark) == taker else { return }
        owe(next(after: taker), insteadOf: mark, nowNanoseconds)
    }

    /// Makes a taker, or nobody (0), the one that is owed a place.
    private func owe(_ taker: UInt8, insteadOf mark: UInt64, _ nowNanoseconds: Int64) {
        // If another thread was faster, its choice is as good.
        _ = owed.compareExchange(
            expected: mark,
            desired: taker == 0 ? 0 : Self.units(nowNanoseconds) << 8 | UInt64(taker),
            ordering: .relaxed)
    }

    /// The taker that waits and comes next in turn; 0 when none waits.
    private func next(after taker: UInt8) -> UInt8 {
        let waiting = waiting.load(ordering: .relaxed)
        guard waiting != 0 else { return 0 }
        let shift = UInt64(taker) & 63
        let turned = waiting &>> shift | waiting &<< ((64 &- shift) & 63)
        return UInt8((turned.trailingZeroBitCount + Int(shift)) & 63) + 1
    }

    /// Places that are left free for a taker that is owed one.
    @inline(__always)
    private func kept(_ taker: UInt8, _ nowNanoseconds: Int64) -> Int {
        let mark = owed.load(ordering: .relaxed)
        guard mark != 0, UInt8(truncatingIfNeeded: mark) != taker else { return 0 }
        return isOld(mark, nowNanoseconds) ? 0 : 1
    }

    private static func bit(_ taker: UInt8) -> UInt64 { 1 &<< (UInt64(taker) &- 1) }

    private func isOld(_ mark: UInt64, _ nowNanoseconds: Int64) -> Bool {
        Int64(Self.units(nowNanoseconds)) - Int64(mark >> 8)
            > Int64(Self.units(PacingLimits.refusedNanosecondsMax))
    }

    private static func units(_ nanoseconds: Int64) -> UInt64 { UInt64(max(0, nanoseconds)) >> 16 }
}

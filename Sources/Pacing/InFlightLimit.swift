import Structures
import Synchronization

/// A bound on how many of something are under way at once, shared by any number of threads.
///
/// Never exceeded, not by one: taking is one compare-and-swap. A limit that is lowered below what
/// is under way cancels nothing; nothing more is granted until enough has ended.
package final class InFlightLimit: Sendable {
    private let paddingBefore = CacheLinePadding()
    private let taken: Atomic<Int>
    private let limitNow: Atomic<Int>
    private let paddingAfter = CacheLinePadding()

    /// Creates a limit with nothing under way; `limit` is at least 0, and 0 admits nothing.
    package init(limit: Int) {
        precondition(limit >= 0, "An in-flight limit is not negative")
        taken = Atomic(0)
        limitNow = Atomic(limit)
    }

    /// The most that may be under way; a change is in force at the next `take`.
    package var limit: Int {
        get { limitNow.load(ordering: .relaxed) }
        set {
            precondition(newValue >= 0, "An in-flight limit is not negative")
            limitNow.store(newValue, ordering: .relaxed)
        }
    }

    /// How many are under way now.
    package var count: Int { taken.load(ordering: .relaxed) }

    /// Takes up to `count` places, as many as are free.
    ///
    /// - Returns: how many were taken, each to be released once.
    package func take(upTo count: Int) -> Int {
        guard count > 0 else { return 0 }
        var current = taken.load(ordering: .relaxed)
        while true {
            let granted = min(count, limitNow.load(ordering: .relaxed) &- current)
            guard granted > 0 else { return 0 }
            let (done, latest) = taken.weakCompareExchange(
                expected: current, desired: current &+ granted, ordering: .relaxed)
            if done { return granted }
            current = latest
        }
    }

    /// Releases places; to release more than was taken is a bug.
    package func release(_ count: Int = 1) {
        precondition(count >= 0, "Places are released, not taken, by release")
        let left = taken.wrappingSubtract(count, ordering: .relaxed).newValue
        precondition(left >= 0, "More in-flight places were released than taken")
    }
}

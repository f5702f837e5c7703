import Glibc
import Synchronization

/// Knows which thread may make calls, and stops the process when another one does.
///
/// A connection is used without SQLite's own locks, so a second thread would corrupt it in silence.
/// The check is one relaxed load and a comparison, and stays in release builds.
struct ThreadBinding: ~Copyable {
    /// The owner's `pthread_self()`; 0 while nobody owns.
    private let owner = Atomic<UInt>(0)

    /// Makes the calling thread the owner if there is none, and traps if there is another.
    func check() {
        let caller = UInt(pthread_self())
        if owner.load(ordering: .relaxed) == caller { return }
        let exchange = owner.compareExchange(
            expected: 0, desired: caller, ordering: .acquiringAndReleasing)
        precondition(
            exchange.exchanged, "A database was called from a thread that does not own it.")
    }

    /// Makes the next thread that calls the owner; who releases knows that no call is under way.
    func release() { owner.store(0, ordering: .releasing) }
}

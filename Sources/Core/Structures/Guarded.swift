import Synchronization

// A mutex whose order of sections the thread sanitizer can see.
//
// On Linux a contended `Mutex` is handed over by the kernel (`FUTEX_LOCK_PI`), which writes the
// lock word itself: the next owner performs no atomic access that reads from the last owner's
// release, and the thread sanitizer, which knows locks of pthreads and atomics only, reports what
// the lock guards as a race. `sections` says the same order once more in terms it knows: stored
// with release as the last act of a section, loaded with acquire as the first of the next.

/// A value that is reached under a lock only.
///
/// For state that threads share now and then: never on the per-message path.
package struct Guarded<Value: ~Copyable>: ~Copyable, Sendable {
    private let mutex: Mutex<Value>
    private let sections = Atomic<UInt>(0)

    /// Creates a lock around a value.
    package init(_ value: consuming sending Value) {
        mutex = Mutex(value)
    }

    /// Runs a section with exclusive access to the value; sections do not nest.
    package borrowing func withLock<Result: ~Copyable, Failure: Error>(
        _ section: (inout sending Value) throws(Failure) -> sending Result
    ) throws(Failure) -> sending Result {
        try mutex.withLock { (value) throws(Failure) -> sending Result in
            let count = sections.load(ordering: .acquiring)
            defer { sections.store(count &+ 1, ordering: .releasing) }
            return try section(&value)
        }
    }
}

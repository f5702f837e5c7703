import Dispatch
import Structures
package import UVLoop

/// Tells whoever starts a thread how its set-up went.
package final class LoopStart: Sendable {
    private let semaphore = DispatchSemaphore(value: 0)
    private let outcome = Guarded<Result<LoopWakeUp, any Error>?>(nil)

    package init() {}

    /// Called once on the thread: with what wakes its loop, or with why there is none.
    package func signal(_ result: Result<LoopWakeUp, any Error>) {
        outcome.withLock { $0 = result }
        semaphore.signal()
    }

    /// Waits for the signal.
    package func wait() -> Result<LoopWakeUp, any Error> {
        semaphore.wait()
        guard let result = outcome.withLock({ $0 }) else {
            preconditionFailure("a thread signalled without an outcome")
        }
        return result
    }
}

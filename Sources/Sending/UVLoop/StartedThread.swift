import Dispatch
import Structures

// A thread whose set-up belongs to its start.
//
//     init ──▶ setting up ──ready()──▶ running ──body returns──▶ ended ──join()──▶ joined
//                  │ body throws
//                  └──▶ joined, and init throws
//
// So nobody holds a thread that failed, and none goes on that nobody holds.

/// A thread that is set up once it exists; if it cannot be set up, it does not exist.
///
/// What the body opens on its thread it closes there on every path, `defer` being the way.
package final class StartedThread<Ready: Sendable, Failure: Error>: Sendable {
    /// What the set-up gave to whoever started the thread: how to reach it.
    package let ready: Ready
    // Guards the thread between those that join it.
    private let thread: Guarded<LoopThread?>

    /// Starts a thread and waits until it is set up.
    ///
    /// - Parameters:
    ///   - cannotStart: Says that the system gives no thread.
    ///   - body: Runs on the thread. It calls its argument once when it is set up, and returns when
    ///     the thread is to end; what it throws before is thrown here, and it throws nothing after.
    /// - Throws: What `body` threw, when its thread has ended, or what `cannotStart` made.
    package init(
        cannotStart: (LoopError) -> Failure,
        _ body: @escaping @Sendable (_ ready: (Ready) -> Void) throws(Failure) -> Void
    ) throws(Failure) {
        let outcome = Outcome()
        let thread: LoopThread
        do throws(LoopError) {
            thread = try LoopThread {
                do throws(Failure) {
                    try body { outcome.signal(.success($0)) }
                } catch {
                    outcome.signal(.failure(error))
                }
            }
        } catch {
            throw cannotStart(error)
        }
        switch outcome.wait() {
        case .success(let ready):
            self.ready = ready
            self.thread = Guarded(thread)
        case .failure(let error):
            thread.join()
            throw error
        }
    }

    /// Waits until the body has returned; does nothing when that was waited for before.
    package func join() {
        if let thread = thread.withLock({ $0.take() }) { thread.join() }
    }

    /// How the set-up went, from the thread to whoever starts it.
    private final class Outcome: Sendable {
        private let isKnown = DispatchSemaphore(value: 0)
        private let result = Guarded<Result<Ready, Failure>?>(nil)

        func signal(_ value: Result<Ready, Failure>) {
            result.withLock { result in
                precondition(result == nil, "A thread was set up twice, or failed after that.")
                result = value
            }
            isKnown.signal()
        }

        func wait() -> Result<Ready, Failure> {
            isKnown.wait()
            guard let result = result.withLock({ $0 }) else {
                preconditionFailure("A thread signalled without an outcome.")
            }
            return result
        }
    }
}

import Dispatch

/// Waits on a thread for what is asynchronous.
enum BlockingTask {
    /// Runs a task to its end.
    ///
    /// - Parameter body: What to run.
    /// - Returns: What it returned.
    /// - Throws: What it threw.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () async throws -> Value
    ) throws -> Value {
        let done = DispatchSemaphore(value: 0)
        let box = Outcome<Value>()
        Task {
            do { box.result = .success(try await body()) } catch { box.result = .failure(error) }
            done.signal()
        }
        done.wait()
        guard let result = box.result else { preconditionFailure("a task ended without a result") }
        return try result.get()
    }

    // SAFETY: written before the semaphore is signalled, read after it was waited for.
    private final class Outcome<Value: Sendable>: @unchecked Sendable {
        var result: Result<Value, any Error>?
    }
}

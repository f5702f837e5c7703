import Dispatch
import Structures

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
            do {
                let value = try await body()
                box.result.withLock { $0 = .success(value) }
            } catch {
                box.result.withLock { $0 = .failure(error) }
            }
            done.signal()
        }
        done.wait()
        guard let result = box.result.withLock({ $0 }) else {
            preconditionFailure("a task ended without a result")
        }
        return try result.get()
    }

    private final class Outcome<Value: Sendable>: Sendable {
        let result = Guarded<Result<Value, any Error>?>(nil)
    }
}

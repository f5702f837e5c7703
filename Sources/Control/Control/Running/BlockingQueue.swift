import Dispatch

/// Where calls run that block or compute for long, so that requests do not wait for them.
enum BlockingQueue {
    private static let queue = DispatchQueue(
        label: "fanfare.blocking", qos: .utility, attributes: .concurrent)

    /// Runs a call off the threads that serve requests.
    static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }
}

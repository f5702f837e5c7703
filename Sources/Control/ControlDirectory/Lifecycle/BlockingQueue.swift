import Dispatch
import Foundation

/// Where calls run that block or compute for long, so that requests do not wait for them.
package enum BlockingQueue {
    private static let queue = DispatchQueue(
        label: "fanfare.blocking", qos: .utility, attributes: .concurrent)

    /// Long reads at a time: half of the database's readers, so that requests find one.
    private static let longReadsMax = ControlDatabase.readersMax / 2

    private static let longReads = {
        let queue = OperationQueue()
        queue.maxConcurrentOperationCount = longReadsMax
        queue.qualityOfService = .utility
        return queue
    }()

    /// Runs a call off the threads that serve requests.
    package static func run<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            queue.async { continuation.resume(with: Result { try body() }) }
        }
    }

    /// Runs a call that holds a reader of the database for long, few of them at a time.
    package static func runLongRead<Value: Sendable>(
        _ body: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        try await withCheckedThrowingContinuation { continuation in
            longReads.addOperation { continuation.resume(with: Result { try body() }) }
        }
    }
}

import Foundation
import Structures

/// Where the bodies of uploads are read: each on a thread of its own, as it blocks until its client
/// has sent everything, and only so many at once.
package struct UploadThreads: Sendable {
    private let count = Counter()

    private final class Counter: Sendable {
        let value = Guarded(0)
    }

    package init() {}

    /// Does the work of one upload.
    ///
    /// - Parameters:
    ///   - name: Of the thread.
    ///   - work: What blocks.
    /// - Returns: What `work` returns.
    /// - Throws: `Problem` of `limitReached` while `InputLimits.uploads` of them run; what `work`
    ///   throws.
    package func run<Value: Sendable>(
        _ name: String, _ work: @escaping @Sendable () throws -> Value
    ) async throws -> Value {
        let mayRun = count.value.withLock { count in
            guard count < InputLimits.uploads else { return false }
            count += 1
            return true
        }
        guard mayRun else {
            throw Problem(
                .limitReached, "at most \(InputLimits.uploads) uploads run at the same time")
        }
        defer { count.value.withLock { $0 -= 1 } }
        return try await withCheckedThrowingContinuation { continuation in
            let thread = Thread { continuation.resume(with: Result { try work() }) }
            thread.name = name
            thread.stackSize = 1 << 20
            thread.start()
        }
    }
}

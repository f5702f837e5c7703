import Structures

/// Tells background tasks that the process is about to end; set once, never taken back.
///
/// Beside the cancellation of tasks because of what a task still has to do: a cancelled task can
/// write nothing to the database.
package final class StopSignal: Sendable {
    private struct State {
        var isSet = false
        var waiting: [Int: CheckedContinuation<Void, Never>] = [:]
        var lastWaiter = 0
        /// Waiters whose task was cancelled before they had begun to wait.
        var cancelled: Set<Int> = []
    }

    private let state = Guarded(State())

    /// A signal that is not set.
    package init() {}

    /// Whether the process is about to end.
    package var isSet: Bool { state.withLock { $0.isSet } }

    /// Wakes all who wait; any further call does nothing.
    package func set() {
        let waiting = state.withLock { state in
            state.isSet = true
            defer { state.waiting = [:] }
            return state.waiting
        }
        for waiter in waiting.values { waiter.resume() }
    }

    /// Waits until the signal is set, or the task is cancelled.
    package func wait() async {
        let id = state.withLock { state in
            state.lastWaiter += 1
            return state.lastWaiter
        }
        await withTaskCancellationHandler {
            await withCheckedContinuation { continuation in
                let isOver = state.withLock { state in
                    let isOver = state.isSet || state.cancelled.remove(id) != nil
                    if !isOver { state.waiting[id] = continuation }
                    return isOver
                }
                if isOver { continuation.resume() }
            }
        } onCancel: {
            let waiter = state.withLock { state in
                let waiter = state.waiting.removeValue(forKey: id)
                if waiter == nil { state.cancelled.insert(id) }
                return waiter
            }
            waiter?.resume()
        }
        state.withLock { _ = $0.cancelled.remove(id) }
    }

    /// Waits for a time, but no longer than until the signal is set.
    ///
    /// - Parameter duration: The longest wait.
    /// - Returns: Whether to end: the signal is set, or the task was cancelled.
    package func wait(for duration: Duration) async -> Bool {
        await withTaskGroup { group in
            group.addTask { await self.wait() }
            group.addTask { try? await Task.sleep(for: duration) }
            await group.next()
            group.cancelAll()
        }
        return isSet || Task.isCancelled
    }
}

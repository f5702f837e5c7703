/// Lets one task wait until it is called or some time has passed; calls that come while it does not
/// wait are one call.
package final class Bell: Sendable {
    private let calls: AsyncStream<Void>
    private let caller: AsyncStream<Void>.Continuation

    package init() {
        (calls, caller) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    func ring() { caller.yield() }

    /// Waits; returns at once when the task is cancelled.
    func wait(atMost duration: Duration) async {
        let alarm = Task {
            try await Task.sleep(for: duration)
            ring()
        }
        var iterator = calls.makeAsyncIterator()
        _ = await iterator.next()
        alarm.cancel()
    }
}

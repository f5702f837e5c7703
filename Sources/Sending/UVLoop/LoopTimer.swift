import CLibuv

/// A timer with millisecond resolution ([`uv_timer_t`](https://docs.libuv.org/en/v1.x/timer.html)).
///
/// Counts from the loop's cached `now`, so that it may fire early by what the current turn has
/// taken so far; call `EventLoop.updateTime()` first where that matters.
package final class LoopTimer: LoopHandle {
    private var handler: ((LoopTimer) -> Void)?

    /// Opens a timer that is not started.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called on the loop's thread each time the timer fires; held until the timer is
    ///     closed.
    package init(_ loop: EventLoop, handler: @escaping (LoopTimer) -> Void) {
        self.handler = handler
        do {
            // uv_timer_init only fills fields in and cannot fail.
            try unsafe super.init(loop, zero: uv_timer_t(), operation: .loopInit) {
                unsafe uv_timer_init($0, $1)
            }
        } catch {
            preconditionFailure("uv_timer_init failed: \(error)")
        }
    }

    /// Starts the timer, or starts it anew (`uv_timer_start`).
    ///
    /// - Parameters:
    ///   - milliseconds: Time to the first firing; 0 fires in the loop's next turn.
    ///   - repeating: Period of the firings after the first; 0 for none.
    package func start(afterMilliseconds milliseconds: UInt64, repeating: UInt64 = 0) {
        let timer = unsafe pointer(as: uv_timer_t.self)
        let result = unsafe uv_timer_start(
            timer,
            { timer in
                guard let timer = unsafe timer else { return }
                let wrapper = unsafe LoopHandle.wrapper(timer.pointee.data, as: LoopTimer.self)
                wrapper.handler?(wrapper)
            }, milliseconds, repeating)
        precondition(result == 0, "uv_timer_start refused an open timer.")
    }

    /// Stops the timer (`uv_timer_stop`); it can be started again.
    package func stop() {
        _ = unsafe uv_timer_stop(pointer(as: uv_timer_t.self))
    }

    override func didClose() { handler = nil }
}

import CLibuv

/// A watcher for a process signal ([`uv_signal_t`](https://docs.libuv.org/en/v1.x/signal.html)).
///
/// While one is started, the signal's default effect is off for the whole process; several loops
/// may watch the same signal and each is told.
package final class LoopSignal: LoopHandle {
    private var handler: ((LoopSignal, Int32) -> Void)?

    /// Opens a watcher that is not started.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called on the loop's thread, outside the signal handler proper, with the
    ///     signal's number; held until the watcher is closed.
    /// - Throws: `LoopError` when the loop's signal pipe cannot be opened.
    package init(
        _ loop: EventLoop, handler: @escaping (LoopSignal, Int32) -> Void
    ) throws(LoopError) {
        self.handler = handler
        try unsafe super.init(loop, zero: uv_signal_t(), operation: .signalInit) {
            unsafe uv_signal_init($0, $1)
        }
    }

    /// Watches `number` (`uv_signal_start`), instead of a number it was started with before.
    ///
    /// - Parameter number: The signal's number, such as `SIGTERM`.
    /// - Throws: `LoopError` for a number that cannot be caught.
    package func start(_ number: Int32) throws(LoopError) {
        try unsafe LoopError.check(
            uv_signal_start(
                pointer(as: uv_signal_t.self),
                { signal, number in
                    guard let signal = unsafe signal else { return }
                    let wrapper = unsafe LoopHandle.wrapper(
                        signal.pointee.data, as: LoopSignal.self)
                    wrapper.handler?(wrapper, number)
                }, number), .signalStart)
    }

    /// Stops watching (`uv_signal_stop`).
    package func stop() {
        _ = unsafe uv_signal_stop(pointer(as: uv_signal_t.self))
    }

    override func didClose() { handler = nil }
}

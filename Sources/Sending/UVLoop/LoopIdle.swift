import CLibuv

/// Receives the turns of a `LoopIdle`.
package protocol LoopIdleHandler: AnyObject {
    /// The loop begins a turn; it will not wait in its poll.
    func loopIdled(_ idle: LoopIdle)
}

/// Keeps the loop from waiting in its poll, and calls its handler once a turn
/// ([`uv_idle_t`](https://docs.libuv.org/en/v1.x/idle.html)).
///
/// Start it only while there is work left for the next turn: a started one turns the loop into a
/// busy loop.
package final class LoopIdle: LoopHandle {
    private var handler: (any LoopIdleHandler)?

    /// Opens a stopped handle.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called once a turn while started; held until the handle is closed.
    package init(_ loop: EventLoop, handler: any LoopIdleHandler) {
        self.handler = handler
        do {
            // uv_idle_init only fills fields in and cannot fail.
            try unsafe super.init(loop, zero: uv_idle_t(), operation: .loopInit) {
                unsafe uv_idle_init($0, $1)
            }
        } catch {
            preconditionFailure("uv_idle_init failed: \(error)")
        }
    }

    /// Starts the calls (`uv_idle_start`); does nothing when started.
    ///
    /// No system call.
    package func start() {
        let result = unsafe uv_idle_start(pointer(as: uv_idle_t.self), Self.callback)
        precondition(result == 0, "uv_idle_start refused an open handle.")
    }

    /// Stops the calls (`uv_idle_stop`); does nothing when stopped.
    ///
    /// No system call.
    package func stop() {
        _ = unsafe uv_idle_stop(pointer(as: uv_idle_t.self))
    }

    override func didClose() { handler = nil }

    private static let callback: uv_idle_cb = { handle in
        guard let handle = unsafe handle else { return }
        let wrapper = unsafe LoopHandle.wrapper(handle.pointee.data, as: LoopIdle.self)
        wrapper.handler?.loopIdled(wrapper)
    }
}

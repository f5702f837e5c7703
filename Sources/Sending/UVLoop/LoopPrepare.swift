import CLibuv

/// Receives the turns of a `LoopPrepare`.
package protocol LoopPrepareHandler: AnyObject {
    /// The loop is about to wait for I/O; timers that are due have run.
    func loopWillPoll(_ prepare: LoopPrepare)
}

/// Calls its handler in each turn just before the loop polls
/// ([`uv_prepare_t`](https://docs.libuv.org/en/v1.x/prepare.html)).
package final class LoopPrepare: LoopHandle {
    private var handler: (any LoopPrepareHandler)?

    /// Opens a stopped handle.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called once a turn while started; held until the handle is closed.
    package init(_ loop: EventLoop, handler: any LoopPrepareHandler) {
        self.handler = handler
        do {
            // uv_prepare_init only fills fields in and cannot fail.
            try unsafe super.init(loop, zero: uv_prepare_t(), operation: .loopInit) {
                unsafe uv_prepare_init($0, $1)
            }
        } catch {
            preconditionFailure("uv_prepare_init failed: \(error)")
        }
    }

    /// Starts the calls (`uv_prepare_start`); does nothing when started.
    ///
    /// No system call.
    package func start() {
        let result = unsafe uv_prepare_start(pointer(as: uv_prepare_t.self), Self.callback)
        precondition(result == 0, "uv_prepare_start refused an open handle.")
    }

    /// Stops the calls (`uv_prepare_stop`); does nothing when stopped.
    ///
    /// No system call.
    package func stop() {
        _ = unsafe uv_prepare_stop(pointer(as: uv_prepare_t.self))
    }

    override func didClose() { handler = nil }

    private static let callback: uv_prepare_cb = { handle in
        guard let handle = unsafe handle else { return }
        let wrapper = unsafe LoopHandle.wrapper(handle.pointee.data, as: LoopPrepare.self)
        wrapper.handler?.loopWillPoll(wrapper)
    }
}

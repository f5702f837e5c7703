import CLibuv

/// Receives the turns of a `LoopCheck`.
package protocol LoopCheckHandler: AnyObject {
    /// The loop has polled and has run the callbacks of that poll.
    func loopDidPoll(_ check: LoopCheck)
}

/// Calls its handler in each turn just after the loop has polled
/// ([`uv_check_t`](https://docs.libuv.org/en/v1.x/check.html)).
package final class LoopCheck: LoopHandle {
    private var handler: (any LoopCheckHandler)?

    /// Opens a stopped handle.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - handler: Called once a turn while started; held until the handle is closed.
    package init(_ loop: EventLoop, handler: any LoopCheckHandler) {
        self.handler = handler
        do {
            // uv_check_init only fills fields in and cannot fail.
            try unsafe super.init(loop, zero: uv_check_t(), operation: .loopInit) {
                unsafe uv_check_init($0, $1)
            }
        } catch {
            preconditionFailure("uv_check_init failed: \(error)")
        }
    }

    /// Starts the calls (`uv_check_start`); does nothing when started.
    ///
    /// No system call.
    package func start() {
        let result = unsafe uv_check_start(pointer(as: uv_check_t.self), Self.callback)
        precondition(result == 0, "uv_check_start refused an open handle.")
    }

    /// Stops the calls (`uv_check_stop`); does nothing when stopped.
    ///
    /// No system call.
    package func stop() {
        _ = unsafe uv_check_stop(pointer(as: uv_check_t.self))
    }

    override func didClose() { handler = nil }

    private static let callback: uv_check_cb = { handle in
        guard let handle = unsafe handle else { return }
        let wrapper = unsafe LoopHandle.wrapper(handle.pointee.data, as: LoopCheck.self)
        wrapper.handler?.loopDidPoll(wrapper)
    }
}

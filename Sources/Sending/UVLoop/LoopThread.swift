import CLibuv

// Context lifetime: `start` makes the one retain of the body, the thread's entry makes the one
// release. If no thread comes to be, `start` takes its retain back.

/// A thread for a loop ([`uv_thread_t`](https://docs.libuv.org/en/v1.x/threading.html)).
///
/// Must be joined once.
package struct LoopThread: ~Copyable, Sendable {
    private var thread: uv_thread_t

    /// Starts a thread that runs `body`.
    ///
    /// - Parameter body: What the thread does; open the loop in it, or take one over with
    ///   `EventLoop.adoptCurrentThread()`.
    /// - Throws: `LoopError` when the system gives no thread.
    package init(_ body: @escaping @Sendable () -> Void) throws(LoopError) {
        var thread = uv_thread_t()
        let context = unsafe Unmanaged.passRetained(Body(body))  // the one retain
        let result = unsafe uv_thread_create(
            &thread,
            { context in
                guard let context = unsafe context else { return }
                // The one release, when the body has returned.
                unsafe Unmanaged<Body>.fromOpaque(context).takeRetainedValue().run()
            }, context.toOpaque())
        if result < 0 {
            unsafe context.release()
            throw LoopError(LoopErrorCode(rawValue: result), in: .threadCreate)
        }
        self.thread = thread
    }

    /// Waits until the thread's body has returned (`uv_thread_join`).
    package consuming func join() {
        let result = unsafe uv_thread_join(&thread)
        precondition(result == 0, "A thread could not be joined; it must not join itself.")
    }

    private final class Body: Sendable {
        let run: @Sendable () -> Void
        init(_ run: @escaping @Sendable () -> Void) { self.run = run }
    }
}

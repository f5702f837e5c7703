import CLibuv

// A watcher of a descriptor that another library owns (libcurl's sockets).
//
// libuv removes the descriptor from epoll each time `uv_poll_start` is called, with a system call,
// and adds it again before it polls: two system calls for a call that changes nothing. So `start`
// remembers the wanted set and does nothing when it stays the same, and one `LoopPoll` is to be
// kept for as long as its descriptor is open.

/// What a `LoopPoll` waits for, or what it found.
package struct PollEvents: OptionSet, Hashable, Sendable {
    /// The set as libuv's bits (`uv_poll_event`).
    package let rawValue: Int32

    /// Wraps a set of libuv's bits.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// There is something to read or to accept, or the peer has ended (`UV_READABLE`).
    package static let readable = PollEvents(rawValue: Int32(UV_READABLE.rawValue))
    /// A write would take at least a byte (`UV_WRITABLE`).
    package static let writable = PollEvents(rawValue: Int32(UV_WRITABLE.rawValue))
}

/// Receives the events of a `LoopPoll`.
package protocol LoopPollHandler: AnyObject {
    /// The descriptor is ready. Level-triggered: called each turn until the cause is gone.
    func pollReady(_ poll: LoopPoll, events: PollEvents)

    /// The descriptor is in an error state; the poll has stopped and `wanted` is empty.
    ///
    /// libuv reports every `EPOLLERR`, a refused connection for instance, as `badDescriptor`: the
    /// cause is the descriptor owner's to find out (`SO_ERROR`).
    func pollFailed(_ poll: LoopPoll, error: LoopError)
}

/// A watcher for readiness of a descriptor that somebody else owns
/// ([`uv_poll_t`](https://docs.libuv.org/en/v1.x/poll.html)).
package final class LoopPoll: LoopHandle {
    /// The descriptor that is watched, which its owner keeps and closes.
    package let descriptor: Int32
    /// The set that was started last; empty when stopped.
    private(set) package var wanted: PollEvents = []
    private var handler: (any LoopPollHandler)?

    /// Opens a stopped watcher and makes the descriptor non-blocking (`uv_poll_init`).
    ///
    /// The descriptor must stay open until `stop()` or `close()` has been called; after either of
    /// them it may be closed at once.
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - descriptor: A socket or another descriptor that epoll accepts.
    ///   - handler: Receives the events; held until the poll is closed.
    /// - Throws: `LoopError` with `alreadyExists` when the loop already watches the descriptor, or
    ///   what epoll says about it.
    package init(
        _ loop: EventLoop, descriptor: Int32, handler: any LoopPollHandler
    ) throws(LoopError) {
        self.descriptor = descriptor
        self.handler = handler
        try unsafe super.init(loop, zero: uv_poll_t(), operation: .pollInit) {
            unsafe uv_poll_init($0, $1, descriptor)
        }
    }

    /// Waits for `events` from the next poll on; an empty set stops.
    ///
    /// Costs nothing when `events` is what is waited for already.
    ///
    /// - Parameter events: The whole wanted set, replacing the former one.
    /// - Throws: `LoopError` when libuv refuses (the loop watches the descriptor through another
    ///   handle).
    package func start(_ events: PollEvents) throws(LoopError) {
        if events == wanted {
            checkOpen()
            return
        }
        if events.isEmpty { return stop() }
        try unsafe LoopError.check(
            uv_poll_start(pointer(as: uv_poll_t.self), events.rawValue, Self.callback), .poll)
        wanted = events
    }

    /// Stops waiting (`uv_poll_stop`); no event comes after it, not even one that was due.
    package func stop() {
        let poll = unsafe pointer(as: uv_poll_t.self)
        guard !wanted.isEmpty else { return }
        _ = unsafe uv_poll_stop(poll)
        wanted = []
    }

    override func willClose() { wanted = [] }
    override func didClose() { handler = nil }

    private static let callback: uv_poll_cb = { poll, status, events in
        guard let poll = unsafe poll else { return }
        let wrapper = unsafe LoopHandle.wrapper(poll.pointee.data, as: LoopPoll.self)
        if status < 0 {
            wrapper.wanted = []
            let error = LoopError(LoopErrorCode(rawValue: status), in: .poll)
            wrapper.handler?.pollFailed(wrapper, error: error)
        } else {
            wrapper.handler?.pollReady(wrapper, events: PollEvents(rawValue: events))
        }
    }
}

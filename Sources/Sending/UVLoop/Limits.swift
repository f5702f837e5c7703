/// The limits of the loop wrappers, each with its reason and what happens beyond it.
package enum LoopLimits {
    /// Rounds of "close what is left, run the loop" that `EventLoop.close()` makes.
    ///
    /// One round is enough unless a handler opens a handle while the loop closes. A loop that is
    /// still not empty after so many rounds has a handler that opens one each time: a bug, and a
    /// precondition failure.
    package static let closeRoundsMax = 8

    /// Bytes that one connection may have queued behind a full socket buffer, 64 MiB.
    ///
    /// A peer that does not read must not take the process's memory. A write beyond it fails with
    /// `LoopErrorCode.noBufferSpace` and queues nothing.
    package static let writeQueueBytesMax = 64 << 20

    /// Capacity of a write queue's buffer that is kept when the queue has drained, 64 KiB.
    ///
    /// A larger buffer is given back, so that one burst does not pin memory on every connection.
    package static let writeBufferKeptBytes = 64 << 10

    /// Bytes read by one `read` call into the default `ReadBuffer`, 64 KiB.
    ///
    /// What libuv asks for by itself; a longer stream arrives in more pieces.
    package static let readBufferBytes = 64 << 10

    /// Connections that the kernel may hold for a listener before they are accepted.
    ///
    /// The kernel caps it further with `net.core.somaxconn`; beyond it connection attempts wait or
    /// fail on the client's side.
    package static let backlogDefault: Int32 = 1024
}

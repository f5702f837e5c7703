import CLibuv

// A connected TCP socket.
//
//     accepted ─────────────────────────▶ open ──close(), reset(), failure──▶ closing ──▶ closed
//     connecting ──`opened` is called────▶ │                                  (connectionClosed)
//                                          └─startReading─▶ reading ─stopReading, peer's end─▶ open
//
// 1. Bytes that arrive are in the caller's `ReadBuffer`, which is shared by the loop's connections:
//    they are valid during `connectionReceived` only.
// 2. A write is tried at once (`uv_try_write`). Only what the socket does not take is copied, to
//    the end of `waiting`. While a `uv_write` is under way its bytes stand in `flying`, which is
//    not touched until the write callback; then the two swap. So a connection has one write request
//    at a time, reused.
// 3. After a failed read or write the connection closes itself; the handler is told by
//    `connectionFailed` and, as always, by `connectionClosed`, which comes exactly once and last.

/// Receives the events of a `TCPConnection`, on the loop's thread.
package protocol TCPConnectionHandler: AnyObject {
    /// Bytes have arrived. They stand in the shared read buffer and must be copied to be kept.
    func connectionReceived(_ bytes: Span<UInt8>, on connection: TCPConnection)

    /// The peer will send no more; reading has stopped and writing is still possible.
    func connectionEnded(_ connection: TCPConnection)

    /// A read, or a write that had been queued, failed; the connection closes itself after this
    /// call.
    func connectionFailed(_ connection: TCPConnection, error: LoopError)

    /// Writes that had been queued have all been given to the kernel.
    func connectionDrained(_ connection: TCPConnection)

    /// The last call: the socket is closed and the handler is let go.
    func connectionClosed(_ connection: TCPConnection)
}

extension TCPConnectionHandler {
    /// Does nothing: for handlers that do not hold back what they write.
    package func connectionDrained(_ connection: TCPConnection) {}
    /// Does nothing: for handlers that keep nothing for a connection.
    package func connectionClosed(_ connection: TCPConnection) {}
}

/// A TCP connection ([`uv_tcp_t`](https://docs.libuv.org/en/v1.x/tcp.html)), with `TCP_NODELAY`
/// set.
// SAFETY: requests are freed in the close callback, after libuv has given them back; bytes under
// way stand in `flying` until then (invariant 2).
@safe
package final class TCPConnection: LoopHandle {
    /// Whether bytes are asked for; false after `stopReading` and after the peer's end.
    private(set) package var isReading = false
    /// Set from the start of an outgoing connection until it is established.
    var isConnecting = false
    var handler: (any TCPConnectionHandler)?
    private var readBuffer: ReadBuffer?

    // Writing: see TCPConnection+Write.swift.
    var writeRequest: UnsafeMutablePointer<uv_write_t>?
    var flying = WriteBuffer()
    var waiting = WriteBuffer()
    var isWriting = false
    var isShutdownWanted = false
    var shutdownRequest: UnsafeMutablePointer<uv_shutdown_t>?
    var connectRequest: UnsafeMutablePointer<uv_connect_t>?
    var connectHandler: ((TCPConnection, LoopError?) -> Void)?

    init(
        accepting listener: UnsafeMutablePointer<uv_stream_t>, on loop: EventLoop
    ) throws(LoopError) {
        try unsafe super.init(loop, zero: uv_tcp_t(), operation: .tcpInit) {
            unsafe uv_tcp_init($0, $1)
        }
        do throws(LoopError) {
            try unsafe LoopError.check(uv_accept(listener, stream), .accept)
            try unsafe LoopError.check(uv_tcp_nodelay(pointer(as: uv_tcp_t.self), 1), .tcpNoDelay)
        } catch {
            close()
            throw error
        }
    }

    /// Opens a socket that is not connected; see TCPConnection+Connect.swift.
    init(unconnectedOn loop: EventLoop) throws(LoopError) {
        SignalPipe.ignore()
        try unsafe super.init(loop, zero: uv_tcp_t(), operation: .tcpInit) {
            unsafe uv_tcp_init($0, $1)
        }
    }

    /// Begins to read (`uv_read_start`), or goes on with another handler or buffer.
    ///
    /// - Parameters:
    ///   - buffer: Where to read into; may be shared by all connections of the loop.
    ///   - handler: Receives the bytes and all later events; held until the connection is closed.
    /// - Throws: `LoopError` when the socket is not connected.
    package func startReading(
        into buffer: ReadBuffer, handler: any TCPConnectionHandler
    ) throws(LoopError) {
        checkOpen()
        readBuffer = buffer
        self.handler = handler
        guard !isReading else { return }
        try unsafe LoopError.check(
            uv_read_start(stream, Self.allocate, Self.received), .read)
        isReading = true
    }

    /// Stops reading (`uv_read_stop`): the peer is held back by TCP once the kernel's buffers are
    /// full.
    package func stopReading() {
        checkOpen()
        guard isReading else { return }
        _ = unsafe uv_read_stop(stream)
        isReading = false
    }

    /// Closes the connection so that the peer sees a reset, discarding what is queued or unsent
    /// (`uv_tcp_close_reset`).
    ///
    /// Does nothing when it is closing already; closes in the ordinary way after `shutdown()`,
    /// where libuv refuses a reset.
    package func reset() {
        loop.checkOwner()
        guard !isClosing else { return }
        let result = unsafe close { unsafe uv_tcp_close_reset(pointer(as: uv_tcp_t.self), $0) }
        if result < 0 { close() } else { willClose() }
    }

    @inline(__always)
    var stream: UnsafeMutablePointer<uv_stream_t> { unsafe pointer(as: uv_stream_t.self) }

    func fail(_ error: LoopError) {
        guard !isClosing else { return }
        handler?.connectionFailed(self, error: error)
        close()
    }

    override func willClose() { isReading = false }

    override func didClose() {
        // libuv has called back every request (cancelled) before this, so their memory is free to
        // go.
        unsafe writeRequest?.deallocate()
        unsafe shutdownRequest?.deallocate()
        unsafe connectRequest?.deallocate()
        unsafe (writeRequest, shutdownRequest, connectRequest) = (nil, nil, nil)
        flying.free()
        waiting.free()
        readBuffer = nil
        connectHandler = nil
        let handler = self.handler
        self.handler = nil
        handler?.connectionClosed(self)
    }

    private static let allocate: uv_alloc_cb = { handle, _, buffer in
        guard let handle = unsafe handle, let buffer = unsafe buffer else { return }
        let connection = unsafe LoopHandle.wrapper(handle.pointee.data, as: TCPConnection.self)
        // An empty buffer makes libuv report UV_ENOBUFS; it cannot happen while reading.
        guard let bytes = unsafe connection.readBuffer?.bytes else {
            unsafe buffer.pointee = uv_buf_t()
            return
        }
        unsafe buffer.pointee = uv_buf_init(
            bytes.baseAddress?.assumingMemoryBound(to: CChar.self), UInt32(bytes.count))
    }

    private static let received: uv_read_cb = { stream, count, buffer in
        guard count != 0, let stream = unsafe stream, let buffer = unsafe buffer else { return }
        let connection = unsafe LoopHandle.wrapper(stream.pointee.data, as: TCPConnection.self)
        if count > 0 {
            let bytes = unsafe UnsafeRawBufferPointer(start: buffer.pointee.base, count: count)
            unsafe bytes.withMemoryRebound(to: UInt8.self) { bytes in
                unsafe connection.handler?.connectionReceived(bytes.span, on: connection)
            }
        } else if count == Int(UV_EOF.rawValue) {
            // libuv stops reading by itself at the end and after an error.
            connection.isReading = false
            connection.handler?.connectionEnded(connection)
        } else {
            connection.isReading = false
            connection.fail(LoopError(LoopErrorCode(rawValue: CInt(count)), in: .read))
        }
    }
}

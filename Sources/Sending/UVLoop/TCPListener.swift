import CLibuv

/// Receives the connections of a `TCPListener`.
package protocol TCPListenerHandler: AnyObject {
    /// A connection was accepted; close it if it is not wanted.
    func listenerAccepted(_ connection: TCPConnection, on listener: TCPListener)

    /// A connection could not be accepted (no descriptor left, for instance); the listener goes on.
    func listenerFailed(_ listener: TCPListener, error: LoopError)
}

/// A listening TCP socket ([`uv_tcp_t`](https://docs.libuv.org/en/v1.x/tcp.html)).
///
/// libuv sets `SO_REUSEADDR`, so that a server can be started again while old connections linger.
/// The first listener or connection of a process turns `SIGPIPE` off.
package final class TCPListener: LoopHandle {
    /// Where it listens, with the port that the kernel chose if 0 was asked for.
    private(set) package var address: SocketAddress
    private var handler: (any TCPListenerHandler)?

    /// Binds a socket and listens (`uv_tcp_bind`, `uv_listen`).
    ///
    /// - Parameters:
    ///   - loop: The loop, owned by the calling thread.
    ///   - address: Where to listen; port 0 for a free one, see `address` afterwards.
    ///   - backlog: Connections that wait in the kernel.
    ///   - handler: Receives the connections; held until the listener is closed.
    /// - Throws: `LoopError`, with `addressInUse` when somebody else listens there.
    package init(
        _ loop: EventLoop, address: SocketAddress, backlog: Int32 = LoopLimits.backlogDefault,
        handler: any TCPListenerHandler
    ) throws(LoopError) {
        SignalPipe.ignore()
        self.address = address
        self.handler = handler
        try unsafe super.init(loop, zero: uv_tcp_t(), operation: .tcpInit) {
            unsafe uv_tcp_init($0, $1)
        }
        do throws(LoopError) {
            try listen(backlog: backlog)
        } catch {
            close()
            throw error
        }
    }

    private func listen(backlog: Int32) throws(LoopError) {
        let tcp = unsafe pointer(as: uv_tcp_t.self)
        try unsafe LoopError.check(address.withRaw { unsafe uv_tcp_bind(tcp, $0, 0) }, .tcpBind)
        try unsafe LoopError.check(
            uv_listen(
                UnsafeMutableRawPointer(tcp).assumingMemoryBound(to: uv_stream_t.self), backlog,
                Self.callback), .listen)
        address = address.with(port: try unsafe Self.localPort(tcp))
    }

    private static func localPort(_ tcp: UnsafeMutablePointer<uv_tcp_t>) throws(LoopError) -> UInt16
    {
        var storage = sockaddr_storage()
        var length = CInt(MemoryLayout<sockaddr_storage>.size)
        let result = unsafe withUnsafeMutablePointer(to: &storage) { storage in
            unsafe storage.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                unsafe uv_tcp_getsockname(tcp, $0, &length)
            }
        }
        try LoopError.check(result, .tcpName)
        // The port has the same place in sockaddr_in and sockaddr_in6.
        return unsafe withUnsafeBytes(of: &storage) {
            unsafe UInt16(
                bigEndian: $0.load(
                    fromByteOffset: MemoryLayout<sockaddr_in>.offset(of: \.sin_port) ?? 2,
                    as: UInt16.self))
        }
    }

    override func didClose() { handler = nil }

    private static let callback: uv_connection_cb = { stream, status in
        guard let stream = unsafe stream else { return }
        let listener = unsafe LoopHandle.wrapper(stream.pointee.data, as: TCPListener.self)
        do throws(LoopError) {
            try LoopError.check(status, .accept)
            let connection = try unsafe TCPConnection(accepting: stream, on: listener.loop)
            if let handler = listener.handler {
                handler.listenerAccepted(connection, on: listener)
            } else {
                connection.close()
            }
        } catch {
            listener.handler?.listenerFailed(listener, error: error)
        }
    }
}

/// Turns `SIGPIPE` off, once a process: libuv writes without `MSG_NOSIGNAL`, so that a write to a
/// connection that the peer has reset would end the process.
enum SignalPipe {
    private static let ignored: Void = clibuv_ignore_sigpipe()

    static func ignore() { _ = ignored }
}

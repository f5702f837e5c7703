import CLibuv

extension TCPConnection {
    /// Connects to a numeric address (`uv_tcp_connect`).
    ///
    /// Writes made before the connection is established are queued.
    ///
    /// - Parameters:
    ///   - address: The peer.
    ///   - loop: The loop, owned by the calling thread.
    ///   - opened: Called once: with `nil` when the connection is established, which is when
    ///     reading may be started, or with the error, after which the connection closes itself. Not
    ///     called when the connection is closed before.
    /// - Returns: The connection, not established yet.
    /// - Throws: `LoopError` for what fails before the connection attempt.
    package static func connect(
        to address: SocketAddress, on loop: EventLoop,
        opened: @escaping (TCPConnection, LoopError?) -> Void
    ) throws(LoopError) -> TCPConnection {
        let connection = try TCPConnection(unconnectedOn: loop)
        do throws(LoopError) {
            try connection.connect(to: address, opened: opened)
        } catch {
            connection.close()
            throw error
        }
        return connection
    }

    private func connect(
        to address: SocketAddress, opened: @escaping (TCPConnection, LoopError?) -> Void
    ) throws(LoopError) {
        let tcp = unsafe pointer(as: uv_tcp_t.self)
        try unsafe LoopError.check(uv_tcp_nodelay(tcp, 1), .tcpNoDelay)
        let request = UnsafeMutablePointer<uv_connect_t>.allocate(capacity: 1)
        unsafe request.initialize(to: uv_connect_t())
        unsafe connectRequest = request
        try unsafe LoopError.check(
            address.withRaw { unsafe uv_tcp_connect(request, tcp, $0, Self.connected) }, .tcpConnect
        )
        isConnecting = true
        connectHandler = opened
    }

    private func connectCompleted(_ status: CInt) {
        isConnecting = false
        let opened = connectHandler
        connectHandler = nil
        guard !isClosing else { return }
        if status < 0 {
            opened?(self, LoopError(LoopErrorCode(rawValue: status), in: .tcpConnect))
            return close()
        }
        do throws(LoopError) {
            if !waiting.isEmpty {
                try flushWaiting()
            } else if isShutdownWanted {
                try shutDownNow()
            }
        } catch {
            opened?(self, error)
            return close()
        }
        opened?(self, nil)
    }

    private static let connected: uv_connect_cb = { request, status in
        guard let stream = unsafe request?.pointee.handle else { return }
        unsafe LoopHandle.wrapper(stream.pointee.data, as: TCPConnection.self)
            .connectCompleted(status)
    }
}

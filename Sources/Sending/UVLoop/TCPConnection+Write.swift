import CLibuv

extension TCPConnection {
    /// Bytes that have been written but not given to the kernel yet.
    package var queuedByteCount: Int { flying.count + waiting.count }

    /// Writes, at once as far as the socket takes it (`uv_try_write`), the rest when it can.
    ///
    /// `bytes` need not outlive the call: only what the socket did not take is copied. When
    /// something was queued, `connectionDrained` follows; its handler is the one given to
    /// `startReading`.
    ///
    /// - Parameter bytes: What to send, in order after all earlier writes.
    /// - Throws: `LoopError`: `noBufferSpace` when `LoopLimits.writeQueueBytesMax` would be passed
    ///   (nothing was taken), else what the socket says, after which the caller closes the
    ///   connection.
    package func write(_ bytes: Span<UInt8>) throws(LoopError) {
        checkOpen()
        precondition(!isShutdownWanted, "A connection was written to after it was shut down.")
        guard bytes.count <= LoopLimits.writeQueueBytesMax - queuedByteCount else {
            throw LoopError(.noBufferSpace, in: .write)
        }
        try unsafe bytes.withUnsafeBytes { bytes throws(LoopError) in try unsafe send(bytes) }
    }

    /// Ends the sending side when everything queued is sent (`uv_shutdown`); reading goes on.
    ///
    /// - Throws: `LoopError` with `notConnected` when the connection is not established or gone.
    package func shutdown() throws(LoopError) {
        checkOpen()
        guard !isShutdownWanted else { return }
        isShutdownWanted = true
        if !isWriting && !isConnecting { try shutDownNow() }
    }

    private func send(_ bytes: UnsafeRawBufferPointer) throws(LoopError) {
        var rest = unsafe bytes
        if !isWriting && !isConnecting {
            let taken = try unsafe tryWrite(bytes)
            if taken == bytes.count { return }
            unsafe rest = UnsafeRawBufferPointer(rebasing: bytes[taken...])
        }
        unsafe waiting.append(rest)
        if !isWriting && !isConnecting { try flushWaiting() }
    }

    private func tryWrite(_ bytes: UnsafeRawBufferPointer) throws(LoopError) -> Int {
        // uv_buf_t has a mutable base, although a write only reads it.
        var buffer = unsafe uv_buf_t(
            base: UnsafeMutableRawPointer(mutating: bytes.baseAddress)?
                .assumingMemoryBound(to: CChar.self), len: bytes.count)
        let result = unsafe uv_try_write(stream, &buffer, 1)
        if result == UV_EAGAIN.rawValue { return 0 }
        try LoopError.check(result, .write)
        return Int(result)
    }

    /// Gives `waiting` to libuv as the one write under way.
    func flushWaiting() throws(LoopError) {
        swap(&flying, &waiting)
        let request: UnsafeMutablePointer<uv_write_t>
        if let existing = unsafe writeRequest {
            unsafe request = existing
        } else {
            unsafe request = .allocate(capacity: 1)
            unsafe request.initialize(to: uv_write_t())
            unsafe writeRequest = request
        }
        var buffer = unsafe uv_buf_t(
            base: flying.memory.baseAddress?.assumingMemoryBound(to: CChar.self),
            len: flying.count)
        try unsafe LoopError.check(uv_write(request, stream, &buffer, 1, Self.written), .write)
        isWriting = true
    }

    private func writeCompleted(_ status: CInt) {
        isWriting = false
        flying.removeAll()
        if status < 0 {
            // A cancelled write is one that `close` has ended.
            let code = LoopErrorCode(rawValue: status)
            if code != .canceled { fail(LoopError(code, in: .write)) }
            return
        }
        guard !isClosing else { return }
        do throws(LoopError) {
            if !waiting.isEmpty { return try flushWaiting() }
            if isShutdownWanted { try shutDownNow() }
        } catch {
            return fail(error)
        }
        handler?.connectionDrained(self)
    }

    func shutDownNow() throws(LoopError) {
        let request = UnsafeMutablePointer<uv_shutdown_t>.allocate(capacity: 1)
        unsafe request.initialize(to: uv_shutdown_t())
        unsafe shutdownRequest = request
        // Its outcome changes nothing: a peer that is gone is reported by reading.
        try unsafe LoopError.check(uv_shutdown(request, stream, { _, _ in }), .shutdown)
    }

    private static let written: uv_write_cb = { request, status in
        guard let stream = unsafe request?.pointee.handle else { return }
        unsafe LoopHandle.wrapper(stream.pointee.data, as: TCPConnection.self)
            .writeCompleted(status)
    }
}

import CLibuv

/// A failed libuv call: its error code and the function that failed.
///
/// Carries no address or payload, so that it may be logged as it is.
package struct LoopError: Error, Equatable, Sendable {
    /// The negative libuv code (`UV_E...`); on Linux the negated `errno`, except for libuv's own
    /// codes.
    package let code: LoopErrorCode
    /// The libuv function that reported it.
    package let operation: LoopOperation

    /// Describes a failure, as a libuv function returned it.
    package init(_ code: LoopErrorCode, in operation: LoopOperation) {
        self.code = code
        self.operation = operation
    }

    /// Throws when `result` is a libuv error (negative).
    ///
    /// - Parameters:
    ///   - result: What the libuv function returned.
    ///   - operation: The function.
    /// - Throws: `LoopError` when `result` is negative.
    static func check(_ result: CInt, _ operation: LoopOperation) throws(LoopError) {
        if result < 0 { throw LoopError(LoopErrorCode(rawValue: result), in: operation) }
    }
}

extension LoopError: CustomStringConvertible {
    package var description: String {
        "\(operation.rawValue): \(code.name) (\(code.message))"
    }
}

/// A negative libuv error code.
package struct LoopErrorCode: RawRepresentable, Hashable, Sendable {
    /// The code as libuv gives it: negative.
    package let rawValue: Int32

    /// Wraps a code of libuv, known to this module or not.
    package init(rawValue: Int32) { self.rawValue = rawValue }

    /// The request was ended by closing its handle (`UV_ECANCELED`).
    package static let canceled = LoopErrorCode(rawValue: UV_ECANCELED.rawValue)
    /// The peer broke the connection off (`UV_ECONNRESET`).
    package static let connectionReset = LoopErrorCode(rawValue: UV_ECONNRESET.rawValue)
    /// Nobody listens at the address (`UV_ECONNREFUSED`).
    package static let connectionRefused = LoopErrorCode(rawValue: UV_ECONNREFUSED.rawValue)
    /// A write to a connection whose other end is gone (`UV_EPIPE`).
    package static let brokenPipe = LoopErrorCode(rawValue: UV_EPIPE.rawValue)
    /// Another socket has the address (`UV_EADDRINUSE`).
    package static let addressInUse = LoopErrorCode(rawValue: UV_EADDRINUSE.rawValue)
    /// A value that the call cannot take, such as a text that is no address (`UV_EINVAL`).
    package static let invalidArgument = LoopErrorCode(rawValue: UV_EINVAL.rawValue)
    /// The loop watches the descriptor already (`UV_EEXIST`).
    package static let alreadyExists = LoopErrorCode(rawValue: UV_EEXIST.rawValue)
    /// The descriptor is closed, or epoll reports an error on it (`UV_EBADF`).
    package static let badDescriptor = LoopErrorCode(rawValue: UV_EBADF.rawValue)
    /// The queue of a connection is full, see `LoopLimits.writeQueueBytesMax` (`UV_ENOBUFS`).
    package static let noBufferSpace = LoopErrorCode(rawValue: UV_ENOBUFS.rawValue)

    /// The symbolic name, such as `ECONNRESET`
    /// ([`uv_err_name_r`](https://docs.libuv.org/en/v1.x/errors.html)).
    package var name: String { unsafe Self.text(rawValue, uv_err_name_r) }

    /// The text that libuv has for it (`uv_strerror_r`).
    package var message: String { unsafe Self.text(rawValue, uv_strerror_r) }

    /// The reentrant variants: the others leak a string for each unknown code.
    private static func text(
        _ code: CInt,
        _ describe: (CInt, UnsafeMutablePointer<CChar>?, Int) -> UnsafeMutablePointer<CChar>?
    ) -> String {
        unsafe withUnsafeTemporaryAllocation(of: CChar.self, capacity: 128) { buffer in
            unsafe buffer.initialize(repeating: 0)
            _ = unsafe describe(code, buffer.baseAddress, buffer.count)
            guard let start = buffer.baseAddress else { return "" }
            return unsafe String(cString: start)
        }
    }
}

/// The libuv functions whose failure this module reports.
package enum LoopOperation: String, Sendable {
    case accept = "uv_accept"
    case alarm = "timerfd_create"
    case asyncInit = "uv_async_init"
    case close = "uv_close"
    case ipAddress = "uv_ip_addr"
    case listen = "uv_listen"
    case loopInit = "uv_loop_init"
    case pollInit = "uv_poll_init"
    case poll = "uv_poll_start"
    case read = "uv_read_start"
    case shutdown = "uv_shutdown"
    case signalInit = "uv_signal_init"
    case signalStart = "uv_signal_start"
    case tcpBind = "uv_tcp_bind"
    case tcpConnect = "uv_tcp_connect"
    case tcpInit = "uv_tcp_init"
    case tcpName = "uv_tcp_getsockname"
    case tcpNoDelay = "uv_tcp_nodelay"
    case tcpReset = "uv_tcp_close_reset"
    case threadCreate = "uv_thread_create"
    case write = "uv_write"
}

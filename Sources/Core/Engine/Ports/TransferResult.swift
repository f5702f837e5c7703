/// A finished flight as the transport gives it.
package struct TransferCompletion: BitwiseCopyable {
    /// How it ended.
    package var result: TransferResult
    /// What the target asked to keep of the answer, valid until the next call of the transport.
    package var answer: TransferAnswer

    /// A result of which nothing of the answer was kept.
    @inlinable
    package init(_ result: TransferResult) {
        self.result = result
        answer = TransferAnswer()
    }

    /// Joins a result with what was kept of the answer.
    @inlinable
    package init(_ result: TransferResult, answer: TransferAnswer) {
        self.result = result
        self.answer = answer
    }
}

/// How a flight ended.
package struct TransferResult: Sendable, BitwiseCopyable {
    /// The flight that ended.
    package var flight: FlightID
    /// The final HTTP status of a whole answer, 0 when there was none.
    package var status: UInt16
    /// Why there is no status.
    package var failure: TransferFailure
    /// The transport's own number for what happened, shown to people and never decided upon.
    ///
    /// All transports share one space of numbers, since records keep them: those below 1,000 are
    /// libcurl's, and each other transport has a thousand of its own.
    package var transportCode: UInt16
    /// Whether any byte of the request may have left.
    package var requestLeft: Bool
    /// How often the request was put on the wire; above 1 when the transport repeated it.
    package var wireAttempts: UInt8
    /// The provider's Retry-After in seconds, from either of its forms; −1 when absent or past.
    package var retryAfterSeconds: Int32

    /// Says how a flight ended.
    @inlinable
    package init(
        flight: FlightID, status: UInt16, failure: TransferFailure, transportCode: UInt16,
        requestLeft: Bool, wireAttempts: UInt8, retryAfterSeconds: Int32
    ) {
        self.flight = flight
        self.status = status
        self.failure = failure
        self.transportCode = transportCode
        self.requestLeft = requestLeft
        self.wireAttempts = wireAttempts
        self.retryAfterSeconds = retryAfterSeconds
    }
}

/// Why a flight has no status: what every transport can say, and all that a provider decides upon.
package enum TransferFailure: UInt8, Sendable, BitwiseCopyable {
    /// It has one.
    case none
    /// The host's name has no address.
    case resolveFailed
    /// No connection came about.
    case connectFailed
    /// The connection could not be secured.
    case tlsFailed
    /// A timeout of the target passed.
    case timedOut
    /// The connection ended before a whole answer.
    case connectionLost
    /// The address policy forbids the host's addresses.
    case addressRefused
    /// The request's address is no HTTP URL that may be used.
    case urlInvalid
    /// The answer broke the protocol or a limit.
    case responseInvalid
    /// Anything else, such as a process without free sockets.
    case other
    /// The request's header fields cannot be sent; the same at each attempt.
    case requestInvalid
}

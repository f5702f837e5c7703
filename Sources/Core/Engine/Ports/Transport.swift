/// Carries requests to providers: the dispatcher's only way out.
///
/// One shard thread owns a transport and makes every call. A transport never queues: the dispatcher
/// hands over at most as many requests as it was configured for, in total and per host. Each
/// started flight ends in exactly one completion, also when its target is released meanwhile.
package protocol Transport {
    /// Prepares what all requests to a target share.
    ///
    /// - Throws: `TransportError` naming the field that cannot be used.
    mutating func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID

    /// Forgets a target that has no flight left.
    mutating func release(_ target: TargetID)

    /// Begins a request. The bytes behind `request` stay in place until its completion was taken.
    mutating func start(_ flight: FlightID, _ request: TransferRequest)

    /// Takes the next finished flight, `nil` when there is none for now.
    mutating func nextCompletion() -> TransferResult?
}

/// What is the same for every request of a campaign to its destination.
package struct TargetSpecification: Sendable {
    /// The URL of every request; `nil` when each request brings its own.
    package var url: String?
    package var method: String
    /// Complete header lines (`Name: value`) that never change.
    package var headerLines: [String]
    /// How many lines each request adds.
    package var headerLinesPerRequest: Int
    package var timeoutMilliseconds: Int
    package var connectTimeoutMilliseconds: Int
    /// Whether loopback, private and link-local addresses may be dialled.
    ///
    /// Checked on the address itself when a connection is opened; connections are never shared
    /// between the two policies.
    package var allowsPrivateNetworks: Bool
    /// Whether the transport must not put a request on the wire a second time by itself.
    package var forbidsResend: Bool

    package init(
        url: String?, method: String, headerLines: [String], headerLinesPerRequest: Int,
        timeoutMilliseconds: Int, connectTimeoutMilliseconds: Int, allowsPrivateNetworks: Bool,
        forbidsResend: Bool
    ) {
        self.url = url
        self.method = method
        self.headerLines = headerLines
        self.headerLinesPerRequest = headerLinesPerRequest
        self.timeoutMilliseconds = timeoutMilliseconds
        self.connectTimeoutMilliseconds = connectTimeoutMilliseconds
        self.allowsPrivateNetworks = allowsPrivateNetworks
        self.forbidsResend = forbidsResend
    }
}

/// One request as borrowed bytes, laid out by the dispatcher in the flight's own buffer.
@safe
package struct TransferRequest {
    package var target: TargetID
    /// A NUL-terminated URL; `nil` when the target's own is meant.
    package var url: UnsafePointer<CChar>?
    /// NUL-terminated header lines, one behind the other, as many as the target declared.
    package var headerLines: UnsafeMutablePointer<CChar>?
    package var body: UnsafeRawBufferPointer

    @inlinable
    package init(
        target: TargetID, url: UnsafePointer<CChar>?, headerLines: UnsafeMutablePointer<CChar>?,
        body: UnsafeRawBufferPointer
    ) {
        self.target = target
        unsafe self.url = url
        unsafe self.headerLines = headerLines
        unsafe self.body = body
    }
}

/// How a flight ended.
package struct TransferResult: Sendable, BitwiseCopyable {
    package var flight: FlightID
    /// The final HTTP status of a whole answer, 0 when there was none.
    package var status: UInt16
    package var failure: TransferFailure
    /// The transport's own code, for people.
    package var transportCode: UInt16
    /// Whether any byte of the request may have left.
    package var requestLeft: Bool
    /// How often the request was put on the wire; above 1 when the transport repeated it.
    package var wireAttempts: UInt8
    /// The provider's Retry-After in seconds, from either of its forms; −1 when absent or past.
    package var retryAfterSeconds: Int32

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

/// Why a flight has no status.
package enum TransferFailure: UInt8, Sendable, BitwiseCopyable {
    case none
    case resolveFailed
    case connectFailed
    case tlsFailed
    case timedOut
    case connectionLost
    case addressRefused
    case urlInvalid
    case responseInvalid
    case other
}

/// A target that cannot be prepared.
package struct TransportError: Error, Sendable, CustomStringConvertible {
    /// The field at fault: `url`, `method`, `header`, or `transport` for a failure of its own.
    package let field: String
    package let message: String

    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    package var description: String { "\(field): \(message)" }
}

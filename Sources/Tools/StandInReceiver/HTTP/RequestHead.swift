/// What the sink wants to know of a request.
///
/// Holds no reference to the bytes it was read from.
struct RequestHead: Equatable, BitwiseCopyable {
    /// The methods that make a difference to the sink.
    enum Method: BitwiseCopyable {
        case get
        case post
        case other
    }

    /// Who the request is for.
    enum Route: BitwiseCopyable {
        /// The provider: every path that is not the sink's own.
        case provider
        /// `/_sink/stats`.
        case statistics
        /// `/_sink/reset`.
        case statisticsReset
        /// Another path under `/_sink/`.
        case unknownControl
    }

    var method = Method.other
    var route = Route.provider
    /// The hash of the idempotency key, if there was one.
    var key: KeyDigest?
    var isHTTP10 = false
    /// Whether the connection stays open after the answer.
    var keepsAlive = true
}

/// Why a request is refused by the parser; the raw value is the status to answer.
enum RequestFailure: UInt16, Error {
    case malformed = 400
    case bodyTooLarge = 413
    case headTooLarge = 431
    case unknownCoding = 501
    case unknownVersion = 505
}

/// The bytes of each answer that a sink can give, built once.
///
/// Answers have no body: what a client can learn from a status and `Retry-After` is all that there
/// is.
struct ResponseTable {
    /// What the answer says about its connection.
    enum Persistence: Int, CaseIterable {
        /// Nothing, as HTTP/1.1 keeps connections.
        case kept
        /// That it stays open, which an HTTP/1.0 client must be told.
        case keptForHTTP10
        /// That it will be closed.
        case closed
    }

    private var bytes: [UInt8] = []
    /// Where an answer stands in `bytes`, by status and persistence; empty where there is none.
    private var ranges: [Range<Int>]

    /// Builds the answers.
    ///
    /// - Parameters:
    ///   - statuses: The statuses that will be asked for, besides those of the sink itself.
    ///   - retryAfter: What 429 and 503 say, rounded up to seconds.
    init(_ statuses: some Sequence<HTTPStatus>, retryAfter: Duration?) {
        ranges = Array(repeating: 0..<0, count: 600 * Persistence.allCases.count)
        let own: [HTTPStatus] =
            [.ok, .notFound, .methodNotAllowed]
            + [400, 413, 431, 501, 505].map { HTTPStatus($0) }
        for status in Set(own).union(statuses) {
            for persistence in Persistence.allCases {
                let start = bytes.count
                Self.appendHead(status, persistence, to: &bytes)
                if let retryAfter, status.carriesRetryAfter {
                    let (seconds, fraction) = retryAfter.components
                    bytes += "Retry-After: \(seconds + (fraction > 0 ? 1 : 0))\r\n".utf8
                }
                bytes += (status.isBodiless ? "\r\n" : "Content-Length: 0\r\n\r\n").utf8
                ranges[Self.index(status, persistence)] = start..<bytes.count
            }
        }
    }

    /// Appends a prebuilt answer.
    ///
    /// - Parameters:
    ///   - status: One of the statuses given to `init`.
    ///   - persistence: What it says about its connection.
    ///   - output: Where to.
    func append(_ status: HTTPStatus, _ persistence: Persistence, to output: inout [UInt8]) {
        let range = ranges[Self.index(status, persistence)]
        precondition(!range.isEmpty, "An answer was asked for that was not built.")
        output.append(contentsOf: bytes[range])
    }

    /// Appends an answer with a body, built on the spot.
    ///
    /// - Parameters:
    ///   - body: The body.
    ///   - contentType: Its media type.
    ///   - persistence: What the answer says about its connection.
    ///   - output: Where to.
    static func append(
        body: [UInt8], contentType: String, _ persistence: Persistence, to output: inout [UInt8]
    ) {
        appendHead(.ok, persistence, to: &output)
        output += "Content-Type: \(contentType)\r\nContent-Length: \(body.count)\r\n\r\n".utf8
        output += body
    }

    /// The interim answer to `Expect: 100-continue`.
    static let goOn = Array("HTTP/1.1 100 Continue\r\n\r\n".utf8)

    private static func appendHead(
        _ status: HTTPStatus, _ persistence: Persistence, to output: inout [UInt8]
    ) {
        output += "HTTP/1.1 \(status.code) \(status.reason)\r\n".utf8
        switch persistence {
        case .kept: break
        case .keptForHTTP10: output += "Connection: keep-alive\r\n".utf8
        case .closed: output += "Connection: close\r\n".utf8
        }
    }

    private static func index(_ status: HTTPStatus, _ persistence: Persistence) -> Int {
        Int(status.code) * Persistence.allCases.count + persistence.rawValue
    }
}

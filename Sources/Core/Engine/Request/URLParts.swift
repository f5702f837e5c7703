/// The schemes that requests go out by.
package enum URLScheme: UInt8, Sendable, BitwiseCopyable {
    case http
    case https

    /// What a URL of the scheme begins with.
    package var prefix: StaticString {
        switch self {
        case .http: "http://"
        case .https: "https://"
        }
    }
}

/// Where the parts of an absolute HTTP URL lie in its text, in bytes from its start; `HTTPURL`
/// finds them.
package struct URLParts: Equatable, Sendable, BitwiseCopyable {
    package let scheme: URLScheme
    /// Where user, host and port begin.
    package let authorityStart: Int
    /// Where they end, and path and query begin.
    package let authorityEnd: Int
    /// Where path and query end: at the text's end, or at its fragment, which is not sent.
    package let pathEnd: Int
}

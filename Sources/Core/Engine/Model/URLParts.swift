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

/// Where the parts of an absolute HTTP URL lie in its text, in bytes from its start.
package struct URLParts: Equatable, Sendable, BitwiseCopyable {
    package let scheme: URLScheme
    /// Where host and port begin.
    package let authorityStart: Int
    /// Where they end, and path and query begin.
    package let authorityEnd: Int
    /// Where path and query end: at the text's end, or at its fragment, which is not sent.
    package let pathEnd: Int

    /// Takes a URL apart: a scheme in any case, something for a host, and neither a blank nor a
    /// control character.
    ///
    /// The transport's own parser has the last word on the host.
    ///
    /// - Complexity: One look at each byte.
    package init?(_ text: UnsafeRawBufferPointer) {
        if unsafe Self.hasPrefix(text, URLScheme.http.prefix) {
            scheme = .http
        } else if unsafe Self.hasPrefix(text, URLScheme.https.prefix) {
            scheme = .https
        } else {
            return nil
        }
        authorityStart = scheme.prefix.utf8CodeUnitCount
        var authorityEnd = text.count
        var pathEnd = text.count
        for index in authorityStart..<text.count {
            let byte = unsafe text[index]
            switch byte {
            case 0...UInt8(ascii: " "), 0x7F: return nil
            case UInt8(ascii: "#"):
                authorityEnd = min(authorityEnd, index)
                pathEnd = min(pathEnd, index)
            case UInt8(ascii: "/"), UInt8(ascii: "?"): authorityEnd = min(authorityEnd, index)
            default: break
            }
        }
        guard authorityEnd > authorityStart else { return nil }
        self.authorityEnd = authorityEnd
        self.pathEnd = pathEnd
    }

    private static func hasPrefix(_ bytes: UnsafeRawBufferPointer, _ prefix: StaticString) -> Bool {
        let count = prefix.utf8CodeUnitCount
        guard bytes.count > count else { return false }
        for index in 0..<count {
            let byte = unsafe bytes[index]
            // Control characters would pass for `:` and `/` once the bit of the case is set.
            guard byte > 0x20, unsafe byte | 0x20 == prefix.utf8Start[index] else { return false }
        }
        return true
    }
}

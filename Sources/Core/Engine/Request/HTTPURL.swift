// What a URL is, and which host it names: the one rule for all of the program.
//
// 1. A URL is absolute, of `http` or `https` in any case, and has a host. It has no blank and no
//    control character, not even where a parser would forgive one.
// 2. All spellings of a host are one host: letter case, a dot at the end of the name, a port that
//    the scheme means anyway, zeros before a port, no digits behind the colon, user information,
//    every way to write an IPv4 or IPv6 address. What limits, gates and connections are kept by
//    (`HostName`, `HTTPURL.hostHash`) is made of the one spelling that all of them have.
// 3. What libcurl would read as another host is refused: escapes and letters beyond ASCII in a name
//    (it resolves `%61` and a full-width `ａ` to `a`), two `@`, backslashes.
//
// The URL that goes on the wire is what the user wrote.

/// An absolute URL of `http` or `https`, as places in the bytes that it was read from.
///
/// Reading one allocates nothing. Its length is bounded by whoever keeps it.
package struct HTTPURL: Sendable {
    /// Why bytes are no URL.
    package enum Fault: Error, Equatable, CaseIterable {
        /// It does not begin with `http://` or `https://`.
        case scheme
        /// A blank or a control character, wherever it is.
        case blank
        /// There is nothing where the host should be.
        case noHost
        /// The host has a character that a name or address cannot have.
        case host
        /// The port is no number from 1 to 65,535.
        case port
        /// There is more than one `@` before the path.
        case userInfo
    }

    /// What the host is.
    package enum Address: Sendable {
        case name
        /// In host byte order.
        case v4(UInt32)
        /// In host byte order, with the place of the zone, which is empty for most.
        case v6(high: UInt64, low: UInt64, zone: Range<Int>)
    }

    /// Where its parts are.
    package let parts: URLParts
    /// Whether there is a user name or password.
    package let hasUserInfo: Bool
    /// Where the host is: with brackets, without a dot at its end.
    package let host: Range<Int>
    package let address: Address
    /// The port that is meant, from 1.
    package let port: UInt16

    /// Reads a URL.
    ///
    /// - Throws: `Fault`, the first one that is met.
    @unsafe
    package init(_ bytes: UnsafeRawBufferPointer) throws(Fault) {
        var pathEnd = bytes.count
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            guard byte > 0x20, byte != 0x7F else { throw .blank }
            if byte == UInt8(ascii: "#"), pathEnd == bytes.count { pathEnd = index }
        }
        let scheme = try unsafe Self.scheme(bytes)
        let start = scheme.prefix.utf8CodeUnitCount
        var end = start
        var at = start
        loop: while end < bytes.count {
            switch unsafe bytes[end] {
            case UInt8(ascii: "/"), UInt8(ascii: "?"), UInt8(ascii: "#"): break loop
            case UInt8(ascii: "@"):
                guard at == start else { throw .userInfo }
                at = end + 1
            default: break
            }
            end += 1
        }
        parts = URLParts(
            scheme: scheme, authorityStart: start, authorityEnd: end, pathEnd: pathEnd)
        hasUserInfo = at > start
        let nameEnd: Int
        if at < end, unsafe bytes[at] == UInt8(ascii: "[") {
            (nameEnd, address) = try unsafe Self.literal(bytes, at..<end)
            host = at..<nameEnd
        } else {
            nameEnd = try unsafe Self.nameEnd(bytes, at..<end)
            let hasDot = unsafe nameEnd > at && bytes[nameEnd - 1] == UInt8(ascii: ".")
            host = at..<(hasDot ? nameEnd - 1 : nameEnd)
            guard !host.isEmpty else { throw .noHost }
            address = unsafe IPAddressText.v4(bytes, host).map { .v4($0) } ?? .name
        }
        port = try unsafe Self.port(bytes, nameEnd..<end) ?? (scheme == .https ? 443 : 80)
    }

    /// Reads a URL; see `init(_:)` for bytes.
    package init(_ text: String) throws(Fault) {
        let bytes = Array(text.utf8)
        self = try unsafe bytes.withUnsafeBytes { bytes -> Result<HTTPURL, Fault> in
            Result { () throws(Fault) in try unsafe HTTPURL(bytes) }
        }.get()
    }

    // MARK: Reading

    /// The scheme, in any case.
    @inline(__always)
    private static func scheme(_ bytes: UnsafeRawBufferPointer) throws(Fault) -> URLScheme {
        let isLong = unsafe bytes.count > 4 && bytes[4] | 0x20 == UInt8(ascii: "s")
        let scheme = isLong ? URLScheme.https : .http
        let prefix = scheme.prefix
        let count = prefix.utf8CodeUnitCount
        guard bytes.count >= count else { throw .scheme }
        // No byte is a control character, which would pass for `:` or `/` with the bit of the case.
        for index in 0..<count where unsafe bytes[index] | 0x20 != prefix.utf8Start[index] {
            throw .scheme
        }
        return scheme
    }

    /// Where a name ends: at a colon or at the authority's end.
    @inline(__always)
    private static func nameEnd(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(Fault) -> Int {
        var index = range.lowerBound
        var last = UInt8(ascii: ".")
        while index < range.upperBound {
            let byte = unsafe bytes[index]
            if byte == UInt8(ascii: ":") { break }
            // A label between two dots has at least one character.
            guard isNameByte(byte), byte != UInt8(ascii: ".") || last != byte else { throw .host }
            last = byte
            index += 1
        }
        return index
    }

    /// Whether a byte may stand in a name: RFC 3986 calls these unreserved.
    ///
    /// Of what it allows beside them libcurl takes nothing but escapes.
    @inline(__always)
    static func isNameByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "."),
            UInt8(ascii: "_"), UInt8(ascii: "~"):
            true
        default: false
        }
    }

    /// An IPv6 address in brackets, and where it ends.
    @inline(never)
    private static func literal(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(Fault) -> (end: Int, Address) {
        guard let close = range.first(where: { unsafe bytes[$0] == UInt8(ascii: "]") })
        else { throw .host }
        guard close > range.lowerBound + 1 else { throw .noHost }
        let inner = range.lowerBound + 1..<close
        guard let percent = inner.first(where: { unsafe bytes[$0] == UInt8(ascii: "%") })
        else {
            guard let groups = unsafe IPAddressText.v6(bytes, inner) else { throw .host }
            return (close + 1, .v6(high: groups.high, low: groups.low, zone: close..<close))
        }
        // RFC 6874 has the percent sign of a zone escaped, which most do not do.
        var zone = percent + 1..<close
        if zone.count > 2, unsafe bytes[percent + 1] == UInt8(ascii: "2"),
            unsafe bytes[percent + 2] == UInt8(ascii: "5")
        {
            zone = percent + 3..<close
        }
        guard !zone.isEmpty, zone.allSatisfy({ unsafe isNameByte(bytes[$0]) }),
            let groups = unsafe IPAddressText.v6(bytes, inner.lowerBound..<percent)
        else { throw .host }
        return (close + 1, .v6(high: groups.high, low: groups.low, zone: zone))
    }

    /// The port behind a colon; nil when there are no digits.
    @inline(__always)
    private static func port(
        _ bytes: UnsafeRawBufferPointer, _ range: Range<Int>
    ) throws(Fault) -> UInt16? {
        guard let colon = range.first else { return nil }
        guard unsafe bytes[colon] == UInt8(ascii: ":") else { throw .host }
        guard range.count > 1 else { return nil }
        var port = 0
        for index in colon + 1..<range.upperBound {
            let digit = unsafe bytes[index] &- UInt8(ascii: "0")
            guard digit < 10 else { throw .port }
            port = port * 10 + Int(digit)
            guard port <= Int(UInt16.max) else { throw .port }
        }
        guard port > 0 else { throw .port }
        return UInt16(port)
    }
}

extension HTTPURL.Fault: CustomStringConvertible {
    /// What is wrong, as the end of a sentence that begins with the URL.
    package var description: String {
        switch self {
        case .scheme: "it does not begin with http:// or https://"
        case .blank: "it has a space or a control character"
        case .noHost: "it has no host"
        case .host: "its host has a character that no name or address has"
        case .port: "its port is no number from 1 to 65535"
        case .userInfo: "it has more than one @ before its path"
        }
    }
}

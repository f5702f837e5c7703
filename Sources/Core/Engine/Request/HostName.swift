import Structures

/// A destination host: scheme, name or address, and port, in the one spelling of all it has.
package struct HostName: Hashable, Sendable {
    /// `https://example.com:443`: in lower case, addresses in their usual form, with the port.
    package let text: String
    /// What the host is known by where there is no room for its name.
    package let hash: UInt64

    /// The host that a URL names; nil when the text is no URL.
    package init?(of url: String) {
        let bytes = Array(url.utf8)
        let found = unsafe bytes.withUnsafeBytes { bytes -> (String, UInt64)? in
            guard let url = try? unsafe HTTPURL(bytes) else { return nil }
            return unsafe (url.hostText(in: bytes), url.hostHash(in: bytes))
        }
        guard let (text, hash) = found else { return nil }
        self.text = text
        self.hash = hash
    }

    /// Reads a URL that names a host and says nothing else; a `/` at its end does no harm.
    package init?(_ text: String) {
        guard let url = try? HTTPURL(text), !url.hasUserInfo else { return nil }
        let path = text.utf8.dropFirst(url.parts.authorityEnd)
        guard path.isEmpty || path.elementsEqual("/".utf8) else { return nil }
        self.init(of: text)
    }

    /// The hash of the host that a URL names; that of the whole text when it is no URL, which no
    /// transport takes.
    static func hash(of url: String) -> UInt64 {
        if let host = HostName(of: url) { return host.hash }
        var hash = FNV1a()
        hash.add(contentsOf: url.utf8)
        return hash.value
    }
}

extension HTTPURL {
    /// A number that is the same for all spellings of the host, and for no other host but by
    /// chance: FNV-1a over scheme, name or address, and port.
    ///
    /// - Parameter bytes: Those that the URL was read from.
    /// - Returns: The number.
    @unsafe @inline(__always)
    package func hostHash(in bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = FNV1a()
        hash.add(parts.scheme.rawValue)
        unsafe writeHost(of: bytes) { hash.add($0) }
        hash.add(UInt8(truncatingIfNeeded: port))
        hash.add(UInt8(truncatingIfNeeded: port >> 8))
        return hash.value
    }

    /// The host's one spelling, `https://example.com:443`.
    ///
    /// - Parameter bytes: Those that the URL was read from.
    /// - Returns: Scheme, host and port.
    @unsafe
    package func hostText(in bytes: UnsafeRawBufferPointer) -> String {
        var name: [UInt8] = []
        unsafe writeHost(of: bytes) { name.append($0) }
        return "\(parts.scheme.prefix)\(String(decoding: name, as: UTF8.self)):\(port)"
    }

    @inline(__always)
    private func writeHost(of bytes: UnsafeRawBufferPointer, _ put: (UInt8) -> Void) {
        switch address {
        case .name:
            for index in host {
                let byte = unsafe bytes[index]
                let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
                put(isUpper ? byte | 0x20 : byte)
            }
        case .v4(let address): IPAddressText.write(v4: address, put)
        case .v6(let high, let low, let zone):
            put(UInt8(ascii: "["))
            IPAddressText.write(high: high, low: low, put)
            if !zone.isEmpty { put(UInt8(ascii: "%")) }
            for index in zone { put(unsafe bytes[index]) }
            put(UInt8(ascii: "]"))
        }
    }
}

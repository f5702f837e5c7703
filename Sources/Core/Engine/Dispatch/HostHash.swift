/// The identity of a destination host: 64 bits of FNV-1a over scheme, host and port.
///
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/ (64-bit offset basis and prime).
package enum HostHash {
    /// Hashes a URL; see `of(url:)` for bytes.
    package static func of(url: String) -> UInt64 {
        unsafe Array(url.utf8).withUnsafeBytes { unsafe of(url: $0) }
    }

    /// Hashes a URL up to the end of its authority, without regard to case.
    ///
    /// A port that the scheme means anyway does not count.
    package static func of(url: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        for index in unsafe 0..<authorityEnd(url) {
            let byte = unsafe url[index]
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            hash ^= UInt64(isUpper ? byte | 0x20 : byte)
            hash = hash &* 0x100_0000_01B3
        }
        return hash
    }

    /// Where scheme, host and port end.
    private static func authorityEnd(_ url: UnsafeRawBufferPointer) -> Int {
        var slashes = 0
        var end = url.count
        for index in url.indices {
            let byte = unsafe url[index]
            if byte == UInt8(ascii: "/") { slashes += 1 }
            if slashes == 3 || byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") {
                end = index
                break
            }
        }
        let isSecure = unsafe end > 4 && url[4] | 0x20 == UInt8(ascii: "s")
        let port: StaticString = isSecure ? ":443" : ":80"
        let start = end - port.utf8CodeUnitCount
        guard start > 0 else { return end }
        for index in start..<end where unsafe url[index] != port.utf8Start[index - start] {
            return end
        }
        return start
    }
}

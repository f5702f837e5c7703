/// The identity of a destination host: 64 bits of FNV-1a over scheme, host and port.
///
/// Source: http://www.isthe.com/chongo/tech/comp/fnv/ (64-bit offset basis and prime).
enum HostHash {
    /// Hashes a URL; see `of(url:)` for bytes.
    static func of(url: String) -> UInt64 {
        unsafe Array(url.utf8).withUnsafeBytes { unsafe of(url: $0) }
    }

    /// Hashes a URL up to the end of its authority, without regard to case.
    static func of(url: UnsafeRawBufferPointer) -> UInt64 {
        var hash: UInt64 = 0xCBF2_9CE4_8422_2325
        var slashes = 0
        for index in url.indices {
            let byte = unsafe url[index]
            if byte == UInt8(ascii: "/") {
                slashes += 1
                if slashes == 3 { break }
            }
            if byte == UInt8(ascii: "?") || byte == UInt8(ascii: "#") { break }
            let isUpper = (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(byte)
            hash ^= UInt64(isUpper ? byte | 0x20 : byte)
            hash = hash &* 0x100_0000_01B3
        }
        return hash
    }
}

/// A 64-bit checksum that shows damage in a page's bytes; no protection against intent.
///
/// Four independent lanes each take every fourth 8-byte word: `lane = (lane ^ word) × odd`,
/// rotated. Each step is a bijection of the lane for a given word and of the word for a given lane,
/// and so is the final folding: therefore any change within one word always changes the sum, and
/// others escape with a chance of 2^-64 or so. Four lanes because one would wait for its own
/// multiplication: at 24 KB per page the sum must cost next to nothing.
///
/// The length is part of it, and so is a salt: with the page's number as salt, pages cannot change
/// places unseen. Words are little-endian. Stored: never change it.
package enum Checksum {
    private static let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15

    /// Sums bytes up.
    package static func of(_ bytes: UnsafeRawBufferPointer, salt: UInt64 = 0) -> UInt64 {
        var first: UInt64 = 0x243F_6A88_85A3_08D3 ^ salt
        var second: UInt64 = 0x1319_8A2E_0370_7344 ^ UInt64(bytes.count)
        var third: UInt64 = 0xA409_3822_299F_31D0
        var fourth: UInt64 = 0x082E_FA98_EC4E_6C89
        var offset = 0
        while offset &+ 32 <= bytes.count {
            first = mixed(first, unsafe word(bytes, offset))
            second = mixed(second, unsafe word(bytes, offset &+ 8))
            third = mixed(third, unsafe word(bytes, offset &+ 16))
            fourth = mixed(fourth, unsafe word(bytes, offset &+ 24))
            offset &+= 32
        }
        while offset &+ 8 <= bytes.count {
            first = mixed(first, unsafe word(bytes, offset))
            offset &+= 8
        }
        var tail: UInt64 = 0
        while offset < bytes.count {
            tail = tail << 8 | UInt64(unsafe bytes[offset])
            offset &+= 1
        }
        return mixed(mixed(mixed(mixed(first, tail), second), third), fourth)
    }

    @inline(__always)
    private static func mixed(_ lane: UInt64, _ word: UInt64) -> UInt64 {
        let product = (lane ^ word) &* multiplier
        return product << 29 | product >> 35
    }

    /// The caller has checked that eight bytes are there.
    @inline(__always)
    private static func word(_ bytes: UnsafeRawBufferPointer, _ offset: Int) -> UInt64 {
        UInt64(
            littleEndian: unsafe bytes.baseAddress.unsafelyUnwrapped
                .loadUnaligned(fromByteOffset: offset, as: UInt64.self))
    }
}

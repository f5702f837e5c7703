/// The key of the hash by which user ids are compared, drawn at random for every import.
package struct UserIDHashKey: Sendable {
    /// The first eight bytes of the key, as SipHash loads them: little-endian.
    package let low: UInt64
    /// The last eight bytes, likewise.
    package let high: UInt64

    /// A key that is known, for tests and test vectors.
    package init(low: UInt64, high: UInt64) {
        self.low = low
        self.high = high
    }

    /// Draws a key.
    package init(using generator: inout some RandomNumberGenerator) {
        self.init(low: generator.next(), high: generator.next())
    }
}

/// SipHash-2-4 with 128 bits (Aumasson and Bernstein), of which the search for duplicates keeps 96.
///
/// User ids are compared by these 96 bits alone. Two different ids among n pass for duplicates, and
/// one of them is not sent to, with a probability of n² / 2⁹⁷: 6 × 10⁻¹⁶ for ten million, 6 × 10⁻¹²
/// for a billion. The key is secret and new every time, so nobody can craft ids that collide.
struct UserIDHash {
    let low: UInt64
    let high: UInt64

    init(_ id: UnsafeRawBufferPointer, key: UserIDHashKey) {
        var state = SipState(key)
        let blocks = id.count / 8
        for block in 0..<blocks {
            unsafe state.absorb(
                UInt64(littleEndian: id.loadUnaligned(fromByteOffset: 8 * block, as: UInt64.self)))
        }
        var last = UInt64(truncatingIfNeeded: id.count) << 56
        for index in 8 * blocks..<id.count {
            unsafe last |= UInt64(id[index]) << UInt64(8 * (index - 8 * blocks))
        }
        state.absorb(last)
        low = state.finish(0xEE)
        high = state.finish(0xDD)
    }
}

private struct SipState {
    private var a: UInt64
    private var b: UInt64
    private var c: UInt64
    private var d: UInt64

    @inline(__always)
    init(_ key: UserIDHashKey) {
        a = key.low ^ 0x736F_6D65_7073_6575
        // The variant for 128 bits differs in this constant and in what `finish` mixes in.
        b = key.high ^ 0x646F_7261_6E64_6F6D ^ 0xEE
        c = key.low ^ 0x6C79_6765_6E65_7261
        d = key.high ^ 0x7465_6462_7974_6573
    }

    @inline(__always)
    mutating func absorb(_ word: UInt64) {
        d ^= word
        round()
        round()
        a ^= word
    }

    @inline(__always)
    mutating func finish(_ constant: UInt64) -> UInt64 {
        if constant == 0xEE { c ^= constant } else { b ^= constant }
        for _ in 0..<4 { round() }
        return a ^ b ^ c ^ d
    }

    @inline(__always)
    private mutating func round() {
        a &+= b
        b = b << 13 | b >> 51
        b ^= a
        a = a << 32 | a >> 32
        c &+= d
        d = d << 16 | d >> 48
        d ^= c
        a &+= d
        d = d << 21 | d >> 43
        d ^= a
        c &+= b
        b = b << 17 | b >> 47
        b ^= c
        c = c << 32 | c >> 32
    }
}

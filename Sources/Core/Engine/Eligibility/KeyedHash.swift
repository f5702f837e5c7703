/// SipHash-1-3 of a text and the scope it is looked up in, under a secret key.
///
/// User ids come from outside: with a hash that anybody can compute, somebody could make ids that
/// fall on the same place of a table. The text is absorbed once, and the scopes that it is looked
/// up in cost some ten operations each.
///
/// Source: Aumasson and Bernstein, "SipHash: a fast short-input PRF", 2012; one compression round
/// and three at the end, as the standard library of Swift has them.
struct KeyedHash: BitwiseCopyable, Sendable {
    private var v0: UInt64
    private var v1: UInt64
    private var v2: UInt64
    private var v3: UInt64

    /// Begins a hash under a key of 128 bits.
    @inline(__always)
    init(key: (UInt64, UInt64)) {
        v0 = key.0 ^ 0x736F_6D65_7073_6575
        v1 = key.1 ^ 0x646F_7261_6E64_6F6D
        v2 = key.0 ^ 0x6C79_6765_6E65_7261
        v3 = key.1 ^ 0x7465_6462_7974_6573
    }

    /// Takes the whole text in, its length included.
    @inline(__always)
    mutating func absorb(_ text: UnsafeRawBufferPointer) {
        var offset = 0
        while offset + 8 <= text.count {
            compress(
                UInt64(
                    littleEndian: unsafe text.loadUnaligned(
                        fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        var last = UInt64(truncatingIfNeeded: text.count) << 56
        var shift: UInt64 = 0
        while offset < text.count {
            last |= unsafe UInt64(text[offset]) &<< shift
            shift &+= 8
            offset += 1
        }
        compress(last)
    }

    /// The hash of what was absorbed, in a scope.
    @inline(__always)
    func value(in scope: UInt64) -> UInt64 {
        var copy = self
        copy.compress(scope)
        copy.v2 ^= 0xFF
        copy.round()
        copy.round()
        copy.round()
        return copy.v0 ^ copy.v1 ^ copy.v2 ^ copy.v3
    }

    @inline(__always)
    private mutating func compress(_ word: UInt64) {
        v3 ^= word
        round()
        v0 ^= word
    }

    @inline(__always)
    private mutating func round() {
        v0 = v0 &+ v1
        v1 = (v1 &<< 13 | v1 &>> 51) ^ v0
        v0 = v0 &<< 32 | v0 &>> 32
        v2 = v2 &+ v3
        v3 = (v3 &<< 16 | v3 &>> 48) ^ v2
        v0 = v0 &+ v3
        v3 = (v3 &<< 21 | v3 &>> 43) ^ v0
        v2 = v2 &+ v1
        v1 = (v1 &<< 17 | v1 &>> 47) ^ v2
        v2 = v2 &<< 32 | v2 &>> 32
    }
}

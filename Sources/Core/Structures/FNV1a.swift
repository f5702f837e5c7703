/// FNV-1a with 64 bits: a hash of a few bytes that is the same in every process.
///
/// Anybody can make texts that collide under it: where that would cost more than a bounded search,
/// a keyed hash is due. Source: http://www.isthe.com/chongo/tech/comp/fnv/ (offset basis and prime
/// of 64 bits, and folding by exclusive or).
package struct FNV1a: Sendable, BitwiseCopyable {
    /// The hash of what was added.
    package var value: UInt64

    /// Begins a hash; another basis gives another family of hashes.
    @inlinable
    package init(basis: UInt64 = 0xCBF2_9CE4_8422_2325) { value = basis }

    /// The hash of bytes.
    @inlinable @unsafe
    package static func hash(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        var hash = FNV1a()
        for index in 0..<bytes.count { hash.add(unsafe bytes[index]) }
        return hash.value
    }

    /// Adds a byte.
    @inlinable
    package mutating func add(_ byte: UInt8) {
        value = (value ^ UInt64(byte)) &* 0x100_0000_01B3
    }

    /// Adds bytes one after the other.
    @inlinable
    package mutating func add(contentsOf bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    /// The hash in 32 bits, of which the low ones depend on all that was added.
    @inlinable
    package var folded: UInt32 { Self.fold(value) }

    /// Folds a hash of 64 bits to 32.
    @inlinable
    package static func fold(_ hash: UInt64) -> UInt32 {
        UInt32(truncatingIfNeeded: hash ^ hash &>> 32)
    }
}

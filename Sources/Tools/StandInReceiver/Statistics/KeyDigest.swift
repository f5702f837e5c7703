/// A 126-bit hash of an idempotency key, which stands for the key.
///
/// With 64 Mi keys the probability that any two of them meet is below 2^-74. Not made to withstand
/// keys that were chosen to collide: a sink is for one's own load tests.
struct KeyDigest: Equatable, BitwiseCopyable {
    /// The low bits of `low` that are always 0: the key set keeps a key's state there.
    static let spareBits: UInt64 = 0b11

    let high: UInt64
    let low: UInt64

    /// Hashes a key.
    ///
    /// Two lanes take in eight bytes a step. A step is one-to-one in its word, with different
    /// constants in the lanes; at the end each lane is finished with the other mixed in.
    ///
    /// - Parameter key: The bytes; not needed any more afterwards.
    init(_ key: UnsafeBufferPointer<UInt8>) {
        var first: UInt64 = 0x243F_6A88_85A3_08D3 ^ UInt64(key.count)
        var second: UInt64 = 0x1319_8A2E_0370_7344 &+ UInt64(key.count)
        func take(_ word: UInt64) {
            first = (first ^ word) &* 0x9E37_79B9_7F4A_7C15
            first ^= first >> 29
            second = (second ^ (word << 32 | word >> 32)) &* 0xC2B2_AE3D_27D4_EB4F
            second ^= second >> 31
        }
        let bytes = UnsafeRawBufferPointer(key)
        var offset = 0
        while offset + 8 <= bytes.count {
            take(
                unsafe UInt64(
                    littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)))
            offset += 8
        }
        if offset < bytes.count {
            var word: UInt64 = 0
            for index in offset..<bytes.count { word = unsafe word << 8 | UInt64(bytes[index]) }
            take(word)
        }
        high = Self.finish(first &+ second)
        low = Self.finish(second ^ (high << 17 | high >> 47)) & ~Self.spareBits
    }

    /// Hashes a key given as text.
    ///
    /// - Parameter text: The key.
    init(_ text: String) {
        let bytes = Array(text.utf8)
        self = unsafe bytes.withUnsafeBufferPointer { unsafe KeyDigest($0) }
    }

    /// The finalizer of SplitMix64: every bit of the input changes each bit of the output half the
    /// time.
    private static func finish(_ value: UInt64) -> UInt64 {
        var bits = value
        bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
        bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
        return bits ^ (bits >> 31)
    }
}

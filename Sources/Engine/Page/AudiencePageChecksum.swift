/// The 64-bit checksum of a page's bytes.
///
/// Against damage, not against an adversary. Every step is a bijection of its lane, so a change
/// within one word is always seen; any other change is missed with a probability of about 2⁻⁶⁴.
/// Four lanes, because one would leave the multiplier idle while it waits for its own result.
enum AudiencePageChecksum {
    static func of(_ bytes: UnsafeRawBufferPointer) -> UInt64 {
        let multiplier: UInt64 = 0x9E37_79B9_7F4A_7C15
        var a = UInt64(bytes.count) ^ 0x243F_6A88_85A3_08D3
        var b: UInt64 = 0x1319_8A2E_0370_7344
        var c: UInt64 = 0xA409_3822_299F_31D0
        var d: UInt64 = 0x082E_FA98_EC4E_6C89
        guard var cursor = bytes.baseAddress else { return a }
        let end = unsafe cursor + bytes.count

        func step(_ lane: UInt64, _ word: UInt64) -> UInt64 {
            let mixed = (lane ^ word) &* multiplier
            return mixed << 29 | mixed >> 35
        }
        func word(_ at: Int) -> UInt64 {
            unsafe UInt64(littleEndian: cursor.loadUnaligned(fromByteOffset: at, as: UInt64.self))
        }
        while unsafe end - cursor >= 32 {
            a = step(a, word(0))
            b = step(b, word(8))
            c = step(c, word(16))
            d = step(d, word(24))
            unsafe cursor += 32
        }
        while unsafe end - cursor >= 8 {
            a = step(a, word(0))
            unsafe cursor += 8
        }
        while unsafe cursor < end {
            unsafe b = step(b, UInt64(cursor.load(as: UInt8.self)))
            unsafe cursor += 1
        }
        // Each lane passes through bijections only, so a change in one lane survives the folding.
        return step(step(step(a, b), c), d)
    }
}

/// Checks that bytes are well-formed UTF-8 (Unicode 15, table 3-7) without zero bytes.
enum UTF8Check {
    /// The first byte that is zero or does not continue well-formed UTF-8, if there is one.
    ///
    /// - Returns: Where the sequence that is not well-formed begins, and whether it is a zero byte.
    static func firstFault(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> (offset: Int, isZero: Bool)? {
        var cursor = unsafe start
        while unsafe cursor < end {
            let lead = unsafe cursor.pointee
            if lead < 0x80 {
                if unsafe end - cursor >= 8 && ByteScan.isPlainWord(cursor) {
                    unsafe cursor += 8
                    continue
                }
                if lead == 0 { return (unsafe cursor - start, true) }
                unsafe cursor += 1
                continue
            }
            let length = unsafe sequenceLength(lead, cursor, end)
            if length == 0 { return (unsafe cursor - start, false) }
            unsafe cursor += length
        }
        return nil
    }

    /// The length of the well-formed sequence at a lead byte that is not ASCII, or 0.
    @inline(__always)
    private static func sequenceLength(
        _ lead: UInt8, _ cursor: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>
    ) -> Int {
        let available = unsafe end - cursor
        func continues(_ at: Int) -> Bool { unsafe cursor[at] & 0xC0 == 0x80 }
        switch lead {
        case 0xC2...0xDF:
            return available >= 2 && continues(1) ? 2 : 0
        case 0xE0...0xEF:
            guard available >= 3, continues(1), continues(2) else { return 0 }
            let second = unsafe cursor[1]
            // No overlong forms, no surrogates.
            if lead == 0xE0 && second < 0xA0 || lead == 0xED && second > 0x9F { return 0 }
            return 3
        case 0xF0...0xF4:
            guard available >= 4, continues(1), continues(2), continues(3) else { return 0 }
            let second = unsafe cursor[1]
            // No overlong forms, nothing beyond U+10FFFF.
            if lead == 0xF0 && second < 0x90 || lead == 0xF4 && second > 0x8F { return 0 }
            return 4
        default:
            return 0
        }
    }
}

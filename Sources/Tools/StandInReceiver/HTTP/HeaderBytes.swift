// Scanning of header lines. The buffers are parts of the parser's input, valid during its call.

extension UnsafeBufferPointer<UInt8> {
    /// The place of the first LF, eight bytes at a time: a line is short, but a request has many.
    func firstIndexOfLineFeed(from start: Int) -> Int? {
        guard let base = unsafe UnsafeRawPointer(baseAddress) else { return nil }
        var index = start
        while index + 8 <= count {
            let word = unsafe UInt64(
                littleEndian: base.loadUnaligned(fromByteOffset: index, as: UInt64.self))
            // A byte of `zeros` is 0 where `word` has an LF; the usual test for a zero byte marks
            // it. It may also mark a byte above the first match, never one below.
            let zeros = word ^ 0x0A0A_0A0A_0A0A_0A0A
            let marks = (zeros &- 0x0101_0101_0101_0101) & ~zeros & 0x8080_8080_8080_8080
            if marks != 0 { return index + marks.trailingZeroBitCount / 8 }
            index += 8
        }
        while index < count {
            if unsafe self[index] == 10 { return index }
            index += 1
        }
        return nil
    }

    /// Whether there is a control character other than a tab.
    ///
    /// Written without an early exit, so that it is vectorised.
    var hasControlCharacter: Bool {
        var found: UInt8 = 0
        for index in indices {
            let byte = unsafe self[index]
            let isControl: UInt8 = byte < 0x20 ? 1 : 0
            let isNoTab: UInt8 = byte != 9 ? 1 : 0
            let isDelete: UInt8 = byte == 0x7F ? 1 : 0
            found |= isControl & isNoTab | isDelete
        }
        return found != 0
    }

    /// Without blanks and tabs at either end.
    var trimmed: UnsafeBufferPointer<UInt8> {
        var low = 0
        var high = count
        while low < high, unsafe self[low] == 0x20 || self[low] == 9 { low += 1 }
        while low < high, unsafe self[high - 1] == 0x20 || self[high - 1] == 9 { high -= 1 }
        return unsafe UnsafeBufferPointer(rebasing: self[low..<high])
    }

    func equals(_ text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe self[index] != text.utf8Start[index] { return false }
        return true
    }

    /// Whether this is `text`, which is in lower case, in any case.
    ///
    /// Sets the bit that tells the cases of a letter apart. That maps some other printable
    /// characters on each other too, but none on a letter, and of those in header names only `-`,
    /// on itself.
    func equals(lowercase text: StaticString) -> Bool {
        guard count == text.utf8CodeUnitCount else { return false }
        for index in 0..<count where unsafe self[index] | 0x20 != text.utf8Start[index] {
            return false
        }
        return true
    }

    func equals(lowercase text: [UInt8]) -> Bool {
        guard count == text.count else { return false }
        for index in 0..<count where unsafe self[index] | 0x20 != text[index] | 0x20 {
            return false
        }
        return true
    }

    /// Whether a comma-separated list has `text`, which is in lower case, as an element.
    func hasElement(_ text: StaticString) -> Bool {
        if unsafe equals(lowercase: text) { return true }
        return unsafe split(separator: UInt8(ascii: ",")).contains {
            unsafe UnsafeBufferPointer(rebasing: $0).trimmed.equals(lowercase: text)
        }
    }
}

extension UInt8 {
    var isDigit: Bool { self >= UInt8(ascii: "0") && self <= UInt8(ascii: "9") }

    var hexValue: Int? {
        if isDigit { return Int(self & 0x0F) }
        let letter = self | 0x20
        guard letter >= UInt8(ascii: "a"), letter <= UInt8(ascii: "f") else { return nil }
        return Int(letter) - Int(UInt8(ascii: "a")) + 10
    }
}

// Reads one JSON value after the other from the bytes of a row (RFC 8259).
//
// 1. The row's bytes have been checked to be UTF-8, and a control character, the line's end or the
//    window's own line feed, follows them: scans of strings stop there at the latest.
// 2. Strings that are read get their escapes undone in place, where they never take more room; what
//    is kept as JSON is only checked.
// 3. Every fault names the offset in the row. Undoing escapes moves no byte that is still to be
//    read, and a row has one line, so offsets stay right.

/// What is wrong with a row, and at which of its bytes.
struct RowFault: Error {
    let reason: RejectReason
    let offset: Int
}

// SAFETY: it lives for one row, whose bytes do not move meanwhile; `next` compares with `end`, and
// invariant 1 ends every scan.
@safe
struct JSONCursor {
    let start: UnsafeMutablePointer<UInt8>
    let end: UnsafeMutablePointer<UInt8>
    var place: UnsafeMutablePointer<UInt8>
    let depthMax: Int

    init(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>, depthMax: Int
    ) {
        unsafe self.start = unsafe start
        unsafe self.end = unsafe end
        unsafe place = unsafe start
        self.depthMax = depthMax
    }

    /// The offset of the next byte in the row.
    var offset: Int { unsafe place - start }

    /// The next byte, or nil at the end of the row.
    @inline(__always)
    var next: UInt8? { unsafe place < end ? place.pointee : nil }

    @inline(__always)
    mutating func skipSpace() {
        while unsafe place < end {
            switch unsafe place.pointee {
            case 0x20, 0x09, 0x0D, 0x0A: unsafe place += 1
            default: return
            }
        }
    }

    /// Passes one byte if it is next.
    @inline(__always)
    mutating func pass(_ byte: Unicode.Scalar) -> Bool {
        guard next == UInt8(ascii: byte) else { return false }
        unsafe place += 1
        return true
    }

    func fault(_ expected: JSONExpectation) -> RowFault {
        RowFault(reason: .syntax(expected: expected), offset: offset)
    }

    // MARK: Values that are only checked

    /// Passes one value of any kind.
    ///
    /// - Parameter depth: The arrays and objects that it may be, one in the other.
    /// - Throws: What is not JSON, or nests deeper.
    mutating func passValue(depth: Int) throws(RowFault) {
        switch next {
        case UInt8(ascii: "\""): try passString()
        case UInt8(ascii: "{"): try passObject(depth: depth)
        case UInt8(ascii: "["): try passArray(depth: depth)
        case UInt8(ascii: "t"): try passWord("true")
        case UInt8(ascii: "f"): try passWord("false")
        case UInt8(ascii: "n"): try passWord("null")
        default: _ = try passNumber()
        }
    }

    private mutating func passObject(depth: Int) throws(RowFault) {
        try checkDepth(depth)
        unsafe place += 1
        skipSpace()
        if pass("}") { return }
        while true {
            guard next == UInt8(ascii: "\"") else { throw fault(.key) }
            try passString()
            try passColon()
            try passValue(depth: depth - 1)
            skipSpace()
            if pass("}") { return }
            guard pass(",") else { throw fault(.commaOrBrace) }
            skipSpace()
        }
    }

    private mutating func passArray(depth: Int) throws(RowFault) {
        try checkDepth(depth)
        unsafe place += 1
        skipSpace()
        if pass("]") { return }
        while true {
            try passValue(depth: depth - 1)
            skipSpace()
            if pass("]") { return }
            guard pass(",") else { throw fault(.commaOrBracket) }
            skipSpace()
        }
    }

    private func checkDepth(_ depth: Int) throws(RowFault) {
        if depth == 0 { throw RowFault(reason: .nestedTooDeep(limit: depthMax), offset: offset) }
    }

    /// Passes a colon and the space around it.
    mutating func passColon() throws(RowFault) {
        skipSpace()
        guard pass(":") else { throw fault(.colon) }
        skipSpace()
    }

    mutating func passWord(_ word: StaticString) throws(RowFault) {
        for index in 0..<word.utf8CodeUnitCount {
            guard unsafe place + index < end && place[index] == word.utf8Start[index] else {
                throw fault(.value)
            }
        }
        unsafe place += word.utf8CodeUnitCount
    }

    // MARK: Strings

    /// Passes a string, from quote to quote.
    mutating func passString() throws(RowFault) {
        unsafe place += 1
        while true {
            unsafe place = unsafe ByteScan.jsonStop(place)
            switch next {
            case UInt8(ascii: "\""):
                unsafe place += 1
                return
            case UInt8(ascii: "\\"): _ = try passEscape()
            case nil: throw fault(.closingQuote)
            default: throw fault(.noControlCharacter)
            }
        }
    }

    /// Reads a string: its text, with escapes undone in place.
    mutating func readString() throws(RowFault) -> UnsafeRawBufferPointer {
        unsafe place += 1
        let text = unsafe place
        unsafe place = unsafe ByteScan.jsonStop(place)
        var textEnd = unsafe place
        while next == UInt8(ascii: "\\") {
            let scalar = try passEscape()
            unsafe textEnd += Self.encode(scalar, at: textEnd)
            let run = unsafe place
            unsafe place = unsafe ByteScan.jsonStop(place)
            let count = unsafe place - run
            // The text never gets ahead of what is read: an escape is longer than its UTF-8.
            unsafe textEnd.update(from: run, count: count)
            unsafe textEnd += count
        }
        guard let byte = next else { throw fault(.closingQuote) }
        guard byte == UInt8(ascii: "\"") else { throw fault(.noControlCharacter) }
        unsafe place += 1
        return unsafe UnsafeRawBufferPointer(start: text, count: textEnd - text)
    }

    /// Passes an escape, from its backslash, and returns what it stands for.
    private mutating func passEscape() throws(RowFault) -> UInt32 {
        let backslash = offset
        unsafe place += 1
        guard let byte = next else { throw fault(.escape) }
        unsafe place += 1
        switch byte {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return UInt32(byte)
        case UInt8(ascii: "b"): return 0x08
        case UInt8(ascii: "f"): return 0x0C
        case UInt8(ascii: "n"): return 0x0A
        case UInt8(ascii: "r"): return 0x0D
        case UInt8(ascii: "t"): return 0x09
        case UInt8(ascii: "u"): break
        default:
            throw RowFault(reason: .syntax(expected: .escape), offset: backslash)
        }
        let first = try passFourDigits(backslash)
        guard 0xD800...0xDFFF ~= first else { return first }
        let unpaired = RowFault(reason: .unpairedSurrogate, offset: backslash)
        guard first < 0xDC00, pass("\\"), pass("u") else { throw unpaired }
        let second = try passFourDigits(backslash)
        guard 0xDC00...0xDFFF ~= second else { throw unpaired }
        return 0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00)
    }

    private mutating func passFourDigits(_ backslash: Int) throws(RowFault) -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            let digit: UInt8
            switch next {
            case .some(let byte) where 0x30...0x39 ~= byte: digit = byte - 0x30
            case .some(let byte) where 0x61...0x66 ~= byte | 0x20: digit = (byte | 0x20) - 0x57
            default: throw RowFault(reason: .syntax(expected: .escape), offset: backslash)
            }
            unsafe place += 1
            value = value << 4 | UInt32(digit)
        }
        return value
    }

    /// Writes a scalar value as UTF-8, and returns the number of bytes.
    private static func encode(_ scalar: UInt32, at place: UnsafeMutablePointer<UInt8>) -> Int {
        func continuation(_ shift: UInt32) -> UInt8 { UInt8(scalar >> shift & 0x3F) | 0x80 }
        if scalar < 0x80 {
            unsafe place[0] = UInt8(scalar)
            return 1
        }
        if scalar < 0x800 {
            unsafe place[0] = UInt8(scalar >> 6) | 0xC0
            unsafe place[1] = continuation(0)
            return 2
        }
        if scalar < 0x1_0000 {
            unsafe place[0] = UInt8(scalar >> 12) | 0xE0
            unsafe place[1] = continuation(6)
            unsafe place[2] = continuation(0)
            return 3
        }
        unsafe place[0] = UInt8(scalar >> 18) | 0xF0
        unsafe place[1] = continuation(12)
        unsafe place[2] = continuation(6)
        unsafe place[3] = continuation(0)
        return 4
    }
}

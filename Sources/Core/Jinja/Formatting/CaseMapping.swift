/// Upper and lower case as Python has them.
enum CaseMapping {
    @inline(__always)
    static func upper(_ byte: UInt8) -> UInt8 {
        byte >= 0x61 && byte <= 0x7A ? byte &- 32 : byte
    }

    @inline(__always)
    static func lower(_ byte: UInt8) -> UInt8 {
        byte >= 0x41 && byte <= 0x5A ? byte &+ 32 : byte
    }

    /// Writes an ASCII text with its case changed.
    @unsafe
    static func map(
        ascii text: Text, _ change: CaseChange, to target: UnsafeMutablePointer<UInt8>
    ) {
        var i = 0
        switch change {
        case .upper:
            while i < text.count {
                unsafe target[i] = upper(text[i])
                i &+= 1
            }
        case .lower, .fold:
            while i < text.count {
                unsafe target[i] = lower(text[i])
                i &+= 1
            }
        case .capitalize:
            while i < text.count {
                unsafe target[i] = i == 0 ? upper(text[i]) : lower(text[i])
                i &+= 1
            }
        case .swap:
            while i < text.count {
                let byte = text[i]
                unsafe target[i] = UnicodeTables.isUpper(UInt32(byte)) ? lower(byte) : upper(byte)
                i &+= 1
            }
        case .title:
            var isInside = false
            while i < text.count {
                let byte = text[i]
                unsafe target[i] = isInside ? lower(byte) : upper(byte)
                isInside = byte | 0x20 >= 0x61 && byte | 0x20 <= 0x7A
                i &+= 1
            }
        }
    }

    /// Writes an ASCII text as Jinja's `title` does.
    @unsafe
    static func mapTitle(ascii text: Text, to target: UnsafeMutablePointer<UInt8>) {
        var isStart = true
        var i = 0
        while i < text.count {
            let byte = text[i]
            unsafe target[i] = isStart ? upper(byte) : lower(byte)
            isStart =
                byte == 0x2D || byte == 0x28 || byte == 0x7B || byte == 0x5B || byte == 0x3C
                || UnicodeTables.isSpace(UInt32(byte))
            i &+= 1
        }
    }

    /// Whether lower case leaves a text as it is, as far as one look at the bytes can say.
    static func isCertainlyLower(_ text: Text) -> Bool {
        var i = 0
        while i < text.count {
            let byte = text[i]
            if byte >= 0x80 || (byte >= 0x41 && byte <= 0x5A) { return false }
            i &+= 1
        }
        return true
    }

    /// Appends a text with its case changed.
    static func append(_ text: Text, _ change: CaseChange, to out: inout ByteBuffer) {
        var isInside = false
        var i = 0
        while i < text.count {
            let (scalar, next) = text.scalar(at: i)
            switch change {
            case .upper: appendUpper(scalar, to: &out)
            case .lower: appendLower(scalar, text, i, next, to: &out)
            case .fold: appendFolded(scalar, to: &out)
            case .capitalize:
                if i == 0 {
                    appendTitle(scalar, to: &out)
                } else {
                    appendLower(scalar, text, i, next, to: &out)
                }
            case .swap:
                if UnicodeTables.isUpper(scalar) {
                    appendLower(scalar, text, i, next, to: &out)
                } else if UnicodeTables.isLower(scalar) {
                    appendUpper(scalar, to: &out)
                } else {
                    UTF8Encoding.append(scalar, to: &out)
                }
            case .title:
                if isInside {
                    appendLower(scalar, text, i, next, to: &out)
                } else {
                    appendTitle(scalar, to: &out)
                }
                isInside = UnicodeTables.isCased(scalar)
            }
            i = next
        }
    }

    /// Letters of the blocks that most texts beyond ASCII are in have simple rules.
    @inline(__always)
    private static func simpleUpper(_ c: UInt32) -> UInt32? {
        if c < 0x80 { return UInt32(upper(UInt8(c))) }
        if c >= 0xE0 && c <= 0xFE && c != 0xF7 { return c - 32 }
        if c >= 0x430 && c <= 0x44F { return c - 32 }
        if c >= 0x450 && c <= 0x45F { return c - 80 }
        if c >= 0x400 && c <= 0x42F { return c }
        return nil
    }

    @inline(__always)
    private static func simpleLower(_ c: UInt32) -> UInt32? {
        if c < 0x80 { return UInt32(lower(UInt8(c))) }
        if c >= 0xC0 && c <= 0xDE && c != 0xD7 { return c + 32 }
        if c >= 0x410 && c <= 0x42F { return c + 32 }
        if c >= 0x400 && c <= 0x40F { return c + 80 }
        if c >= 0x430 && c <= 0x45F { return c }
        return nil
    }

    private static func appendUpper(_ c: UInt32, to out: inout ByteBuffer) {
        if let simple = simpleUpper(c) { return UTF8Encoding.append(simple, to: &out) }
        guard let scalar = Unicode.Scalar(c) else { return }
        out.append(scalar.properties.uppercaseMapping)
    }

    private static func appendTitle(_ c: UInt32, to out: inout ByteBuffer) {
        if c < 0x80 || (c >= 0x400 && c <= 0x45F), let simple = simpleUpper(c) {
            return UTF8Encoding.append(simple, to: &out)
        }
        guard let scalar = Unicode.Scalar(c) else { return }
        out.append(scalar.properties.titlecaseMapping)
    }

    private static func appendLower(
        _ c: UInt32, _ text: Text, _ start: Int, _ end: Int, to out: inout ByteBuffer
    ) {
        if let simple = simpleLower(c) { return UTF8Encoding.append(simple, to: &out) }
        // A sigma at the end of a word is another letter.
        if c == 0x3A3 {
            let isFinal = hasLetter(text, before: start) && !hasLetter(text, after: end)
            return UTF8Encoding.append(isFinal ? 0x3C2 : 0x3C3, to: &out)
        }
        guard let scalar = Unicode.Scalar(c) else { return }
        out.append(scalar.properties.lowercaseMapping)
    }

    private static func isIgnorable(_ c: UInt32) -> Bool {
        Unicode.Scalar(c)?.properties.isCaseIgnorable ?? false
    }

    private static func hasLetter(_ text: Text, before start: Int) -> Bool {
        var i = start
        while i > 0 {
            i = text.previous(i)
            let c = text.scalar(at: i).value
            if !isIgnorable(c) { return UnicodeTables.isCased(c) }
        }
        return false
    }

    private static func hasLetter(_ text: Text, after end: Int) -> Bool {
        var i = end
        while i < text.count {
            let (c, next) = text.scalar(at: i)
            if !isIgnorable(c) { return UnicodeTables.isCased(c) }
            i = next
        }
        return false
    }

    private static func appendFolded(_ c: UInt32, to out: inout ByteBuffer) {
        switch c {
        case 0xDF, 0x1E9E: out.append("ss")
        case 0x3C2: UTF8Encoding.append(0x3C3, to: &out)
        case 0xB5: UTF8Encoding.append(0x3BC, to: &out)
        case 0x17F: out.append("s")
        default:
            guard let scalar = Unicode.Scalar(c) else { return }
            // Ligatures and the like unfold through their upper case.
            let upper = scalar.properties.uppercaseMapping
            if upper.unicodeScalars.count > 1 {
                out.append(upper.lowercased())
            } else {
                out.append(scalar.properties.lowercaseMapping)
            }
        }
    }
}

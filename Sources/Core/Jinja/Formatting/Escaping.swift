/// What escapes HTML: five characters become entities.
enum HTMLEscaping {
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x27
    }

    @inline(__always)
    private static func hasSpecial(_ w: UInt64) -> Bool {
        let hits =
            Scanning.equal(w, 0x26) | Scanning.equal(w, 0x3C) | Scanning.equal(w, 0x3E)
            | Scanning.equal(w, 0x22) | Scanning.equal(w, 0x27)
        return hits & Scanning.highBits != 0
    }

    static func needsEscape(_ text: Text) -> Bool {
        Scanning.first(in: text, from: 0, hasSpecial, isSpecial) < text.count
    }

    /// Appends the text with `& < > " '` escaped; runs between them are copied whole.
    static func append(_ text: Text, to out: inout ByteBuffer) {
        var start = 0
        while true {
            let i = Scanning.first(in: text, from: start, hasSpecial, isSpecial)
            if i > start { out.append(text.slice(start, i)) }
            if i >= text.count { return }
            switch text[i] {
            case 0x26: out.append("&amp;")
            case 0x3C: out.append("&lt;")
            case 0x3E: out.append("&gt;")
            case 0x22: out.append("&#34;")
            default: out.append("&#39;")
            }
            start = i + 1
        }
    }
}

/// What escapes the inside of a JSON string literal: quotes, backslashes, control characters.
enum JSONEscaping {
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte == 0x22 || byte == 0x5C
    }

    @inline(__always)
    private static func hasSpecial(_ w: UInt64) -> Bool {
        let hits =
            Scanning.less(w, 0x20) | Scanning.equal(w, 0x22) | Scanning.equal(w, 0x5C)
        return hits & Scanning.highBits != 0
    }

    static func needsEscape(_ text: Text) -> Bool {
        Scanning.first(in: text, from: 0, hasSpecial, isSpecial) < text.count
    }

    /// Appends the text as it stands between the quotes of a JSON string; beyond ASCII it is kept.
    static func append(_ text: Text, to out: inout ByteBuffer) {
        var start = 0
        while true {
            let i = Scanning.first(in: text, from: start, hasSpecial, isSpecial)
            if i > start { out.append(text.slice(start, i)) }
            if i >= text.count { return }
            appendControl(text[i], to: &out)
            start = i + 1
        }
    }

    /// Appends the escape of a quote, a backslash or a control character.
    static func appendControl(_ byte: UInt8, to out: inout ByteBuffer) {
        switch byte {
        case 0x22: out.append("\\\"")
        case 0x5C: out.append("\\\\")
        case 0x08: out.append("\\b")
        case 0x09: out.append("\\t")
        case 0x0A: out.append("\\n")
        case 0x0C: out.append("\\f")
        case 0x0D: out.append("\\r")
        default:
            out.append("\\u")
            StringRepresentation.appendHex(UInt32(byte), 4, to: &out)
        }
    }
}

/// Looks for bytes of a small set, eight at a time in one word.
///
/// Words, not vectors: what the compiler makes of vector comparisons is a hundred times slower.
enum Scanning {
    @inline(__always)
    static var lowBits: UInt64 { 0x0101_0101_0101_0101 }
    @inline(__always)
    static var highBits: UInt64 { 0x8080_8080_8080_8080 }

    /// Has the high bit of some byte set if some byte is `byte`, once masked with `highBits`.
    @inline(__always)
    static func equal(_ word: UInt64, _ byte: UInt64) -> UInt64 {
        let zeroed = word ^ (lowBits &* byte)
        return (zeroed &- lowBits) & ~zeroed
    }

    /// The same if some byte is less than `byte`, which must be at most 128.
    @inline(__always)
    static func less(_ word: UInt64, _ byte: UInt64) -> UInt64 {
        (word &- lowBits &* byte) & ~word
    }

    @inline(__always)
    static func first(
        in text: Text, from start: Int, _ hasAny: (UInt64) -> Bool, _ isOne: (UInt8) -> Bool
    ) -> Int {
        var i = start
        while i &+ 8 <= text.count {
            let word = unsafe UnsafeRawPointer(text.base + i).loadUnaligned(as: UInt64.self)
            if hasAny(word) { break }
            i &+= 8
        }
        while i < text.count {
            if isOne(text[i]) { return i }
            i &+= 1
        }
        return i
    }
}

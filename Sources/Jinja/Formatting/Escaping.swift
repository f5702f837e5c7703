/// What escapes HTML: five characters become entities.
enum HTMLEscaping {
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte == 0x26 || byte == 0x3C || byte == 0x3E || byte == 0x22 || byte == 0x27
    }

    @inline(__always)
    private static func hasSpecial(_ v: SIMD16<UInt8>) -> Bool {
        let hits =
            (v .== 0x26) .| (v .== 0x3C) .| (v .== 0x3E) .| (v .== 0x22) .| (v .== 0x27)
        return any(hits)
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
    private static func hasSpecial(_ v: SIMD16<UInt8>) -> Bool {
        any((v .< 0x20) .| (v .== 0x22) .| (v .== 0x5C))
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

/// Looks for bytes of a small set, sixteen at a time.
enum Scanning {
    @inline(__always)
    static func first(
        in text: Text, from start: Int, _ hasAny: (SIMD16<UInt8>) -> Bool, _ isOne: (UInt8) -> Bool
    ) -> Int {
        var i = start
        while i &+ 16 <= text.count {
            let chunk = unsafe UnsafeRawPointer(text.base + i).loadUnaligned(as: SIMD16<UInt8>.self)
            if hasAny(chunk) { break }
            i &+= 16
        }
        while i < text.count {
            if isOne(text[i]) { return i }
            i &+= 1
        }
        return i
    }
}

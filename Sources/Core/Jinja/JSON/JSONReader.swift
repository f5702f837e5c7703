/// Reads one JSON value into the values of a template.
///
/// Strings without escapes borrow the bytes of the source. Integers stay integers however large,
/// numbers with a point or an exponent are floats. Of equal keys the last one counts.
struct JSONReader {
    private let text: Text
    /// Where it is; after a failure, where it found something else than it expected.
    private(set) var at = 0
    private var depth = 0
    /// Whether the lists and dicts are constants that nobody may change.
    var freezes = false

    init(_ text: Text) {
        self.text = text
    }

    /// The value, or nil where the text is not exactly one JSON value.
    mutating func read(_ arena: inout Arena) -> Value? {
        guard let value = readValue(&arena) else { return nil }
        skipSpace()
        return at == text.count ? value : nil
    }

    @inline(__always)
    private mutating func skipSpace() {
        while at < text.count {
            let byte = text[at]
            guard byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 else { return }
            at &+= 1
        }
    }

    private mutating func skip(_ byte: UInt8) -> Bool {
        skipSpace()
        guard at < text.count && text[at] == byte else { return false }
        at += 1
        return true
    }

    private mutating func skip(_ word: StaticString) -> Bool {
        let length = word.utf8CodeUnitCount
        guard at + length <= text.count, text.slice(at, at + length) == word else { return false }
        at += length
        return true
    }

    private mutating func readValue(_ arena: inout Arena) -> Value? {
        skipSpace()
        guard at < text.count, depth < JinjaLimits.valueDepth else { return nil }
        switch text[at] {
        case UInt8(ascii: "{"): return readObject(&arena)
        case UInt8(ascii: "["): return readArray(&arena)
        case UInt8(ascii: "\""): return readString(&arena).map { Value($0) }
        case UInt8(ascii: "t"): return skip("true") ? .true : nil
        case UInt8(ascii: "f"): return skip("false") ? .false : nil
        case UInt8(ascii: "n"): return skip("null") ? Value.none : nil
        case UInt8(ascii: "N"): return skip("NaN") ? Value(Double.nan) : nil
        case UInt8(ascii: "I"): return skip("Infinity") ? Value(Double.infinity) : nil
        default: return readNumber(&arena)
        }
    }

    private mutating func readObject(_ arena: inout Arena) -> Value? {
        at += 1
        depth += 1
        defer { depth -= 1 }
        let dict = DictObject(&arena)
        if skip(UInt8(ascii: "}")) {
            dict.isFrozen = freezes
            return dict.dict
        }
        while true {
            skipSpace()
            guard at < text.count, text[at] == UInt8(ascii: "\""), let key = readString(&arena),
                skip(UInt8(ascii: ":")), let value = readValue(&arena)
            else { return nil }
            dict.set(key, value, &arena)
            if skip(UInt8(ascii: ",")) { continue }
            guard skip(UInt8(ascii: "}")) else { return nil }
            dict.isFrozen = freezes
            return dict.dict
        }
    }

    private mutating func readArray(_ arena: inout Arena) -> Value? {
        at += 1
        depth += 1
        defer { depth -= 1 }
        let list = ListObject(&arena, capacity: 4)
        if skip(UInt8(ascii: "]")) {
            list.isFrozen = freezes
            return list.list
        }
        while true {
            guard let value = readValue(&arena) else { return nil }
            list.append(value, &arena)
            if skip(UInt8(ascii: ",")) { continue }
            guard skip(UInt8(ascii: "]")) else { return nil }
            list.isFrozen = freezes
            return list.list
        }
    }

    // MARK: Strings

    private mutating func readString(_ arena: inout Arena) -> Text? {
        at += 1
        let start = at
        while at < text.count {
            let byte = text[at]
            if byte == UInt8(ascii: "\"") {
                at += 1
                return text.slice(start, at - 1)
            }
            if byte == UInt8(ascii: "\\") { return readEscaped(start, &arena) }
            guard byte >= 0x20 else { return nil }
            at &+= 1
        }
        return nil
    }

    /// The rest of a string that holds an escape; it never grows by unescaping.
    private mutating func readEscaped(_ start: Int, _ arena: inout Arena) -> Text? {
        var end = at
        while end < text.count && text[end] != UInt8(ascii: "\"") {
            end += text[end] == UInt8(ascii: "\\") ? 2 : 1
        }
        guard end < text.count else { return nil }
        let target = unsafe arena.allocate(UInt8.self, count: end - start)
        var n = 0
        var i = start
        while i < end {
            let byte = text[i]
            guard byte >= 0x20 else { return nil }
            guard byte == UInt8(ascii: "\\") else {
                unsafe target[n] = byte
                n += 1
                i += 1
                continue
            }
            let escape = text[i + 1]
            i += 2
            if escape == UInt8(ascii: "u") {
                guard let scalar = readUnicodeEscape(&i, end) else { return nil }
                n += unsafe UTF8Encoding.encode(scalar, at: target + n)
                continue
            }
            guard let plain = JSONReader.plain(escape) else { return nil }
            unsafe target[n] = plain
            n += 1
        }
        at = end + 1
        return unsafe Text(base: target, count: n)
    }

    private static func plain(_ escape: UInt8) -> UInt8? {
        switch escape {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): escape
        case UInt8(ascii: "b"): 0x08
        case UInt8(ascii: "f"): 0x0C
        case UInt8(ascii: "n"): 0x0A
        case UInt8(ascii: "r"): 0x0D
        case UInt8(ascii: "t"): 0x09
        default: nil
        }
    }

    private func hex(_ i: Int, _ end: Int) -> UInt32? {
        guard i + 4 <= end else { return nil }
        var value: UInt32 = 0
        for k in 0..<4 {
            let byte = text[i + k]
            let letter = byte | 0x20
            guard (byte >= 0x30 && byte <= 0x39) || (letter >= 0x61 && letter <= 0x66) else {
                return nil
            }
            value = value << 4 | UInt32(byte <= 0x39 ? byte - 0x30 : letter - 0x57)
        }
        return value
    }

    /// The code point behind `\u`, of two escapes where they are a surrogate pair.
    private func readUnicodeEscape(_ i: inout Int, _ end: Int) -> UInt32? {
        guard let first = hex(i, end) else { return nil }
        i += 4
        guard first >= 0xD800 && first < 0xE000 else { return first }
        if first < 0xDC00, i + 6 <= end, text[i] == UInt8(ascii: "\\"),
            text[i + 1] == UInt8(ascii: "u"), let second = hex(i + 2, end), second >= 0xDC00,
            second < 0xE000
        {
            i += 6
            return 0x10000 + (first - 0xD800) << 10 + (second - 0xDC00)
        }
        return 0xFFFD
    }

    // MARK: Numbers

    private mutating func readNumber(_ arena: inout Arena) -> Value? {
        let start = at
        let isNegative = text[at] == UInt8(ascii: "-")
        if isNegative {
            at += 1
            if skip("Infinity") { return Value(-Double.infinity) }
        }
        let first = at
        var magnitude: UInt64 = 0
        var digits = 0
        while at < text.count, text[at] >= 0x30, text[at] <= 0x39 {
            if digits < 19 { magnitude = magnitude &* 10 &+ UInt64(text[at] &- 0x30) }
            digits &+= 1
            at &+= 1
        }
        guard digits > 0, digits == 1 || text[first] != 0x30 else { return nil }
        var decimals = 0
        if at < text.count && text[at] == UInt8(ascii: ".") {
            at += 1
            while at < text.count, text[at] >= 0x30, text[at] <= 0x39 {
                if digits < 19 { magnitude = magnitude &* 10 &+ UInt64(text[at] &- 0x30) }
                digits &+= 1
                decimals &+= 1
                at &+= 1
            }
            guard decimals > 0 else { return nil }
        }
        let hasExponent = at < text.count && text[at] | 0x20 == UInt8(ascii: "e")
        if hasExponent {
            at += 1
            if at < text.count, text[at] == UInt8(ascii: "+") || text[at] == UInt8(ascii: "-") {
                at += 1
            }
            let digitsStart = at
            while at < text.count, text[at] >= 0x30, text[at] <= 0x39 { at &+= 1 }
            guard at > digitsStart else { return nil }
        }
        if decimals == 0 && !hasExponent {
            if digits <= 18 {
                let value = Int(magnitude)
                return Value(isNegative ? -value : value)
            }
            guard digits <= JinjaLimits.integerDigits else { return nil }
            return BigInt(digits: Substring(text.slice(start, at).string), base: 10).value(&arena)
        }
        if !hasExponent && digits <= 15 && decimals <= 22 {
            // Both are exact, so the division is rounded correctly.
            let value = Double(magnitude) / FloatFormat.powersOfTen[decimals]
            return Value(isNegative ? -value : value)
        }
        return Double(text.slice(start, at).string).map { Value($0) }
    }
}

/// Writes code points as UTF-8.
enum UTF8Encoding {
    /// Writes up to four bytes and returns their number.
    @unsafe
    @inline(__always)
    static func encode(_ scalar: UInt32, at target: UnsafeMutablePointer<UInt8>) -> Int {
        if scalar < 0x80 {
            unsafe target[0] = UInt8(scalar)
            return 1
        }
        if scalar < 0x800 {
            unsafe target[0] = UInt8(0xC0 | scalar >> 6)
            unsafe target[1] = UInt8(0x80 | scalar & 0x3F)
            return 2
        }
        if scalar < 0x10000 {
            unsafe target[0] = UInt8(0xE0 | scalar >> 12)
            unsafe target[1] = UInt8(0x80 | scalar >> 6 & 0x3F)
            unsafe target[2] = UInt8(0x80 | scalar & 0x3F)
            return 3
        }
        unsafe target[0] = UInt8(0xF0 | scalar >> 18)
        unsafe target[1] = UInt8(0x80 | scalar >> 12 & 0x3F)
        unsafe target[2] = UInt8(0x80 | scalar >> 6 & 0x3F)
        unsafe target[3] = UInt8(0x80 | scalar & 0x3F)
        return 4
    }

    @inline(__always)
    static func append(_ scalar: UInt32, to out: inout ByteBuffer) {
        unsafe out.append(atMost: 4) { unsafe encode(scalar, at: $0) }
    }
}

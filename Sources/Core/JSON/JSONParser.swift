/// Reads exactly one JSON value (RFC 8259) from bytes that are UTF-8.
///
/// The template engine has a reader of its own (`JSONReader`), which builds values that borrow
/// from the text and accepts what Python's `json` accepts. This one builds trees that own their
/// parts, and accepts the standard's numbers only.
struct JSONParser {
    private let bytes: [UInt8]
    private var depth = 0

    /// Where it is; after a failure, at the byte that it could not pass.
    private(set) var place = 0

    init(_ bytes: [UInt8]) {
        self.bytes = bytes
    }

    /// The value, or nil where the bytes are something else.
    mutating func parse() -> JSONValue? {
        guard let value = value() else { return nil }
        skipSpace()
        // No `?:` here and below: its `nil` would be the value `null`.
        guard place == bytes.count else { return nil }
        return value
    }

    /// The next byte; 0, which no value holds, at the end.
    private var next: UInt8 { place < bytes.count ? bytes[place] : 0 }

    private mutating func skipSpace() {
        while next == 0x20 || next == 0x0A || next == 0x0D || next == 0x09 { place += 1 }
    }

    private mutating func pass(_ byte: Unicode.Scalar) -> Bool {
        skipSpace()
        guard next == UInt8(ascii: byte) else { return false }
        place += 1
        return true
    }

    private mutating func pass(_ word: String, _ value: JSONValue) -> JSONValue? {
        guard bytes[place...].starts(with: word.utf8) else { return nil }
        place += word.utf8.count
        return value
    }

    private mutating func value() -> JSONValue? {
        skipSpace()
        guard depth < JSONLimits.depth else { return nil }
        switch next {
        case UInt8(ascii: "{"): return object()
        case UInt8(ascii: "["): return array()
        case UInt8(ascii: "\""): return string().map(JSONValue.string)
        case UInt8(ascii: "t"): return pass("true", .bool(true))
        case UInt8(ascii: "f"): return pass("false", .bool(false))
        case UInt8(ascii: "n"): return pass("null", .null)
        default: return number()
        }
    }

    private mutating func object() -> JSONValue? {
        place += 1
        depth += 1
        defer { depth -= 1 }
        var fields: [String: JSONValue] = [:]
        if pass("}") { return .object(fields) }
        while true {
            skipSpace()
            guard next == UInt8(ascii: "\""), let key = string(), pass(":"), let value = value()
            else { return nil }
            fields[key] = value
            if pass(",") { continue }
            guard pass("}") else { return nil }
            return .object(fields)
        }
    }

    private mutating func array() -> JSONValue? {
        place += 1
        depth += 1
        defer { depth -= 1 }
        var items: [JSONValue] = []
        if pass("]") { return .array(items) }
        while true {
            guard let value = value() else { return nil }
            items.append(value)
            if pass(",") { continue }
            guard pass("]") else { return nil }
            return .array(items)
        }
    }

    // MARK: Strings

    /// A string, from quote to quote; runs between escapes are copied whole.
    private mutating func string() -> String? {
        place += 1
        var text = ""
        var start = place
        while place < bytes.count {
            switch bytes[place] {
            case UInt8(ascii: "\""):
                text += String(decoding: bytes[start..<place], as: UTF8.self)
                place += 1
                return text
            case UInt8(ascii: "\\"):
                text += String(decoding: bytes[start..<place], as: UTF8.self)
                guard let scalar = escape() else { return nil }
                text.unicodeScalars.append(scalar)
                start = place
            case 0..<0x20: return nil
            default: place += 1
            }
        }
        return nil
    }

    /// What an escape stands for; of half a surrogate pair, U+FFFD.
    private mutating func escape() -> Unicode.Scalar? {
        let letter = place + 1 < bytes.count ? bytes[place + 1] : 0
        let plain: Unicode.Scalar
        switch letter {
        case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"):
            plain = Unicode.Scalar(letter)
        case UInt8(ascii: "b"): plain = "\u{8}"
        case UInt8(ascii: "f"): plain = "\u{C}"
        case UInt8(ascii: "n"): plain = "\n"
        case UInt8(ascii: "r"): plain = "\r"
        case UInt8(ascii: "t"): plain = "\t"
        case UInt8(ascii: "u"): return unicodeEscape()
        default: return nil
        }
        place += 2
        return plain
    }

    private mutating func unicodeEscape() -> Unicode.Scalar? {
        guard let first = codeUnit(at: place) else { return nil }
        place += 6
        if 0xD800..<0xDC00 ~= first, let second = codeUnit(at: place), 0xDC00..<0xE000 ~= second {
            place += 6
            return Unicode.Scalar(0x1_0000 + (first - 0xD800) << 10 + (second - 0xDC00))
        }
        return Unicode.Scalar(first) ?? "\u{FFFD}"
    }

    /// The four digits of a `\u` that begins at `start`.
    private func codeUnit(at start: Int) -> UInt32? {
        guard start + 6 <= bytes.count, bytes[start] == UInt8(ascii: "\\"),
            bytes[start + 1] == UInt8(ascii: "u")
        else { return nil }
        var unit: UInt32 = 0
        for byte in bytes[(start + 2)..<(start + 6)] {
            switch byte {
            case 0x30...0x39: unit = unit << 4 | UInt32(byte - 0x30)
            case 0x41...0x46, 0x61...0x66: unit = unit << 4 | UInt32((byte | 0x20) - 0x57)
            default: return nil
            }
        }
        return unit
    }

    // MARK: Numbers

    private mutating func number() -> JSONValue? {
        let start = place
        if next == UInt8(ascii: "-") { place += 1 }
        let first = next
        let digits = passDigits()
        guard digits == 1 || digits > 1 && first != UInt8(ascii: "0") else { return nil }
        var isInteger = true
        if next == UInt8(ascii: ".") {
            place += 1
            isInteger = false
            guard passDigits() > 0 else { return nil }
        }
        if next | 0x20 == UInt8(ascii: "e") {
            place += 1
            isInteger = false
            if next == UInt8(ascii: "+") || next == UInt8(ascii: "-") { place += 1 }
            guard passDigits() > 0 else { return nil }
        }
        guard digits <= JSONLimits.integerDigits else { return nil }
        let text = String(decoding: bytes[start..<place], as: UTF8.self)
        if isInteger, let integer = Int64(text) { return .integer(integer) }
        guard let number = Double(text), number.isFinite else {
            // The number as a whole is the mistake.
            place = start
            return nil
        }
        return .number(number)
    }

    private mutating func passDigits() -> Int {
        let start = place
        while 0x30...0x39 ~= next { place += 1 }
        return place - start
    }
}

/// The bytes of a quoted string, with Python's escapes taken out.
enum StringLiteral {
    static func decode(_ source: Source, _ token: Token) throws(Parser.Fault) -> [UInt8] {
        let bytes = source.bytes[(Int(token.start) + 1)..<(Int(token.end) - 1)]
        guard bytes.contains(UInt8(ascii: "\\")) else { return Array(bytes) }
        var out: [UInt8] = []
        var i = bytes.startIndex
        while i < bytes.endIndex {
            let byte = bytes[i]
            i += 1
            guard byte == UInt8(ascii: "\\"), i < bytes.endIndex else {
                out.append(byte)
                continue
            }
            let escape = bytes[i]
            i += 1
            switch escape {
            case 0x0A: break
            case UInt8(ascii: "n"): out.append(0x0A)
            case UInt8(ascii: "t"): out.append(0x09)
            case UInt8(ascii: "r"): out.append(0x0D)
            case UInt8(ascii: "b"): out.append(0x08)
            case UInt8(ascii: "f"): out.append(0x0C)
            case UInt8(ascii: "v"): out.append(0x0B)
            case UInt8(ascii: "a"): out.append(0x07)
            case UInt8(ascii: "\\"), UInt8(ascii: "'"), UInt8(ascii: "\""): out.append(escape)
            case UInt8(ascii: "x"): try append(&out, bytes, &i, digits: 2, token)
            case UInt8(ascii: "u"): try append(&out, bytes, &i, digits: 4, token)
            case UInt8(ascii: "U"): try append(&out, bytes, &i, digits: 8, token)
            case 0x30...0x37:
                var value = UInt32(escape - 0x30)
                var n = 1
                while n < 3 && i < bytes.endIndex && bytes[i] >= 0x30 && bytes[i] <= 0x37 {
                    value = value * 8 + UInt32(bytes[i] - 0x30)
                    i += 1
                    n += 1
                }
                append(&out, value)
            default:
                out.append(UInt8(ascii: "\\"))
                out.append(escape)
            }
        }
        return out
    }

    /// Appends the code point of a run of hexadecimal digits.
    private static func append(
        _ out: inout [UInt8], _ bytes: ArraySlice<UInt8>, _ i: inout Int, digits: Int,
        _ token: Token
    ) throws(Parser.Fault) {
        let end = i + digits
        guard end <= bytes.endIndex,
            let value = UInt32(String(decoding: bytes[i..<end], as: UTF8.self), radix: 16),
            value <= 0x10FFFF
        else {
            throw Parser.Fault(
                message: "an escape in this string needs \(digits) hexadecimal digits",
                offset: token.start)
        }
        append(&out, value)
        i = end
    }

    private static func append(_ out: inout [UInt8], _ value: UInt32) {
        // Half of a surrogate pair is no character, and no UTF-8.
        let scalar = Unicode.Scalar(value) ?? "\u{FFFD}"
        out.append(contentsOf: Array(String(Character(scalar)).utf8))
    }
}

/// `repr` of Python strings.
enum StringRepresentation {
    static func append(_ text: Text, to out: inout ByteBuffer) {
        let hasSingle = text.firstIndex(of: UInt8(ascii: "'")) != nil
        let hasDouble = text.firstIndex(of: UInt8(ascii: "\"")) != nil
        let quote = hasSingle && !hasDouble ? UInt8(ascii: "\"") : UInt8(ascii: "'")
        out.append(quote)
        var i = 0
        while i < text.count {
            let (value, next) = text.scalar(at: i)
            defer { i = next }
            if value == UInt32(quote) || value == 0x5C {
                out.append(0x5C)
                out.append(UInt8(value))
            } else if value >= 0x20 && value < 0x7F {
                out.append(UInt8(value))
            } else if value == 0x0A {
                out.append("\\n")
            } else if value == 0x0D {
                out.append("\\r")
            } else if value == 0x09 {
                out.append("\\t")
            } else if UnicodeTables.isPrintable(value) {
                out.append(text.slice(i, next))
            } else {
                appendEscape(value, to: &out)
            }
        }
        out.append(quote)
    }

    static func appendBytes(_ text: Text, to out: inout ByteBuffer) {
        out.append(UInt8(ascii: "'"))
        for i in 0..<text.count {
            let byte = text[i]
            switch byte {
            case 0x27, 0x5C:
                out.append(0x5C)
                out.append(byte)
            case 0x0A: out.append("\\n")
            case 0x0D: out.append("\\r")
            case 0x09: out.append("\\t")
            case 0x20..<0x7F: out.append(byte)
            default:
                out.append("\\x")
                appendHex(UInt32(byte), 2, to: &out)
            }
        }
        out.append(UInt8(ascii: "'"))
    }

    private static func appendEscape(_ value: UInt32, to out: inout ByteBuffer) {
        if value < 0x100 {
            out.append("\\x")
            appendHex(value, 2, to: &out)
        } else if value < 0x10000 {
            out.append("\\u")
            appendHex(value, 4, to: &out)
        } else {
            out.append("\\U")
            appendHex(value, 8, to: &out)
        }
    }

    /// Appends a number in lower-case hexadecimal with a fixed number of digits.
    @inline(__always)
    static func appendHex(_ value: UInt32, _ digits: Int, to out: inout ByteBuffer) {
        var shift = (digits - 1) * 4
        while shift >= 0 {
            let digit = UInt8(truncatingIfNeeded: value >> UInt32(shift)) & 0xF
            out.append(digit < 10 ? digit + 0x30 : digit + 0x57)
            shift -= 4
        }
    }
}

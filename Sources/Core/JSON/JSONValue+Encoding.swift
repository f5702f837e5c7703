extension JSONValue {
    /// As JSON without spaces, keys sorted: equal values have equal texts.
    package var encoded: String {
        String(decoding: encodedBytes, as: UTF8.self)
    }

    /// The same as UTF-8.
    package var encodedBytes: [UInt8] {
        var out: [UInt8] = []
        append(to: &out)
        return out
    }

    /// Appends the value as JSON without spaces, keys sorted.
    private func append(to out: inout [UInt8]) {
        switch self {
        case .null: out += "null".utf8
        case .bool(let value): out += (value ? "true" : "false").utf8
        case .integer(let value): out += String(value).utf8
        // The shortest digits that read back as the same number, with a point or an exponent.
        case .number(let value): out += value.description.utf8
        case .string(let value): Self.append(value, to: &out)
        case .array(let items):
            out.append(UInt8(ascii: "["))
            for (index, item) in items.enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                item.append(to: &out)
            }
            out.append(UInt8(ascii: "]"))
        case .object(let fields):
            out.append(UInt8(ascii: "{"))
            for (index, key) in fields.keys.sorted().enumerated() {
                if index > 0 { out.append(UInt8(ascii: ",")) }
                Self.append(key, to: &out)
                out.append(UInt8(ascii: ":"))
                fields[key]?.append(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }

    /// Appends a string with its quotes; quotes, backslashes and control characters are escaped.
    private static func append(_ string: String, to out: inout [UInt8]) {
        out.append(UInt8(ascii: "\""))
        for byte in string.utf8 {
            switch byte {
            case 0x22: out += "\\\"".utf8
            case 0x5C: out += "\\\\".utf8
            case 0x08: out += "\\b".utf8
            case 0x09: out += "\\t".utf8
            case 0x0A: out += "\\n".utf8
            case 0x0C: out += "\\f".utf8
            case 0x0D: out += "\\r".utf8
            case 0..<0x20:
                out += "\\u00".utf8
                out.append(UInt8(ascii: "0") + byte >> 4)
                out.append(contentsOf: String(byte & 0xF, radix: 16).utf8)
            default: out.append(byte)
            }
        }
        out.append(UInt8(ascii: "\""))
    }
}

extension Machine {
    /// Appends `json.dumps(value, sort_keys=True)` made safe for HTML, as `tojson` does.
    ///
    /// Everything beyond ASCII and `< > & '` is escaped. With an indent of at least zero, items
    /// stand on lines of their own.
    mutating func writeJSON(_ value: Value, indent: Text?, _ depth: Int) throws(Fault) {
        switch value.tag {
        case .string: HTMLSafeJSON.append(value.text, to: &out)
        case .int: Decimal.append(value.int, to: &out)
        case .bool: out.append(value.bool ? "true" : "false")
        case .none: out.append("null")
        case .float:
            if value.float.isFinite {
                FloatFormat.append(value.float, to: &out)
            } else {
                out.append(
                    value.float.isNaN ? "NaN" : value.float < 0 ? "-Infinity" : "Infinity")
            }
        case .bigInt: out.append(BigInt(value).digits())
        case .list, .tuple: try writeJSONItems(value, indent: indent, depth)
        case .dict: try writeJSONObject(value, indent: indent, depth)
        case .undefined:
            throw isStrict(value)
                ? undefinedFault(value)
                : fault(.type, "an undefined value cannot become JSON")
        default:
            throw fault(.type, "a value of type '\(typeName(value))' cannot become JSON")
        }
        try checkOutputOrString()
    }

    private mutating func checkOutputOrString() throws(Fault) {
        if out.count > outputEnd &+ JinjaLimits.stringBytes {
            throw fault(
                .limit, "a text of more than \(JinjaLimits.stringBytes) bytes is not allowed")
        }
    }

    private mutating func newLine(_ indent: Text, _ depth: Int) {
        out.append(UInt8(ascii: "\n"))
        for _ in 0..<depth { out.append(indent) }
    }

    private mutating func writeJSONItems(
        _ value: Value, indent: Text?, _ depth: Int
    ) throws(Fault) {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        let list = ListObject(value)
        try spend(list.count)
        guard list.count > 0 else { return out.append("[]") }
        out.append(UInt8(ascii: "["))
        for i in 0..<list.count {
            if i > 0 { out.append(indent == nil ? ", " : ",") }
            if let indent { newLine(indent, depth + 1) }
            try writeJSON(list[i], indent: indent, depth + 1)
        }
        if let indent { newLine(indent, depth) }
        out.append(UInt8(ascii: "]"))
    }

    private mutating func writeJSONObject(
        _ value: Value, indent: Text?, _ depth: Int
    ) throws(Fault) {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        let dict = DictObject(value)
        try spend(dict.count)
        guard dict.count > 0 else { return out.append("{}") }
        let order = try sortedEntries(dict)
        out.append(UInt8(ascii: "{"))
        for i in 0..<order.count {
            if i > 0 { out.append(indent == nil ? ", " : ",") }
            if let indent { newLine(indent, depth + 1) }
            let entry = order[i].int
            try writeJSONKey(dict.key(entry))
            out.append(": ")
            try writeJSON(dict.value(entry), indent: indent, depth + 1)
        }
        if let indent { newLine(indent, depth) }
        out.append(UInt8(ascii: "}"))
    }

    private mutating func writeJSONKey(_ key: Value) throws(Fault) {
        switch key.tag {
        case .string: HTMLSafeJSON.append(key.text, to: &out)
        case .int, .bool, .none, .float, .bigInt:
            out.append(UInt8(ascii: "\""))
            try writeJSON(key, indent: nil, 0)
            out.append(UInt8(ascii: "\""))
        default:
            throw fault(.type, "a key of type '\(typeName(key))' cannot become JSON")
        }
    }

    /// The numbers of a dict's entries in the order of their keys.
    private mutating func sortedEntries(_ dict: DictObject) throws(Fault) -> ListObject {
        let order = ListObject(&arena, capacity: dict.count)
        for i in 0..<dict.count { order.append(Value(i), &arena) }
        try sort(order) { machine, a, b throws(Fault) in
            try machine.ordered(dict.key(a.int), dict.key(b.int), "<", 0) < 0
        }
        return order
    }
}

/// JSON strings that are safe inside HTML: only ASCII, and no `< > & '`.
enum HTMLSafeJSON {
    @inline(__always)
    private static func isSpecial(_ byte: UInt8) -> Bool {
        byte < 0x20 || byte >= 0x7F || byte == 0x22 || byte == 0x5C || byte == 0x26
            || byte == 0x27 || byte == 0x3C || byte == 0x3E
    }

    @inline(__always)
    private static func hasSpecial(_ w: UInt64) -> Bool {
        let quotes =
            Scanning.equal(w, 0x22) | Scanning.equal(w, 0x5C) | Scanning.equal(w, 0x26)
            | Scanning.equal(w, 0x27)
        let hits =
            w | Scanning.less(w, 0x20) | Scanning.equal(w, 0x7F) | quotes
            | Scanning.equal(w, 0x3C) | Scanning.equal(w, 0x3E)
        return hits & Scanning.highBits != 0
    }

    /// Appends the text as a JSON string with its quotes.
    static func append(_ text: Text, to out: inout ByteBuffer) {
        out.append(UInt8(ascii: "\""))
        var start = 0
        while true {
            let i = Scanning.first(in: text, from: start, hasSpecial, isSpecial)
            if i > start { out.append(text.slice(start, i)) }
            if i >= text.count { break }
            let (value, next) = text.scalar(at: i)
            appendEscape(value, to: &out)
            start = next
        }
        out.append(UInt8(ascii: "\""))
    }

    private static func appendEscape(_ value: UInt32, to out: inout ByteBuffer) {
        switch value {
        case 0x26, 0x27, 0x3C, 0x3E, 0x7F: appendUnit(value, to: &out)
        case 0..<0x7F: JSONEscaping.appendControl(UInt8(value), to: &out)
        case 0x10000...:
            let offset = value - 0x10000
            appendUnit(0xD800 + offset >> 10, to: &out)
            appendUnit(0xDC00 + offset & 0x3FF, to: &out)
        default: appendUnit(value, to: &out)
        }
    }

    private static func appendUnit(_ unit: UInt32, to out: inout ByteBuffer) {
        out.append("\\u")
        StringRepresentation.appendHex(unit, 4, to: &out)
    }
}

/// A JSON value as a tree that its owner keeps: requests, answers and stored documents.
///
/// Numbers without a point or an exponent that fit 64 bits are integers, all others are floating.
/// Keys have no order; of equal keys the last one counts.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    case integer(Int64)
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

/// Bytes that are not one JSON value.
package struct JSONMistake: Error, Hashable, Sendable, CustomStringConvertible {
    /// The first byte that cannot be part of it, from 0.
    package let offset: Int
    /// Where that is, counted from 1; columns count bytes.
    package let line: Int
    package let column: Int

    init(_ bytes: [UInt8], offset: Int) {
        self.offset = offset
        let before = bytes.prefix(offset)
        line = 1 + before.count { $0 == 0x0A }
        column = offset - (before.lastIndex(of: 0x0A).map { $0 + 1 } ?? 0) + 1
    }

    package var description: String { "not valid JSON at line \(line), column \(column)" }
}

extension JSONValue {
    /// Reads exactly one JSON value (RFC 8259), at most `JinjaLimits.valueDepth` levels deep.
    ///
    /// - Throws: `JSONMistake` with the place; for bytes that are not UTF-8, and for a number that
    ///   is not finite, the place is 0.
    package init(parsing bytes: [UInt8]) throws(JSONMistake) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONMistake(bytes, offset: 0)
        }
        var arena = Arena(chunkSize: max(1024, bytes.count * 2), limit: .max)
        var mistake = 0
        let value: JSONValue? = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            var reader = unsafe JSONReader(Text(base: base, count: buffer.count))
            guard let value = reader.read(&arena) else {
                mistake = reader.at
                return nil
            }
            return JSONValue(value)
        }
        guard let value else { throw JSONMistake(bytes, offset: mistake) }
        self = value
    }

    /// Reads exactly one JSON value from a text.
    package init(parsing text: String) throws(JSONMistake) {
        try self.init(parsing: Array(text.utf8))
    }

    /// Nil for a number that is not finite, which JSON does not have.
    private init?(_ value: Value) {
        switch value.tag {
        case .none: self = .null
        case .bool: self = .bool(value.bool)
        case .int: self = .integer(Int64(value.int))
        case .float:
            guard value.float.isFinite else { return nil }
            self = .number(value.float)
        case .bigInt:
            let digits = String(decoding: BigInt(value).digits(), as: UTF8.self)
            guard let number = Double(digits), number.isFinite else { return nil }
            self = .number(number)
        case .string: self = .string(value.text.string)
        case .list:
            let list = ListObject(value)
            var items: [JSONValue] = []
            items.reserveCapacity(list.count)
            for index in 0..<list.count {
                guard let item = JSONValue(list[index]) else { return nil }
                items.append(item)
            }
            self = .array(items)
        case .dict:
            let dict = DictObject(value)
            var fields: [String: JSONValue] = [:]
            fields.reserveCapacity(dict.count)
            for index in 0..<dict.count {
                guard let field = JSONValue(dict.value(index)) else { return nil }
                fields[dict.key(index).text.string] = field
            }
            self = .object(fields)
        default: return nil
        }
    }

    /// As JSON without spaces, keys sorted: equal values have equal texts.
    package var encoded: String {
        var out = ByteBuffer()
        append(to: &out)
        return unsafe String(decoding: out.bytes, as: UTF8.self)
    }

    /// Appends the value as JSON without spaces, keys sorted.
    package func append(to out: inout ByteBuffer) {
        switch self {
        case .null: out.append("null")
        case .bool(let value): out.append(value ? "true" : "false")
        case .integer(let value): Decimal.append(Int(value), to: &out)
        case .number(let value): FloatFormat.append(value, to: &out)
        case .string(let value): out.appendJSON(value)
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
                out.appendJSON(key)
                out.append(UInt8(ascii: ":"))
                fields[key]?.append(to: &out)
            }
            out.append(UInt8(ascii: "}"))
        }
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    package init(stringLiteral value: String) { self = .string(value) }
    package init(integerLiteral value: Int64) { self = .integer(value) }
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    package init(nilLiteral: ()) { self = .null }

    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSONValue {
    /// The field of an object; nil for any other value and where there is none.
    package subscript(_ field: String) -> JSONValue? {
        if case .object(let fields) = self { fields[field] } else { nil }
    }

    package var string: String? { if case .string(let value) = self { value } else { nil } }
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }
    package var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }

    package var object: [String: JSONValue]? {
        if case .object(let fields) = self { fields } else { nil }
    }

    package var isNull: Bool { self == .null }

    /// The number, integer or not.
    package var double: Double? {
        switch self {
        case .integer(let value): Double(value)
        case .number(let value): value
        default: nil
        }
    }
}

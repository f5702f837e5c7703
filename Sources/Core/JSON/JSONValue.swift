/// A JSON value as a tree that its owner keeps: requests, answers and stored documents.
///
/// Numbers without a point or an exponent that fit 64 bits are integers, all others are floating.
/// Keys have no order; of equal keys the last one counts.
package indirect enum JSONValue: Hashable, Sendable {
    case null
    case bool(Bool)
    /// A number that is written without a point or an exponent.
    case integer(Int64)
    /// Any other number; it is finite.
    case number(Double)
    case string(String)
    case array([JSONValue])
    case object([String: JSONValue])
}

extension JSONValue {
    /// Reads exactly one JSON value (RFC 8259), at most `JSONLimits.depth` levels deep.
    ///
    /// - Throws: `JSONMistake` with the place; for bytes that are not UTF-8 the place is 0.
    package init(parsing bytes: [UInt8]) throws(JSONMistake) {
        guard String(validating: bytes, as: UTF8.self) != nil else {
            throw JSONMistake(bytes, offset: 0)
        }
        var parser = JSONParser(bytes)
        guard let value = parser.parse() else {
            throw JSONMistake(bytes, offset: parser.place)
        }
        self = value
    }

    /// Reads exactly one JSON value from a text.
    ///
    /// - Throws: `JSONMistake` with the place, in bytes of UTF-8.
    package init(parsing text: String) throws(JSONMistake) {
        try self.init(parsing: Array(text.utf8))
    }
}

extension JSONValue: ExpressibleByStringLiteral, ExpressibleByIntegerLiteral,
    ExpressibleByBooleanLiteral, ExpressibleByArrayLiteral, ExpressibleByDictionaryLiteral,
    ExpressibleByNilLiteral
{
    /// A text.
    package init(stringLiteral value: String) { self = .string(value) }
    /// A whole number.
    package init(integerLiteral value: Int64) { self = .integer(value) }
    /// A truth value.
    package init(booleanLiteral value: Bool) { self = .bool(value) }
    /// A list of values.
    package init(arrayLiteral elements: JSONValue...) { self = .array(elements) }
    /// `null`.
    package init(nilLiteral: ()) { self = .null }

    /// An object; of equal keys the last one counts.
    package init(dictionaryLiteral elements: (String, JSONValue)...) {
        self = .object(Dictionary(elements) { _, last in last })
    }
}

extension JSONValue {
    /// The field of an object; nil for any other value and where there is none.
    package subscript(_ field: String) -> JSONValue? {
        if case .object(let fields) = self { fields[field] } else { nil }
    }

    /// The text; nil for any other value, like the accessors after it.
    package var string: String? { if case .string(let value) = self { value } else { nil } }

    /// The whole number.
    package var integer: Int64? { if case .integer(let value) = self { value } else { nil } }

    /// The truth value.
    package var bool: Bool? { if case .bool(let value) = self { value } else { nil } }

    /// The items.
    package var array: [JSONValue]? { if case .array(let items) = self { items } else { nil } }

    /// The fields.
    package var object: [String: JSONValue]? {
        if case .object(let fields) = self { fields } else { nil }
    }

    /// Whether it is `null`, which is a value.
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

package import JSON

/// What a JSON value of the API looks like: the one description from which inputs are checked, the
/// OpenAPI document is written, and answers are verified in tests.
package indirect enum Shape: Sendable {
    case string(TextRule)
    case integer(ClosedRange<Int64>)
    case number(ClosedRange<Double>)
    case boolean
    /// One of these words.
    case choice([String])
    /// RFC 3339, with an offset.
    case time
    case array(Shape, ClosedRange<Int>)
    case object(ObjectShape)
    /// An object with names of the user's own.
    case map(Shape, namesMax: Int)
    /// Any value within the limits of a document.
    case json
    /// Any object within the limits of a document.
    case jsonObject
    case nullable(Shape)
    /// A shape that the OpenAPI document names once.
    case named(String, Shape)
    case described(Shape, String)

    /// A string of so many characters.
    package static func text(_ lengths: ClosedRange<Int>) -> Shape { .string(TextRule(lengths)) }

    /// An object without a name of its own.
    package static func fields(_ fields: [FieldShape]) -> Shape { .object(ObjectShape(fields)) }

    /// A count.
    package static let count = Shape.integer(0 ... .max)
    /// An id of anything but a user: as it appears in paths.
    package static let id = Shape.string(.id)
    /// A user's id, which comes from elsewhere.
    package static let userID = Shape.string(.userID)

    /// The same shape with a sentence on what it means.
    package func describedAs(_ text: String) -> Shape { .described(self, text) }
}

/// What a string may be.
package struct TextRule: Sendable {
    /// Unicode scalars.
    package let lengths: ClosedRange<Int>
    /// A regular expression for readers of the OpenAPI document; checked by `isAllowed`.
    package let pattern: String?
    /// The format's name in JSON Schema.
    package let format: String?
    /// What a string that does not fit should have been.
    package let expectation: String?
    /// Which scalars a string may have, wherever.
    package let isAllowed: @Sendable (Unicode.Scalar) -> Bool

    /// A rule for strings of so many scalars, any of them unless said otherwise.
    package init(
        _ lengths: ClosedRange<Int>, pattern: String? = nil, format: String? = nil,
        expectation: String? = nil,
        isAllowed: @escaping @Sendable (Unicode.Scalar) -> Bool = { _ in
            true
        }
    ) {
        self.lengths = lengths
        self.pattern = pattern
        self.format = format
        self.expectation = expectation
        self.isAllowed = isAllowed
    }

    /// An id that people choose: it can stand in a path without any escape.
    package static let id = TextRule(
        1...InputLimits.idLength, pattern: "^[A-Za-z0-9_.:-]{1,255}$",
        expectation: "expected letters, digits and _ . : -"
    ) {
        switch $0 {
        case "A"..."Z", "a"..."z", "0"..."9", "_", ".", ":", "-": true
        default: false
        }
    }

    /// The id that an app has given a user, of nearly any characters.
    package static let userID = TextRule(
        1...InputLimits.idLength, pattern: "^[^\\x00-\\x20/\\x7f]{1,255}$",
        expectation: "expected no spaces, control characters or slashes"
    ) { $0.value > 0x20 && $0.value != 0x7F && $0 != "/" }
}

/// The fields of an object.
package struct ObjectShape: Sendable {
    /// The fields that there may be; any other is a mistake.
    package let fields: [FieldShape]

    /// An object of these fields, each of another name.
    package init(_ fields: [FieldShape]) { self.fields = fields }
}

/// One field of an object.
package struct FieldShape: Sendable {
    /// The key in the object.
    package let name: String
    /// What its value may be.
    package let shape: Shape
    /// Whether an object without it is a mistake.
    package let isRequired: Bool
    /// What an object without it means; nil where that is not one value.
    package let standard: JSONValue?

    /// A field that must be there, with a sentence on what it means.
    package static func required(
        _ name: String, _ shape: Shape, _ meaning: String? = nil
    ) -> FieldShape {
        FieldShape(
            name: name, shape: meaning.map(shape.describedAs) ?? shape, isRequired: true,
            standard: nil)
    }

    /// A field that may be missing, and then has a default, with a sentence on what it means.
    package static func optional(
        _ name: String, _ shape: Shape, _ meaning: String? = nil,
        default standard: JSONValue? = nil
    ) -> FieldShape {
        FieldShape(
            name: name, shape: meaning.map(shape.describedAs) ?? shape, isRequired: false,
            standard: standard)
    }
}

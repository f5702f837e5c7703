/// The variables that a message may have: their names, types, which are required, and defaults.
///
/// Written as a JSON Schema of an object (draft 2020-12), of which these keywords are understood:
/// `type`, `properties`, `required`, `items`, `default`, `additionalProperties` (true or false);
/// `title`, `description`, `examples`, `$schema`, `$id` and `$comment` are read over. Any other
/// keyword is an error: a rule that is not checked would be one that misleads.
///
/// A name that is in no `properties` is unknown unless `additionalProperties` is true, which here,
/// other than in JSON Schema, has to be said.
package struct VariableSchema: Sendable {
    /// What a value may be.
    package indirect enum Kind: Sendable {
        case any, string, number, integer, boolean
        case object([Property], isOpen: Bool)
        case array(Shape)
    }

    /// What a value may be, and whether it may be null.
    package struct Shape: Sendable {
        /// The type of a value that is not null.
        package var kind: Kind
        /// Whether null is a value, too.
        package var isNullable = false

        /// A shape of this type.
        package init(_ kind: Kind, isNullable: Bool = false) {
            self.kind = kind
            self.isNullable = isNullable
        }
    }

    /// A named value of an object, or a variable.
    package struct Property: Sendable {
        /// The key in its object, or the variable's name.
        package let name: String
        /// What its value may be.
        package let shape: Shape
        /// Whether every recipient has it.
        package let isRequired: Bool
        /// Whether the schema gives a value for recipients without it.
        package let hasDefault: Bool

        /// Names a value of this shape.
        package init(_ name: String, _ shape: Shape, isRequired: Bool, hasDefault: Bool = false) {
            self.name = name
            self.shape = shape
            self.isRequired = isRequired
            self.hasDefault = hasDefault
        }
    }

    /// The variables, in the order of the document.
    package var variables: [Property]
    /// Whether there may be others.
    package let isOpen: Bool

    /// A schema that was not read from JSON.
    package init(_ variables: [Property], isOpen: Bool = false) {
        self.variables = variables
        self.isOpen = isOpen
    }
}

extension VariableSchema.Kind {
    /// With its article, for messages.
    var phrase: String {
        switch self {
        case .any: "any value"
        case .string: "a string"
        case .number: "a number"
        case .integer: "an integer"
        case .boolean: "a boolean"
        case .object: "an object"
        case .array: "an array"
        }
    }
}

/// The way to a value inside the variables of a template, such as `order.items[].name`.
package struct VariablePath: Hashable, Sendable, CustomStringConvertible {
    package enum Step: Hashable, Sendable {
        /// A field of an object, by its name.
        case field(String)
        /// Some item of a list.
        case item
    }

    /// The variable's name.
    package let root: String
    package var steps: [Step]

    package init(_ root: String, _ steps: [Step] = []) {
        self.root = root
        self.steps = steps
    }

    /// The way as it is written, with `[]` for some item: `order.items[].name`.
    package var description: String {
        steps.reduce(into: root) { text, step in
            switch step {
            case .field(let name): text += ".\(name)"
            case .item: text += "[]"
            }
        }
    }
}

/// One place where a template reads a variable.
package struct VariableReference: Hashable, Sendable {
    /// What is done with the value.
    package enum Usage: Hashable, Sendable {
        /// It is printed, compared, filtered or handed on.
        case value
        /// Only whether it is there, or true, is asked for.
        case condition
        /// A loop goes over it.
        case loop
        /// A method of this name is called on it.
        case method(String)
    }

    package let path: VariablePath
    package let usage: Usage
    /// Whether the template makes sure that a missing value does no harm: by `default`, by
    /// `is defined`, by `or`, or by an `if` around the place that asks for the variable.
    package let isGuarded: Bool
    /// Where, as an offset into the source.
    let offset: Int32
}

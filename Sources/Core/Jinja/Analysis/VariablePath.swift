/// The way to a value inside the variables of a template, such as `order.items[].name`.
package struct VariablePath: Hashable, Sendable, CustomStringConvertible {
    /// One step from a value to a value inside it.
    package enum Step: Hashable, Sendable {
        /// A field of an object, by its name.
        case field(String)
        /// Some item of a list.
        case item
    }

    /// The variable's name.
    package let root: String
    /// The steps from the variable inwards; none for the variable itself.
    package var steps: [Step]

    /// The way to a variable, or to a value inside it.
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

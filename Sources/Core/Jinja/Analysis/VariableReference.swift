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

    /// What is read, through loops and aliases back to the variable.
    package let path: VariablePath
    /// What is done with it in this place.
    package let usage: Usage
    /// Whether the template makes sure that a missing value does no harm: by `default`, by
    /// `is defined`, by `or`, or by an `if` around the place that asks for the variable.
    package let isGuarded: Bool
    /// Where, as an offset into the source.
    let offset: Int32
}

/// One variable that a template reads.
package struct VariableUse: Sendable, Hashable {
    /// The name, with dots for the fields of objects: `receiver.name`.
    package let path: String
    /// Whether this use is inside `default(...)` or `is defined`, so that it may be missing.
    package let isGuarded: Bool
    /// Whether the layout has it.
    ///
    /// Where it does not, the template always sees it as undefined.
    package let isKnown: Bool

    package init(path: String, isGuarded: Bool, isKnown: Bool) {
        self.path = path
        self.isGuarded = isGuarded
        self.isKnown = isKnown
    }
}

/// Where the variables of a template come from, as a tree of names.
///
/// The roots are the names a template sees at top level. A name may appear in several places: in
/// the product every column of an audience is a root and a field of the root `receiver`.
package struct VariableLayout: Sendable {
    /// Where the value of a name comes from.
    package indirect enum Node: Sendable {
        /// The value of the recipient's slot of that number.
        case slot(Int)
        /// A dict with these entries; those whose slot is missing are absent.
        case object([Field])
        /// The same value for every recipient, as the bytes of one JSON value.
        case constant([UInt8])
    }

    /// A name and where its value comes from.
    package struct Field: Sendable {
        /// The key, of any characters; only identifiers can be reached as an attribute.
        package let name: String
        /// Where the value comes from.
        package let node: Node

        /// Gives a value its name.
        package init(_ name: String, _ node: Node) {
            self.name = name
            self.node = node
        }
    }

    /// The top-level names; the first of equal names counts.
    package var roots: [Field]

    /// A layout with these top-level names; without any, every variable is undefined.
    package init(_ roots: [Field] = []) {
        self.roots = roots
    }

    /// Roots that are all slots, in order.
    package init(slots names: [String]) {
        roots = names.enumerated().map { Field($1, .slot($0)) }
    }

    /// Levels of objects below these fields.
    static func depth(of fields: [Field]) -> Int {
        var depth = 0
        for field in fields {
            if case .object(let inner) = field.node {
                depth = max(depth, 1 + VariableLayout.depth(of: inner))
            }
        }
        return depth
    }

    /// Where a top-level name comes from; nil for a name that there is not.
    package subscript(name: String) -> Node? {
        roots.first { $0.name == name }?.node
    }
}

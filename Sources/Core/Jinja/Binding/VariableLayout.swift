/// Where the variables of a template come from, as a tree of names.
///
/// The roots are the names a template sees at top level. A name may appear in several places: in
/// the product every column of an audience is a root and a field of the root `receiver`.
package struct VariableLayout: Sendable {
    package indirect enum Node: Sendable {
        /// The value of the recipient's slot of that number.
        case slot(Int)
        /// A dict with these entries; those whose slot is missing are absent.
        case object([Field])
        /// The same value for every recipient, as the bytes of one JSON value.
        case constant([UInt8])
    }

    package struct Field: Sendable {
        package let name: String
        package let node: Node

        package init(_ name: String, _ node: Node) {
            self.name = name
            self.node = node
        }
    }

    /// The top-level names; the first of equal names counts.
    package var roots: [Field]

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

    package subscript(name: String) -> Node? {
        roots.first { $0.name == name }?.node
    }
}

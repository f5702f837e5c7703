/// The name of an attribute as steps into nested JSON objects: `address.city`.
///
/// Only letters, digits, `_` and `-` of ASCII are allowed in a step, so that a path can be written
/// into a statement, and into an index, without any escape.
package struct AttributePath: Hashable, Sendable, CustomStringConvertible {
    /// The keys from the outermost object inwards: at least one, at most
    /// `FilterLimits.attributeSteps`.
    package let steps: [String]

    /// Reads steps that are joined by dots; nil for a name that no attribute can have.
    package init?(_ name: some StringProtocol) {
        let bytes = name.utf8
        let mostBytes = FilterLimits.attributeSteps * (FilterLimits.attributeStepBytes + 1)
        guard bytes.count <= mostBytes else { return nil }
        let parts = bytes.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false)
        guard parts.count <= FilterLimits.attributeSteps else { return nil }
        for part in parts {
            guard 1...FilterLimits.attributeStepBytes ~= part.count,
                part.allSatisfy(Self.isAllowed)
            else { return nil }
        }
        steps = parts.map { String(decoding: $0, as: UTF8.self) }
    }

    package var description: String { steps.joined(separator: ".") }

    /// As SQLite's JSON functions take it: `$."address"."city"`.
    ///
    /// Documented at https://www.sqlite.org/json1.html#path_arguments.
    package var jsonPath: String {
        steps.reduce(into: "$") { $0 += ".\"\($1)\"" }
    }

    private static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"):
            true
        default: false
        }
    }
}

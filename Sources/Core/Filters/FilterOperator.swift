/// An operator on one field.
package enum FilterOperator: String, Hashable, Sendable, CaseIterable {
    case equal = "$eq"
    case notEqual = "$ne"
    case greater = "$gt"
    case greaterOrEqual = "$gte"
    case less = "$lt"
    case lessOrEqual = "$lte"
    case oneOf = "$in"
    case noneOf = "$nin"
    case exists = "$exists"
    case contains = "$contains"
    case autocomplete = "$autocomplete"
}

/// An operator on whole conditions.
enum LogicalOperator: String, CaseIterable {
    case and = "$and"
    case or = "$or"
    case nor = "$nor"
    case not = "$not"
}

extension Set<FilterOperator> {
    static var equality: Self { [.equal, .notEqual, .oneOf, .noneOf, .exists] }
    static var ordering: Self { [.greater, .greaterOrEqual, .less, .lessOrEqual] }
    static var strings: Self { equality.union(Set.ordering).union([.autocomplete]) }
    static var sets: Self { equality.union([.contains]) }

    /// As a sentence lists them.
    var listed: String {
        FilterOperator.allCases.filter(contains).map(\.rawValue).joined(separator: ", ")
    }
}

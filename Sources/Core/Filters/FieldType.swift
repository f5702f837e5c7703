/// What the values of a field are.
package enum FieldType: String, Hashable, Sendable, CaseIterable {
    case string
    case integer
    case number
    case boolean
    /// RFC 3339 in filters, Unix milliseconds in columns.
    case time
    /// A set of strings, of which a condition is true when it is true of one, such as tags.
    case stringSet = "string_set"
    /// Any JSON value: a condition takes its type from what the field is compared with.
    case json

    /// The operators that make sense, which a field may narrow.
    var operators: Set<FilterOperator> {
        switch self {
        case .string: .strings
        case .integer, .number, .time: .equality.union(Set.ordering)
        case .boolean: .equality
        case .stringSet: .sets
        case .json: Set(FilterOperator.allCases)
        }
    }

    /// What a value of this type looks like, for a sentence.
    var expectation: String {
        switch self {
        case .string, .stringSet: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "an RFC 3339 time, such as \"2026-01-31T08:00:00Z\""
        case .json: "a string, a number, true or false"
        }
    }
}

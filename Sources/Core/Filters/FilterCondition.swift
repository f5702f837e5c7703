/// A filter as it was understood: names are resolved, and values have the types of their fields.
///
/// A condition is true or not true, nothing else: what is not known, such as whether a missing
/// value is less than 5, is not true, and so its negation is true.
indirect enum FilterCondition {
    case all([FilterCondition])
    case any([FilterCondition])
    case not(FilterCondition)
    case test(FilterField, FilterTest)
}

/// What is asked of one field.
///
/// Of a set, it is asked of each of its strings.
enum FilterTest {
    case compare(Comparison, FilterOperand)
    case oneOf([FilterOperand])
    /// There is a value, and it is not null.
    case exists
    /// The value is an array and holds this.
    case contains(FilterOperand)
    case autocomplete(AutocompletePattern)
}

/// How two values are compared; the raw value is the SQL operator.
enum Comparison: String {
    case equal = "="
    case greater = ">"
    case greaterOrEqual = ">="
    case less = "<"
    case lessOrEqual = "<="

    /// Whether `left` compares like this with `right`; false when they are of different types.
    func holds(_ left: Int64, _ right: FilterOperand) -> Bool {
        switch right {
        case .integer(let right): holds(left, right)
        case .real(let right): holds(Double(left), right)
        case .string, .boolean: false
        }
    }

    private func holds<Value: Comparable>(_ left: Value, _ right: Value) -> Bool {
        switch self {
        case .equal: left == right
        case .greater: left > right
        case .greaterOrEqual: left >= right
        case .less: left < right
        case .lessOrEqual: left <= right
        }
    }
}

/// A value that a field is compared with; times are integers here.
enum FilterOperand {
    case string(String)
    case integer(Int64)
    case real(Double)
    case boolean(Bool)

    /// The type of attributes that it can equal.
    var type: FieldType {
        switch self {
        case .string: .string
        case .integer, .real: .number
        case .boolean: .boolean
        }
    }

    var argument: FilterArgument {
        switch self {
        case .string(let value): .text(value)
        case .integer(let value): .integer(value)
        case .real(let value): .real(value)
        case .boolean(let value): .integer(value ? 1 : 0)
        }
    }
}

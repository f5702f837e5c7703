/// One thing that is wrong with a filter or a sort, and where.
package struct FilterMistake: Hashable, Sendable, CustomStringConvertible {
    /// What is wrong, for programs; stable over releases.
    package enum Code: String, Hashable, Sendable, CaseIterable {
        /// No field has this name.
        case unknownField = "unknown_field"
        /// No operator has this name.
        case unknownOperator = "unknown_operator"
        /// There is such an operator, but not for this field or not in this place.
        case operatorNotAllowed = "operator_not_allowed"
        /// The value is of another type than the field or the operator needs.
        case wrongType = "wrong_type"
        /// A list, an object or a text without content where that means nothing.
        case empty = "empty"
        /// A string with U+0000, which no stored value holds.
        case invalidCharacter = "invalid_character"
        /// More than ``FilterLimits/depth`` levels.
        case tooDeep = "too_deep"
        /// More than ``FilterLimits/conditions``.
        case tooManyConditions = "too_many_conditions"
        /// More than ``FilterLimits/values``.
        case tooManyValues = "too_many_values"
        /// A string of more than ``FilterLimits/stringBytes``.
        case tooLong = "too_long"
        /// Strings of more than ``FilterLimits/totalBytes`` together.
        case tooLarge = "too_large"
        /// A sort of more than ``FilterLimits/sortFields``.
        case tooManyFields = "too_many_fields"
        /// A sort that names a field twice.
        case duplicateField = "duplicate_field"
        /// A sort by a field that rows cannot be ordered by.
        case notSortable = "not_sortable"
    }

    /// The kind of mistake, for callers that branch on it.
    package let code: Code
    /// The offending place as a JSON pointer (RFC 6901), which starts with the caller's prefix.
    package let path: String
    /// A sentence that says what was expected.
    ///
    /// It may repeat names from the filter, shortened, but never a value.
    package let message: String

    package var description: String { "\(path): \(message)" }
}

/// Everything that is wrong with a filter or a sort, up to ``FilterLimits/mistakes``.
package struct FilterMistakes: Error, Hashable, Sendable, CustomStringConvertible {
    /// In the order of the input, the fields of an object by name; never empty.
    package internal(set) var list: [FilterMistake] = []

    package var description: String { list.map(\.description).joined(separator: "; ") }

    var isFull: Bool { list.count >= FilterLimits.mistakes }

    mutating func add(_ code: FilterMistake.Code, at path: Pointer, _ message: String) {
        guard !isFull else { return }
        list.append(FilterMistake(code: code, path: path.text, message: message))
    }
}

import JSON
import Structures

extension FilterReader {
    /// One operator on one field.
    mutating func test(
        _ known: FilterOperator, _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        guard count(1, at: path, adds: true) else { return .all([]) }
        guard field.operators.contains(known) else {
            mistakes.add(
                .operatorNotAllowed, at: path,
                "\"\(shortened(field.name))\" cannot be asked for \(known.rawValue); expected one "
                    + "of \(field.operators.listed)")
            return .all([])
        }
        switch known {
        case .equal: return equal(field, value, at: path)
        case .notEqual: return .not(equal(field, value, at: path))
        case .oneOf: return oneOf(field, value, at: path)
        case .noneOf: return .not(oneOf(field, value, at: path))
        case .greater: return compare(.greater, field, value, at: path)
        case .greaterOrEqual: return compare(.greaterOrEqual, field, value, at: path)
        case .less: return compare(.less, field, value, at: path)
        case .lessOrEqual: return compare(.lessOrEqual, field, value, at: path)
        case .exists: return exists(field, value, at: path)
        case .contains:
            guard let operand = operand(value, of: field.type, at: path) else { return .all([]) }
            let isSet = field.type == .stringSet
            return .test(field, isSet ? .compare(.equal, operand) : .contains(operand))
        case .autocomplete: return autocomplete(field, value, at: path)
        }
    }

    /// Null means that there is no value, which `$exists` must be able to ask.
    private mutating func equal(
        _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        if value.isNull, field.operators.contains(.exists) { return .not(.test(field, .exists)) }
        guard let operand = operand(value, of: field.type, at: path) else { return .all([]) }
        return .test(field, .compare(.equal, operand))
    }

    private mutating func compare(
        _ comparison: Comparison, _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        guard let operand = operand(value, of: field.type, at: path) else { return .all([]) }
        if operand.type == .boolean {
            mistakes.add(.wrongType, at: path, "expected a string or a number")
        }
        return .test(field, .compare(comparison, operand))
    }

    private mutating func oneOf(
        _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        guard let items = value.array else {
            let message = "expected an array, of which each item is \(field.type.expectation)"
            mistakes.add(.wrongType, at: path, message)
            return .all([])
        }
        guard items.count <= FilterLimits.values else {
            let message = "expected at most \(FilterLimits.values) values"
            mistakes.add(.tooManyValues, at: path, message)
            return .all([])
        }
        var operands: [FilterOperand] = []
        var hasNull = false
        for (index, item) in items.enumerated() where goesOn {
            if item.isNull, field.operators.contains(.exists) {
                hasNull = true
            } else if let operand = operand(item, of: field.type, at: path.item(index)) {
                operands.append(operand)
            }
        }
        let oneOf = FilterCondition.test(field, .oneOf(operands))
        return hasNull ? .any([oneOf, .not(.test(field, .exists))]) : oneOf
    }

    private mutating func exists(
        _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        guard let wanted = value.bool else {
            mistakes.add(.wrongType, at: path, "expected true or false")
            return .all([])
        }
        return wanted ? .test(field, .exists) : .not(.test(field, .exists))
    }

    private mutating func autocomplete(
        _ field: FilterField, _ value: JSONValue, at path: Pointer
    ) -> FilterCondition {
        guard case .string(let text)? = operand(value, of: .string, at: path) else {
            return .all([])
        }
        if text.isEmpty { mistakes.add(.empty, at: path, "expected at least one character") }
        guard text.unicodeScalars.count <= FilterLimits.autocompleteCharacters else {
            let message = "expected at most \(FilterLimits.autocompleteCharacters) characters"
            mistakes.add(.tooLong, at: path, message)
            return .all([])
        }
        return .test(field, .autocomplete(AutocompletePattern(text)))
    }

    /// The value as one of `type`; nil, and a mistake, when it is not.
    private mutating func operand(
        _ value: JSONValue, of type: FieldType, at path: Pointer
    ) -> FilterOperand? {
        switch (type, value) {
        case (.string, .string(let text)), (.stringSet, .string(let text)),
            (.json, .string(let text)):
            return string(text, at: path) ? .string(text) : nil
        case (.integer, .integer(let number)), (.number, .integer(let number)),
            (.json, .integer(let number)):
            return .integer(number)
        case (.integer, .number(let number)):
            if let exact = Int64(exactly: number) { return .integer(exact) }
        case (.number, .number(let number)), (.json, .number(let number)):
            // Only finite numbers can be compared, and JSON has no others.
            if number.isFinite { return .real(number) }
        case (.boolean, .bool(let value)), (.json, .bool(let value)):
            return .boolean(value)
        case (.time, .string(let text)):
            if let time = RFC3339.milliseconds(text) { return .integer(time) }
        default: break
        }
        mistakes.add(.wrongType, at: path, "expected \(type.expectation)")
        return nil
    }

    private mutating func string(_ text: String, at path: Pointer) -> Bool {
        let length = text.utf8.count
        byteCount += length
        if length > FilterLimits.stringBytes {
            let message = "expected a string of at most \(FilterLimits.stringBytes) bytes"
            mistakes.add(.tooLong, at: path, message)
        } else if byteCount > FilterLimits.totalBytes {
            let message = "expected strings of at most \(FilterLimits.totalBytes) bytes in all"
            mistakes.add(.tooLarge, at: path, message)
            isStopped = true
        } else if text.utf8.contains(0) {
            mistakes.add(.invalidCharacter, at: path, "expected a string without U+0000")
        } else {
            return true
        }
        return false
    }
}

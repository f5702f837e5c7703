extension Machine {
    mutating func test(named name: Value) throws(Fault) -> BuiltinTest {
        guard name.isString else { throw fault(.type, "the name of a test must be a string") }
        if let test = BuiltinTest.names[name.text.string] { return test }
        let hint = Suggestion.hint(for: name.text.string, among: BuiltinTest.names.keys)
        throw fault(.runtime, "unknown test '\(name.text.string)'\(hint)")
    }

    mutating func applyDynamic(
        _ test: BuiltinTest, _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Bool {
        let parameters = test.parameters
        let bound = try bind(arguments, parameters, required: parameters.count, "test")
        return try apply(test, value, bound[0])
    }

    /// Whether a test holds; `other` is its argument.
    mutating func apply(
        _ test: BuiltinTest, _ value: Value, _ other: Value
    ) throws(Fault) -> Bool {
        switch test {
        case .defined: return value.tag != .undefined
        case .undefined: return value.tag == .undefined
        case .none: return value.isNone
        case .boolean: return value.tag == .bool
        case .true: return value.tag == .bool && value.bool
        case .false: return value.tag == .bool && !value.bool
        case .integer: return value.tag == .int || value.tag == .bigInt
        case .float: return value.tag == .float
        case .number: return value.isNumber
        case .string: return value.isString
        case .mapping: return value.tag == .dict
        case .sequence: return isSequence(value)
        case .iterable: return isIterable(value)
        case .callable: return isCallable(value)
        case .escaped: return value.isMarkup || value.tag == .module
        case .sameas: return isSame(value, other)
        case .filter, .test:
            _ = try hash(value)
            guard value.isString else { return false }
            return test == .filter
                ? BuiltinFilter.names[value.text.string] != nil
                : BuiltinTest.names[value.text.string] != nil
        case .odd: return try equal(arithmetic(.mod, value, Value(2)), Value(1), 0)
        case .even: return try equal(arithmetic(.mod, value, Value(2)), Value(0), 0)
        case .divisibleby: return try isDivisible(value, by: other)
        case .lower, .upper:
            let text = try softText(value).text
            return text.hasCase(upper: test == .upper)
        case .in: return try contains(other, value)
        case .eq: return try compare(0, value, other)
        case .ne: return try compare(1, value, other)
        case .lt: return try compare(2, value, other)
        case .le: return try compare(3, value, other)
        case .gt: return try compare(4, value, other)
        case .ge: return try compare(5, value, other)
        }
    }

    private func isSame(_ a: Value, _ b: Value) -> Bool {
        if a.isString && b.isString { return a.isIdentical(to: b) || a.text == b.text }
        return a.isIdentical(to: b)
    }

    private mutating func isSequence(_ value: Value) -> Bool {
        switch value.tag {
        case .string, .list, .tuple, .dict, .range, .bytes: true
        case .undefined: !isStrict(value)
        default: false
        }
    }

    private mutating func isIterable(_ value: Value) -> Bool {
        switch value.tag {
        case .string, .list, .tuple, .dict, .range, .iterator, .view, .loop, .bytes: true
        case .undefined: !isStrict(value)
        default: false
        }
    }

    private func isCallable(_ value: Value) -> Bool {
        switch value.tag {
        case .function, .macro, .method, .joiner, .block, .undefined: true
        case .loop: true
        default: false
        }
    }

    private mutating func isDivisible(_ value: Value, by other: Value) throws(Fault) -> Bool {
        let remainder = try arithmetic(.mod, value, other)
        return try equal(remainder, Value(0), 0)
    }
}

extension Text {
    /// `isupper` or `islower`: some letter has case, and none has the other one.
    func hasCase(upper: Bool) -> Bool {
        var hasAny = false
        var i = 0
        while i < count {
            let (scalar, next) = self.scalar(at: i)
            let isUpper = UnicodeTables.isUpper(scalar) || UnicodeTables.isTitle(scalar)
            let isLower = UnicodeTables.isLower(scalar) || UnicodeTables.isTitle(scalar)
            if upper ? isLower : isUpper { return false }
            if upper ? isUpper : isLower { hasAny = true }
            i = next
        }
        return hasAny
    }
}

extension Machine {
    // MARK: Whole lists

    mutating func joinFilter(
        _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        let separator = arguments[0].isAbsent ? .emptyString : arguments[0]
        let attribute = arguments[1]
        let items = try list(of: value)
        try spend(items.count)
        let isEscaping = isEscaping(mode)
        var isMarkup = isEscaping && separator.isMarkup
        if isEscaping && !isMarkup {
            for i in 0..<items.count {
                if try attributePath(items[i], attribute).isMarkup { isMarkup = true }
            }
        }
        let between = try text(of: separator)
        let between2 =
            isMarkup ? try escaped(Value(between, isMarkup: separator.isMarkup)).text : between
        return try build(isMarkup: isMarkup) { machine throws(Fault) in
            for i in 0..<items.count {
                if i > 0 { machine.out.append(between2) }
                let item = try machine.attributePath(items[i], attribute)
                if isMarkup {
                    try machine.writeEscaped(item)
                } else {
                    try machine.writeString(item)
                }
                try machine.checkOutputOfBuild()
            }
        }
    }

    @inline(__always)
    mutating func checkOutputOfBuild() throws(Fault) {
        if out.count > outputEnd &+ JinjaLimits.stringBytes {
            throw fault(
                .limit, "a text of more than \(JinjaLimits.stringBytes) bytes is not allowed")
        }
    }

    mutating func sumFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        var sum = arguments[1].isAbsent ? Value(0) : arguments[1]
        guard !sum.isString else { throw fault(.type, "sum cannot add strings; use join") }
        let items = try list(of: value)
        try spend(items.count)
        for i in 0..<items.count {
            sum = try add(sum, try attributePath(items[i], arguments[0]))
        }
        return sum
    }

    // MARK: Filters and tests by name

    mutating func mapFilter(
        _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        if try !isTrue(value) { return ListObject(&arena, capacity: 1).iterator }
        let items = try list(of: value)
        try spend(items.count)
        let result = ListObject(&arena, capacity: max(items.count, 1))
        if arguments.positional == 0 {
            let attribute = arguments.keyword("attribute")
            guard !attribute.isAbsent else {
                throw fault(.value, "map needs the name of a filter, or an attribute")
            }
            let fallback = arguments.keyword("default")
            guard arguments.keywordCount == (fallback.isAbsent ? 1 : 2) else {
                throw fault(.value, "map with an attribute takes only 'default' beside it")
            }
            for i in 0..<items.count {
                let item = try attributePath(items[i], attribute, default: fallback)
                result.append(item, &arena)
            }
            return result.iterator
        }
        let filter = try self.filter(named: arguments[0])
        let rest = arguments.dropFirst(1)
        for i in 0..<items.count {
            let item = try applyDynamic(filter, items[i], rest, mode)
            result.append(item, &arena)
        }
        return result.iterator
    }

    mutating func filter(named name: Value) throws(Fault) -> BuiltinFilter {
        guard name.isString else { throw fault(.type, "the name of a filter must be a string") }
        if let filter = BuiltinFilter.names[name.text.string] { return filter }
        let hint = Suggestion.hint(for: name.text.string, among: BuiltinFilter.names.keys)
        throw fault(.runtime, "unknown filter '\(name.text.string)'\(hint)")
    }

    mutating func selectFilter(
        _ value: Value, _ arguments: CallArguments, keeps: Bool, byAttribute: Bool
    ) throws(Fault) -> Value {
        if try !isTrue(value) { return ListObject(&arena, capacity: 1).iterator }
        let items = try list(of: value)
        try spend(items.count)
        var rest = arguments
        var attribute = Value.absent
        if byAttribute {
            guard arguments.positional > 0 else {
                throw fault(.value, "the name of an attribute is missing")
            }
            attribute = arguments[0]
            rest = arguments.dropFirst(1)
        }
        var test: BuiltinTest?
        if rest.positional > 0 {
            test = try self.test(named: rest[0])
            rest = rest.dropFirst(1)
        }
        let result = ListObject(&arena, capacity: 4)
        for i in 0..<items.count {
            let subject = try attributePath(items[i], attribute)
            let holds: Bool
            if let test {
                holds = try applyDynamic(test, subject, rest)
            } else {
                holds = try isTrue(subject)
            }
            if holds == keeps { result.append(items[i], &arena) }
        }
        return result.iterator
    }
}

extension Machine {
    /// Applies a filter whose arguments stand in the order of its parameters, absent where they
    /// are not given.
    mutating func apply(
        _ filter: BuiltinFilter, _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        switch filter {
        case .upper: return try changeCase(value, .upper)
        case .lower: return try changeCase(value, .lower)
        case .title: return try titleFilter(value)
        case .capitalize: return try changeCase(value, .capitalize)
        case .trim: return try trimFilter(value, arguments[0])
        case .length: return try Value(length(of: value))
        case .defaultValue: return try defaultFilter(value, arguments)
        case .escape: return try escaped(value)
        case .forceescape: return try escaped(softText(value).asPlain())
        case .safe: return try Value(text(of: value), isMarkup: true)
        case .string: return try softText(value)
        case .tojson: return try jsonFilter(value, arguments[0])
        case .join: return try joinFilter(value, arguments, mode)
        case .first: return try firstFilter(value)
        case .last: return try lastFilter(value)
        case .list: return try listFilter(value)
        case .replace: return try replaceFilter(value, arguments, mode)
        case .round: return try roundFilter(value, arguments)
        case .int: return try intFilter(value, arguments)
        case .float: return try floatFilter(value, arguments[0])
        case .abs: return try absFilter(value)
        case .truncate: return try truncateFilter(value, arguments)
        case .center: return try centerFilter(value, arguments[0])
        case .indent: return try indentFilter(value, arguments)
        case .wordcount: return try Value(wordCount(softText(value).text))
        case .wordwrap: return try wordwrapFilter(value, arguments)
        case .striptags: return try striptagsFilter(value)
        case .filesizeformat: return try fileSizeFilter(value, arguments[0])
        case .urlencode: return try urlencodeFilter(value)
        case .urlize: return try urlizeFilter(value, arguments, mode)
        case .xmlattr: return try xmlattrFilter(value, arguments[0], mode)
        case .pprint: return try pprintFilter(value)
        case .attr: return try attrFilter(value, arguments[0])
        case .items: return try itemsFilter(value)
        case .dictsort: return try dictsortFilter(value, arguments)
        case .sort: return try sortFilter(value, arguments)
        case .unique: return try uniqueFilter(value, arguments)
        case .min: return try extremeFilter(value, arguments, isMaximum: false)
        case .max: return try extremeFilter(value, arguments, isMaximum: true)
        case .groupby: return try groupbyFilter(value, arguments)
        case .sum: return try sumFilter(value, arguments)
        case .reverse: return try reverseFilter(value)
        case .batch: return try batchFilter(value, arguments)
        case .slice: return try sliceFilter(value, arguments)
        case .random: return try randomFilter(value)
        case .map: return try mapFilter(value, arguments, mode)
        case .select, .reject:
            return try selectFilter(value, arguments, keeps: filter == .select, byAttribute: false)
        case .selectattr, .rejectattr:
            return try selectFilter(
                value, arguments, keeps: filter == .selectattr, byAttribute: true)
        case .format: return try formatFilter(value, arguments)
        }
    }

    /// Applies a filter whose arguments stand as they were written.
    mutating func applyDynamic(
        _ filter: BuiltinFilter, _ value: Value, _ arguments: CallArguments, _ mode: UInt8
    ) throws(Fault) -> Value {
        let signature = filter.signature
        if signature.isVariadic { return try apply(filter, value, arguments, mode) }
        let bound = try bind(
            arguments, signature.parameters, required: signature.required, "filter")
        return try apply(filter, value, bound, mode)
    }

    /// Puts arguments into the order of the parameters.
    mutating func bind(
        _ arguments: CallArguments, _ parameters: [String], required: Int, _ what: String
    ) throws(Fault) -> CallArguments {
        guard arguments.positional <= parameters.count else {
            let given = arguments.positional
            throw fault(
                .type, "the \(what) takes at most \(parameters.count) arguments, not \(given)")
        }
        let list = ListObject(&arena, capacity: max(parameters.count, 1))
        for i in 0..<parameters.count { list.append(arguments[i], &arena) }
        for k in 0..<arguments.keywordCount {
            let name = arguments.keywordName(k).text.string
            guard let place = parameters.firstIndex(of: name) else {
                let hint = Suggestion.hint(for: name, among: parameters)
                throw fault(.type, "the \(what) has no argument '\(name)'\(hint)")
            }
            guard list[place].isAbsent else {
                throw fault(.type, "the \(what) got '\(name)' twice")
            }
            list[place] = arguments.keywordValue(k)
        }
        for i in 0..<required where list[i].isAbsent {
            throw fault(.type, "the \(what) needs the argument '\(parameters[i])'")
        }
        return unsafe CallArguments(base: list.items, positional: list.count)
    }

    // MARK: Arguments

    /// The value as a string that stays markup if it is.
    @inline(__always)
    mutating func softText(_ value: Value) throws(Fault) -> Value {
        if value.tag == .string { return value }
        let text = try self.text(of: value)
        return Value(text, isMarkup: value.tag == .module)
    }

    /// An integer argument.
    mutating func integer(
        _ value: Value, default fallback: Int, _ name: StaticString
    ) throws(Fault) -> Int {
        if value.isAbsent { return fallback }
        if let int = value.asInt { return int }
        if value.tag == .undefined { throw undefinedFault(value) }
        throw fault(.type, "'\(name)' must be an integer, not \(typeName(value))")
    }

    mutating func flag(_ value: Value, default fallback: Bool) throws(Fault) -> Bool {
        value.isAbsent ? fallback : try isTrue(value)
    }

    // MARK: The simplest filters

    private mutating func defaultFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let fallback = arguments[0].isAbsent ? .emptyString : arguments[0]
        if value.tag == .undefined { return fallback }
        if try flag(arguments[1], default: false), try !isTrue(value) { return fallback }
        return value
    }

    mutating func escaped(_ value: Value) throws(Fault) -> Value {
        let soft = try softText(value)
        if soft.isMarkup { return soft }
        guard HTMLEscaping.needsEscape(soft.text) else { return soft.asMarkup() }
        return try build(isMarkup: true) { machine in
            HTMLEscaping.append(soft.text, to: &machine.out)
        }
    }

    private mutating func jsonFilter(_ value: Value, _ indent: Value) throws(Fault) -> Value {
        var unit: Text?
        if indent.isString {
            unit = indent.text
        } else if !indent.isAbsent && !indent.isNone {
            let count = try integer(indent, default: 0, "indent")
            guard count <= 1000 else { throw fault(.limit, "an indent of more than 1000") }
            unit = try repeatedSpace(max(count, 0))
        }
        return try build(isMarkup: true) { machine throws(Fault) in
            try machine.writeJSON(value, indent: unit, 0)
        }
    }

    mutating func repeatedSpace(_ count: Int) throws(Fault) -> Text {
        try checkString(count)
        let start = unsafe arena.allocate(UInt8.self, count: count)
        unsafe start.update(repeating: 0x20, count: count)
        return unsafe Text(base: start, count: count)
    }

    /// What `len(value)` gives.
    mutating func length(of value: Value) throws(Fault) -> Int {
        switch value.tag {
        case .string: return value.text.scalarCount
        case .bytes: return Int(value.length)
        case .list, .tuple: return ListObject(value).count
        case .dict, .view: return DictObject(value).count
        case .range: return unsafe range(value).pointee.count
        case .loop: return loopAttribute(value, Text("length"))?.int ?? 0
        case .undefined:
            if isStrict(value) { throw undefinedFault(value) }
            return 0
        default: throw fault(.type, "a value of type '\(typeName(value))' has no length")
        }
    }

    private mutating func attrFilter(_ value: Value, _ name: Value) throws(Fault) -> Value {
        guard name.isString else {
            if name.tag == .undefined { throw undefinedFault(name) }
            throw fault(.type, "the name of an attribute must be a string")
        }
        if value.tag == .undefined {
            guard name.text.hasPrefix(Text("__")) else { throw undefinedFault(value) }
            guard Machine.isInherited(name.text) else { return missing(name, of: value) }
        }
        if let found = try nativeAttribute(of: value, name.text) { return found }
        return missing(name, of: value)
    }

    private mutating func formatFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        guard arguments.positional == 0 || arguments.keywordCount == 0 else {
            throw fault(.type, "format takes values with or without names, not both")
        }
        let format = try softText(value)
        if arguments.keywordCount == 0 {
            return try percentFormat(format, arguments: arguments)
        }
        let dict = DictObject(&arena)
        for k in 0..<arguments.keywordCount {
            dict.set(arguments.keywordName(k).text, arguments.keywordValue(k), &arena)
        }
        return try percentFormat(format, dict.dict)
    }
}

extension Text {
    static func != (a: Text, b: StaticString) -> Bool { !(a == b) }
}

/// On which side of a text padding goes.
enum PadSide {
    case left, right, center
}

extension Machine {
    mutating func callStringMethod(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value? {
        let text = receiver.text
        switch method {
        case .upper: return try simpleCase(receiver, .upper, method, arguments)
        case .lower: return try simpleCase(receiver, .lower, method, arguments)
        case .title: return try simpleCase(receiver, .title, method, arguments)
        case .capitalize: return try simpleCase(receiver, .capitalize, method, arguments)
        case .swapcase: return try simpleCase(receiver, .swap, method, arguments)
        case .casefold: return try simpleCase(receiver, .fold, method, arguments)
        case .strip, .lstrip, .rstrip: return try strip(receiver, method, arguments)
        case .startswith, .endswith: return try hasAffix(text, method, arguments)
        case .removeprefix:
            try arity(arguments, 1...1, method)
            let prefix = try string(arguments[0], method)
            return text.hasPrefix(prefix)
                ? Value(text.dropFirst(prefix.count), isMarkup: receiver.isMarkup) : receiver
        case .removesuffix:
            try arity(arguments, 1...1, method)
            let suffix = try string(arguments[0], method)
            return !suffix.isEmpty && text.hasSuffix(suffix)
                ? Value(text.slice(0, text.count - suffix.count), isMarkup: receiver.isMarkup)
                : receiver
        case .replace:
            try arity(arguments, 2...3, method)
            let limit = try integer(arguments[2], default: -1, "count")
            var new = arguments[1]
            if receiver.isMarkup { new = try escaped(new) }
            return try replaced(
                receiver, string(arguments[0], method), string(new, method), limit)
        case .split, .rsplit: return try split(receiver, method, arguments)
        case .splitlines:
            let bound = try bind(arguments, ["keepends"], required: 0, "method 'splitlines'")
            let keeps = try flag(bound[0], default: false)
            let lines = ListObject(&arena, capacity: 4)
            for line in text.lineRanges(keepsEnds: keeps) {
                let part = text.slice(line.lowerBound, line.upperBound)
                lines.append(Value(part, isMarkup: receiver.isMarkup), &arena)
            }
            return lines.list
        case .partition, .rpartition: return try partition(receiver, method, arguments)
        case .join:
            try arity(arguments, 1...1, method)
            return try joinStrings(receiver, arguments[0])
        case .find, .index, .rfind, .rindex, .count: return try search(text, method, arguments)
        case .center, .ljust, .rjust: return try pad(receiver, method, arguments)
        case .zfill:
            try arity(arguments, 1...1, method)
            return try zeroFilled(receiver, integer(arguments[0], default: 0, "width"))
        case .expandtabs:
            let bound = try bind(arguments, ["tabsize"], required: 0, "method 'expandtabs'")
            return try tabsExpanded(receiver, integer(bound[0], default: 8, "tabsize"))
        case .format: return try formatString(receiver, arguments)
        case .formatMap:
            try arity(arguments, 1...1, method)
            return try formatString(receiver, mapping: arguments[0])
        case .encode: return Value(tag: .bytes, length: receiver.length, bits: receiver.bits)
        case .translate:
            try arity(arguments, 1...1, method)
            return try translated(receiver, arguments[0])
        case .maketrans: return try translationTable(arguments)
        default: return try stringTest(text, method, arguments).map { Value($0) }
        }
    }

    mutating func simpleCase(
        _ receiver: Value, _ change: CaseChange, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 0...0, method)
        return try changeCase(receiver, change)
    }

    /// A string argument.
    mutating func string(_ value: Value, _ method: BuiltinMethod) throws(Fault) -> Text {
        if value.isString { return value.text }
        if value.tag == .undefined { throw undefinedFault(value) }
        throw fault(.type, "\(method)() takes a string, not a value of type '\(typeName(value))'")
    }

    mutating func strip(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 0...1, method)
        let left = method != .rstrip
        let right = method != .lstrip
        let text = receiver.text
        if arguments[0].isAbsent || arguments[0].isNone {
            return Value(text.trimmed(left: left, right: right), isMarkup: receiver.isMarkup)
        }
        let characters = try string(arguments[0], method)
        return Value(
            text.trimmed(characters, left: left, right: right), isMarkup: receiver.isMarkup)
    }

    /// The part of a text between two code point indices, as `find` and its kin take them.
    mutating func part(
        _ text: Text, _ start: Value, _ end: Value
    ) throws(Fault) -> (text: Text, start: Int)? {
        let from = start.isAbsent || start.isNone ? 0 : try integer(start, default: 0, "start")
        guard from != 0 || !(end.isAbsent || end.isNone) else { return (text, 0) }
        let count = text.scalarCount
        let to = end.isAbsent || end.isNone ? count : try integer(end, default: count, "end")
        let low = from < 0 ? max(from &+ count, 0) : from
        let high = to < 0 ? max(to &+ count, 0) : min(to, count)
        guard low <= high else { return nil }
        return (text.slice(text.offset(ofScalar: low), text.offset(ofScalar: high)), low)
    }

    mutating func hasAffix(
        _ text: Text, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 1...3, method)
        guard let (part, _) = try part(text, arguments[1], arguments[2]) else { return .false }
        let holds = { (affix: Text) in
            method == .startswith ? part.hasPrefix(affix) : part.hasSuffix(affix)
        }
        guard arguments[0].tag == .tuple else {
            return Value(holds(try string(arguments[0], method)))
        }
        let list = ListObject(arguments[0])
        for i in 0..<list.count where holds(try string(list[i], method)) { return .true }
        return .false
    }

    mutating func search(
        _ text: Text, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 1...3, method)
        let needle = try string(arguments[0], method)
        try spend(text.count &>> 4)
        var found: Int?
        if let (part, start) = try part(text, arguments[1], arguments[2]) {
            if method == .count { return Value(part.count(of: needle)) }
            let isLast = method == .rfind || method == .rindex
            let place = isLast ? part.lastIndex(of: needle) : part.firstIndex(of: needle)
            found = place.map { part.slice(0, $0).scalarCount + start }
        } else if method == .count {
            return Value(0)
        }
        if found == nil && (method == .index || method == .rindex) {
            throw fault(.value, "the text does not hold '\(needle.string)'")
        }
        return Value(found ?? -1)
    }

    // MARK: Splitting and joining

    mutating func split(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let bound = try bind(
            arguments, ["sep", "maxsplit"], required: 0, "method '\(method)'")
        let most = try integer(bound[1], default: -1, "maxsplit")
        let text = receiver.text
        try checkList(text.count)
        let parts = ListObject(&arena, capacity: 4)
        let limit = most < 0 ? Int.max : most
        let isReverse = method == .rsplit
        if bound[0].isAbsent || bound[0].isNone {
            splitAtSpace(text, limit, isReverse, receiver.isMarkup, parts)
        } else {
            let separator = try string(bound[0], method)
            guard !separator.isEmpty else { throw fault(.value, "the separator is empty") }
            splitAt(separator, text, limit, isReverse, receiver.isMarkup, parts)
        }
        if isReverse { parts.reverse() }
        return parts.list
    }

    mutating func splitAt(
        _ separator: Text, _ text: Text, _ limit: Int, _ isReverse: Bool, _ isMarkup: Bool,
        _ parts: ListObject
    ) {
        var left = limit
        if isReverse {
            var end = text.count
            while left > 0, let found = text.lastIndex(of: separator, before: end) {
                parts.append(
                    Value(text.slice(found + separator.count, end), isMarkup: isMarkup), &arena)
                end = found
                left -= 1
            }
            parts.append(Value(text.slice(0, end), isMarkup: isMarkup), &arena)
        } else {
            var start = 0
            while left > 0, let found = text.firstIndex(of: separator, from: start) {
                parts.append(Value(text.slice(start, found), isMarkup: isMarkup), &arena)
                start = found + separator.count
                left -= 1
            }
            parts.append(Value(text.dropFirst(start), isMarkup: isMarkup), &arena)
        }
    }

    mutating func splitAtSpace(
        _ text: Text, _ limit: Int, _ isReverse: Bool, _ isMarkup: Bool, _ parts: ListObject
    ) {
        var rest = text.trimmed(left: !isReverse, right: isReverse)
        var left = limit
        while !rest.isEmpty {
            if left == 0 {
                parts.append(Value(rest, isMarkup: isMarkup), &arena)
                return
            }
            var cut = isReverse ? rest.count : 0
            if isReverse {
                while cut > 0 {
                    let before = rest.previous(cut)
                    if UnicodeTables.isSpace(rest.scalar(at: before).value) { break }
                    cut = before
                }
                parts.append(Value(rest.dropFirst(cut), isMarkup: isMarkup), &arena)
                rest = rest.slice(0, cut).trimmed(left: false, right: true)
            } else {
                while cut < rest.count {
                    let (scalar, next) = rest.scalar(at: cut)
                    if UnicodeTables.isSpace(scalar) { break }
                    cut = next
                }
                parts.append(Value(rest.slice(0, cut), isMarkup: isMarkup), &arena)
                rest = rest.dropFirst(cut).trimmed(left: true, right: false)
            }
            left -= 1
        }
    }

    mutating func partition(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        try arity(arguments, 1...1, method)
        let separator = try string(arguments[0], method)
        guard !separator.isEmpty else { throw fault(.value, "the separator is empty") }
        let text = receiver.text
        let isMarkup = receiver.isMarkup
        let empty = Value(Text(""), isMarkup: isMarkup)
        let parts = ListObject(&arena, capacity: 3)
        let found =
            method == .partition
            ? text.firstIndex(of: separator) : text.lastIndex(of: separator)
        if let found {
            parts.append(Value(text.slice(0, found), isMarkup: isMarkup), &arena)
            parts.append(Value(separator, isMarkup: isMarkup), &arena)
            parts.append(
                Value(text.dropFirst(found + separator.count), isMarkup: isMarkup), &arena)
        } else {
            for i in 0..<3 {
                let isText = i == (method == .partition ? 0 : 2)
                parts.append(isText ? receiver : empty, &arena)
            }
        }
        return parts.tuple
    }

    mutating func joinStrings(
        _ separator: Value, _ value: Value
    ) throws(Fault) -> Value {
        let items = try list(of: value)
        try spend(items.count)
        return try build(isMarkup: separator.isMarkup) { machine throws(Fault) in
            for i in 0..<items.count {
                if i > 0 { machine.out.append(separator.text) }
                if separator.isMarkup {
                    try machine.writeEscaped(items[i])
                } else {
                    machine.out.append(try machine.string(items[i], .join))
                }
                try machine.checkOutputOfBuild()
            }
        }
    }
}

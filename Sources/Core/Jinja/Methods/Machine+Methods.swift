extension Machine {
    /// Calls a method that a kind of value has by itself; nil where it has none of that name.
    mutating func callBuiltinMethod(
        _ receiver: Value, _ name: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value? {
        let number = name.aux != 0 ? name.aux : BuiltinMethod.names[name.text.string]?.rawValue ?? 0
        guard let method = BuiltinMethod(rawValue: number) else { return nil }
        switch receiver.tag {
        case .string: return try callStringMethod(receiver, method, arguments)
        case .list:
            try checkMutable(receiver, name, ListObject(receiver).isFrozen)
            return try callListMethod(receiver, method, arguments)
        case .dict:
            try checkMutable(receiver, name, DictObject(receiver).isFrozen)
            return try callDictMethod(receiver, method, arguments)
        case .tuple, .range: return try callTupleMethod(receiver, method, arguments)
        case .int, .bool, .bigInt, .float: return try callNumberMethod(receiver, method)
        case .loop where method == .cycle || method == .changed:
            return try callLoopMethod(receiver, name.text, arguments)
        case .cycler where method == .next || method == .reset:
            return callCycler(receiver, method)
        case .bytes where method == .decode: return Value(receiver.text)
        case .function where receiver.aux == GlobalFunction.dict.rawValue && method == .fromkeys:
            return try dictFromKeys(arguments)
        default: return nil
        }
    }

    /// Refuses a method that changes what must not change.
    private mutating func checkMutable(
        _ receiver: Value, _ name: Value, _ isFrozen: Bool
    ) throws(Fault) {
        guard isImmutable || isFrozen else { return }
        guard MethodNames.mutators.contains(name.text.string), hasMethod(receiver, name.text) else {
            return
        }
        throw fault(
            .security, "'\(name.text.string)' would change \(describe(receiver)), which is refused")
    }

    /// Fails unless the number of arguments is right and none is named.
    mutating func arity(
        _ arguments: CallArguments, _ range: ClosedRange<Int>, _ name: BuiltinMethod
    ) throws(Fault) {
        guard arguments.keywordCount == 0 else {
            throw fault(.type, "\(name)() takes no named arguments")
        }
        guard range.contains(arguments.positional) else {
            let wanted =
                range.lowerBound == range.upperBound
                ? "\(range.lowerBound)" : "\(range.lowerBound) to \(range.upperBound)"
            throw fault(
                .type, "\(name)() takes \(wanted) arguments, \(arguments.positional) are given")
        }
    }

    // MARK: Lists

    private mutating func callListMethod(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value? {
        let list = ListObject(receiver)
        switch method {
        case .append:
            try arity(arguments, 1...1, method)
            list.append(arguments[0], &arena)
        case .extend:
            try arity(arguments, 1...1, method)
            let items = try self.list(of: arguments[0])
            try checkList(list.count + items.count)
            let count = items.count
            for i in 0..<count { list.append(items[i], &arena) }
        case .insert:
            try arity(arguments, 2...2, method)
            let index = try integer(arguments[0], default: 0, "index")
            let place = index < 0 ? max(index &+ list.count, 0) : min(index, list.count)
            try spend(list.count)
            list.insert(arguments[1], at: place, &arena)
        case .pop:
            try arity(arguments, 0...1, method)
            let index = try integer(arguments[0], default: -1, "index")
            guard let place = position(index, list.count) else {
                throw fault(.index, "pop() of an index that the list does not have")
            }
            try spend(list.count)
            return list.remove(at: place)
        case .remove:
            try arity(arguments, 1...1, method)
            let place = try find(arguments[0], in: list)
            guard place >= 0 else { throw fault(.value, "the list does not hold that value") }
            _ = list.remove(at: place)
        case .index, .count: return try callTupleMethod(receiver, method, arguments)
        case .clear:
            try arity(arguments, 0...0, method)
            list.count = 0
        case .copy:
            try arity(arguments, 0...0, method)
            return try listFilter(receiver)
        case .reverse:
            try arity(arguments, 0...0, method)
            list.reverse()
        case .sort:
            let isReverse = try flag(arguments.keyword("reverse"), default: false)
            guard arguments.positional == 0, arguments.keyword("key").isAbsent else {
                throw fault(.type, "sort() takes only 'reverse' here")
            }
            if isReverse { list.reverse() }
            try sort(list) { machine, a, b throws(Fault) in
                try machine.ordered(a, b, "<", 0) == -1
            }
            if isReverse { list.reverse() }
        default: return nil
        }
        return Value.none
    }

    /// A position from an index that may count from the end.
    private func position(_ index: Int, _ count: Int) -> Int? {
        let place = index < 0 ? index &+ count : index
        return place >= 0 && place < count ? place : nil
    }

    private mutating func find(_ item: Value, in list: ListObject) throws(Fault) -> Int {
        try spend(list.count)
        for i in 0..<list.count where try equal(list[i], item, 0) { return i }
        return -1
    }

    private mutating func callTupleMethod(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value? {
        guard method == .index || method == .count else { return nil }
        try arity(arguments, 1...3, method)
        let list = try self.list(of: receiver)
        try spend(list.count)
        if method == .count {
            var count = 0
            for i in 0..<list.count where try equal(list[i], arguments[0], 0) { count += 1 }
            return Value(count)
        }
        let from = try integer(arguments[1], default: 0, "start")
        let to = try integer(arguments[2], default: list.count, "stop")
        let range = SliceIndices(start: from, stop: to, step: 1, count: list.count)
        for i in range.start..<(range.start + range.count)
        where try equal(list[i], arguments[0], 0) { return Value(i) }
        throw fault(.value, "the value is not in the sequence")
    }

    // MARK: Dicts

    private mutating func callDictMethod(
        _ receiver: Value, _ method: BuiltinMethod, _ arguments: CallArguments
    ) throws(Fault) -> Value? {
        let dict = DictObject(receiver)
        switch method {
        case .get:
            try arity(arguments, 1...2, method)
            let hash = try self.hash(arguments[0])
            if let place = dict.index(of: arguments[0], hash: hash) { return dict.value(place) }
            return arguments[1].isAbsent ? Value.none : arguments[1]
        case .keys, .values, .items:
            try arity(arguments, 0...0, method)
            let view: DictView = method == .keys ? .keys : method == .values ? .values : .items
            return dict.value(.view, aux: view.rawValue)
        case .pop:
            try arity(arguments, 1...2, method)
            let hash = try self.hash(arguments[0])
            if let place = dict.index(of: arguments[0], hash: hash) {
                try spend(dict.count)
                return dict.remove(at: place)
            }
            guard arguments[1].isAbsent else { return arguments[1] }
            throw fault(.key, "the dict has no key \(try representation(of: arguments[0]).string)")
        case .popitem:
            try arity(arguments, 0...0, method)
            guard dict.count > 0 else { throw fault(.key, "popitem() of an empty dict") }
            let last = dict.count - 1
            let item = pair(dict.key(last), dict.value(last))
            try spend(dict.count)
            _ = dict.remove(at: last)
            return item
        case .setdefault:
            try arity(arguments, 1...2, method)
            let hash = try self.hash(arguments[0])
            if let place = dict.index(of: arguments[0], hash: hash) { return dict.value(place) }
            let value = arguments[1].isAbsent ? Value.none : arguments[1]
            dict.appendNew(arguments[0], hash: hash, value, &arena)
            return value
        case .update:
            try fill(dict, arguments)
            return Value.none
        case .copy:
            try arity(arguments, 0...0, method)
            let copy = DictObject(&arena, capacity: dict.count)
            try merge(receiver, into: copy)
            return copy.dict
        case .clear:
            try arity(arguments, 0...0, method)
            dict.removeAll()
            return Value.none
        case .fromkeys: return try dictFromKeys(arguments)
        default: return nil
        }
    }

    /// Fills a dict as `dict(...)` and `update(...)` do: from a dict or pairs, then from names.
    mutating func fill(_ dict: DictObject, _ arguments: CallArguments) throws(Fault) {
        guard arguments.positional <= 1 else {
            throw fault(.type, "at most one dict or list of pairs can be given")
        }
        if arguments.positional == 1 { try merge(arguments[0], into: dict) }
        for k in 0..<arguments.keywordCount {
            dict.set(arguments.keywordName(k).text, arguments.keywordValue(k), &arena)
        }
    }

    private mutating func merge(_ source: Value, into dict: DictObject) throws(Fault) {
        if source.tag == .dict || source.tag == .namespace {
            let other = DictObject(source)
            try spend(other.count)
            let count = other.count
            for i in 0..<count {
                dict.set(other.key(i), hash: try hash(other.key(i)), other.value(i), &arena)
            }
            return
        }
        let items = try list(of: source)
        try spend(items.count)
        for i in 0..<items.count {
            let entry = try list(of: items[i])
            guard entry.count == 2 else {
                throw fault(.value, "an entry of a dict needs a key and a value")
            }
            dict.set(entry[0], hash: try hash(entry[0]), entry[1], &arena)
        }
    }

    private mutating func dictFromKeys(_ arguments: CallArguments) throws(Fault) -> Value {
        try arity(arguments, 1...2, .fromkeys)
        let keys = try list(of: arguments[0])
        try spend(keys.count)
        let dict = DictObject(&arena)
        let value = arguments[1].isAbsent ? Value.none : arguments[1]
        for i in 0..<keys.count { dict.set(keys[i], hash: try hash(keys[i]), value, &arena) }
        return dict.dict
    }

    // MARK: Numbers

    private mutating func callNumberMethod(
        _ receiver: Value, _ method: BuiltinMethod
    ) throws(Fault) -> Value? {
        if receiver.tag == .float {
            switch method {
            case .isInteger: return Value(receiver.float == receiver.float.rounded())
            case .conjugate: return receiver
            case .asIntegerRatio: return try integerRatio(receiver.float)
            default: return nil
            }
        }
        switch method {
        case .bitLength: return Value(BigInt(receiver).bitWidth)
        case .bitCount:
            return Value(BigInt(receiver).limbs.reduce(0) { $0 + $1.nonzeroBitCount })
        case .conjugate: return receiver.tag == .bool ? Value(receiver.int) : receiver
        case .asIntegerRatio: return pair(receiver, Value(1))
        default: return nil
        }
    }

    private mutating func integerRatio(_ number: Double) throws(Fault) -> Value {
        guard number.isFinite else { throw fault(.overflow, "no ratio of integers is infinite") }
        var size = number.magnitude
        var shift = 0
        while size != size.rounded() {
            size *= 2
            shift += 1
        }
        var numerator = BigInt(size)
        if number < 0 { numerator = -numerator }
        return pair(numerator.value(&arena), BigInt(1).shiftedLeft(shift).value(&arena))
    }

    // MARK: Cyclers

    func cycler(_ value: Value) -> UnsafeMutablePointer<CyclerObject> {
        unsafe value.address.assumingMemoryBound(to: CyclerObject.self)
    }

    private func callCycler(_ value: Value, _ method: BuiltinMethod) -> Value {
        let cycler = unsafe self.cycler(value)
        if method == .reset {
            unsafe cycler.pointee.position = 0
            return .none
        }
        let items = unsafe ListObject(cycler.pointee.items)
        let current = unsafe items[cycler.pointee.position]
        unsafe cycler.pointee.position = unsafe (cycler.pointee.position + 1) % items.count
        return current
    }

    func cyclerAttribute(_ value: Value, _ name: Text) -> Value? {
        let cycler = unsafe self.cycler(value).pointee
        switch name {
        case "current": return ListObject(cycler.items)[cycler.position]
        case "pos": return Value(cycler.position)
        case "items": return cycler.items
        default: return nil
        }
    }
}

extension Machine {
    @inline(__always)
    func loop(_ value: Value) -> UnsafeMutablePointer<LoopObject> {
        assert(value.tag == .loop)
        return unsafe value.address.assumingMemoryBound(to: LoopObject.self)
    }

    /// The state of a loop over a value.
    mutating func beginLoop(_ iterable: Value, _ i: Instruction) throws(Fault) -> Value {
        let recursiveBody = i.a == 1 ? i.c : -1
        let outerDepth = i.a == 1 ? unsafe locals[Int(i.b)].int : 0
        var items = iterable
        var position = 0
        var length: Int
        switch iterable.tag {
        case .list, .tuple: length = ListObject(iterable).count
        case .iterator:
            let list = ListObject(iterable)
            position = list.position
            length = list.count - position
            list.position = list.count
        case .range: length = unsafe range(iterable).pointee.count
        case .string: length = -1
        default:
            let list = try self.list(of: iterable)
            items = list.list
            length = list.count
        }
        let object = unsafe LoopObject(
            iterable: items, position: position, length: length, index: -1, depth: outerDepth + 1,
            previous: .absent, current: .absent, changed: .absent,
            hasEndedRound: false,
            recursiveBody: recursiveBody, outer: nil)
        let address = unsafe arena.box(object)
        unsafe address.pointee.outer = unsafe outer
        return unsafe Value(.loop, at: address)
    }

    /// The next item of a loop, or nil behind the last one.
    @inline(__always)
    mutating func nextItem(_ i: Instruction) throws(Fault) -> Value? {
        let loop = unsafe self.loop(locals[Int(i.b)])
        try spend(1)
        let iterable = unsafe loop.pointee.iterable
        let position = unsafe loop.pointee.position
        let item: Value
        if iterable.tag == .list || iterable.tag == .tuple || iterable.tag == .iterator {
            // A list is walked live: what the body appends is seen.
            let list = ListObject(iterable)
            guard position < list.count else { return nil }
            item = list[position]
            unsafe loop.pointee.position = position &+ 1
        } else if iterable.tag == .range {
            let range = unsafe self.range(iterable)
            guard unsafe position < range.pointee.count else { return nil }
            item = unsafe Value(range.pointee[position])
            unsafe loop.pointee.position = position &+ 1
        } else {
            guard let next = unsafe nextCharacter(loop, iterable, position) else { return nil }
            item = next
        }
        unsafe loop.pointee.previous = unsafe loop.pointee.current
        unsafe loop.pointee.current = item
        unsafe loop.pointee.index &+= Int(i.flag)
        return item
    }

    private func nextCharacter(
        _ loop: UnsafeMutablePointer<LoopObject>, _ iterable: Value, _ position: Int
    ) -> Value? {
        let text = iterable.text
        guard position < text.count else { return nil }
        let next = text.scalar(at: position).next
        unsafe loop.pointee.position = next
        return Value(text.slice(position, next))
    }

    func range(_ value: Value) -> UnsafeMutablePointer<RangeObject> {
        unsafe value.address.assumingMemoryBound(to: RangeObject.self)
    }

    /// The item behind the current one, absent at the end.
    private func peek(_ loop: UnsafeMutablePointer<LoopObject>) -> Value {
        let iterable = unsafe loop.pointee.iterable
        let position = unsafe loop.pointee.position
        switch iterable.tag {
        case .list, .tuple, .iterator:
            let list = ListObject(iterable)
            return position < list.count ? list[position] : .absent
        case .range:
            let range = unsafe range(iterable).pointee
            return position < range.count ? Value(range[position]) : .absent
        default:
            let text = iterable.text
            guard position < text.count else { return .absent }
            let end = text.scalar(at: position).next
            return Value(text.slice(position, end))
        }
    }

    private func length(_ loop: UnsafeMutablePointer<LoopObject>) -> Int {
        let length = unsafe loop.pointee.length
        return length >= 0 ? length : unsafe loop.pointee.iterable.text.scalarCount
    }

    /// An attribute of `loop`; nil where it has none of that name.
    mutating func loopAttribute(_ value: Value, _ name: Text) -> Value? {
        let loop = unsafe self.loop(value)
        if let field = LoopField.names[name.string] { return loopField(value, field.rawValue) }
        switch name {
        case "depth": return unsafe Value(loop.pointee.depth)
        case "depth0": return unsafe Value(loop.pointee.depth - 1)
        case "previtem":
            let item = unsafe loop.pointee.previous
            return item.isAbsent ? message("there is no previous item") : item
        case "nextitem":
            let item = unsafe peek(loop)
            return item.isAbsent ? message("there is no next item") : item
        case "cycle", "changed":
            return unsafe Value(
                .method, at: arena.box(MethodObject(receiver: value, name: Value(arena.copy(name))))
            )
        default: return nil
        }
    }

    /// A field of `loop` by its `LoopField`.
    @inline(__always)
    func loopField(_ value: Value, _ field: UInt8) -> Value {
        let loop = unsafe self.loop(value)
        let index = unsafe loop.pointee.index
        switch LoopField(rawValue: field) {
        case .index: return Value(index + 1)
        case .index0: return Value(index)
        case .first: return Value(index == 0)
        case .last: return unsafe Value(peek(loop).isAbsent)
        case .length: return unsafe Value(length(loop))
        case .revindex: return unsafe Value(length(loop) - index)
        default: return unsafe Value(length(loop) - index - 1)
        }
    }

    /// An undefined value with a message of its own.
    mutating func message(_ text: StaticString) -> Value {
        arena.undefined(
            UndefinedObject(reason: .message, name: Value(Text(text)), object: .absent))
    }

    /// `loop.cycle(...)` and `loop.changed(...)`.
    mutating func callLoopMethod(
        _ value: Value, _ name: Text, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let loop = unsafe self.loop(value)
        guard arguments.keywordCount == 0 else {
            throw fault(.type, "loop.\(name.string)() takes no named arguments")
        }
        if name == "cycle" {
            guard arguments.positional > 0 else {
                throw fault(.type, "loop.cycle() needs at least one value")
            }
            return unsafe arguments[loop.pointee.index % arguments.positional]
        }
        let current = arguments.tuple(&arena)
        let last = unsafe loop.pointee.changed
        if !last.isAbsent, try equal(last, current, 0) { return .false }
        unsafe loop.pointee.changed = current
        return .true
    }

    /// The items of anything that can be walked, as a list that may be the value's own.
    mutating func list(of value: Value) throws(Fault) -> ListObject {
        switch value.tag {
        case .list, .tuple: return ListObject(value)
        case .iterator:
            let source = ListObject(value)
            let list = ListObject(&arena, capacity: max(source.count - source.position, 1))
            while source.position < source.count {
                list.append(source[source.position], &arena)
                source.position += 1
            }
            return list
        case .range:
            let range = unsafe range(value).pointee
            try checkList(range.count)
            let list = ListObject(&arena, capacity: max(range.count, 1))
            var i = 0
            while i < range.count {
                list.append(Value(range[i]), &arena)
                i += 1
            }
            return list
        case .string:
            let text = value.text
            try checkList(text.count)
            let list = ListObject(&arena, capacity: max(text.count, 1))
            var i = 0
            while i < text.count {
                let next = text.scalar(at: i).next
                list.append(Value(text.slice(i, next)), &arena)
                i = next
            }
            return list
        case .dict, .view:
            let dict = DictObject(value)
            try spend(dict.count)
            let list = ListObject(&arena, capacity: max(dict.count, 1))
            let kind = value.tag == .dict ? DictView.keys : DictView(rawValue: value.aux)
            var i = 0
            while i < dict.count {
                switch kind {
                case .values: list.append(dict.value(i), &arena)
                case .items: list.append(pair(dict.key(i), dict.value(i)), &arena)
                default: list.append(dict.key(i), &arena)
                }
                i += 1
            }
            return list
        case .undefined:
            if isStrict(value) { throw undefinedFault(value) }
            return ListObject(&arena, capacity: 1)
        case .bytes:
            let text = value.text
            try checkList(text.count)
            let list = ListObject(&arena, capacity: max(text.count, 1))
            var i = 0
            while i < text.count {
                list.append(Value(Int(text[i])), &arena)
                i += 1
            }
            return list
        default:
            throw fault(.type, "a value of type '\(typeName(value))' cannot be iterated over")
        }
    }

    mutating func pair(_ a: Value, _ b: Value) -> Value {
        let pair = ListObject(&arena, capacity: 2)
        pair.append(a, &arena)
        pair.append(b, &arena)
        return pair.tuple
    }

    /// Replaces the sequence on top of the stack by its `count` items, the first one on top.
    mutating func unpack(_ count: Int) throws(Fault) {
        unsafe sp -= 1
        let value = unsafe sp.pointee
        let list = try self.list(of: value)
        guard list.count == count else {
            throw fault(
                .value,
                "\(list.count) values cannot be assigned to \(count) names")
        }
        var i = count - 1
        while i >= 0 {
            push(list[i])
            i -= 1
        }
    }
}

/// The fields of `loop` that are numbers or flags, known at compile time.
enum LoopField: UInt8, CaseIterable {
    case index, index0, first, last, length, revindex, revindex0

    static let names = Dictionary(uniqueKeysWithValues: allCases.map { ("\($0)", $0) })
}

/// What a view of a dict shows.
enum DictView: UInt16 {
    case keys = 0
    case values = 1
    case items = 2
}

extension Text {
    static func ~= (pattern: StaticString, text: Text) -> Bool { text == pattern }
}

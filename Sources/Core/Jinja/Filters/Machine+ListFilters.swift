extension Machine {
    // MARK: Attributes of items

    /// The attribute that filters such as `sort` and `map` look at: a name, a path with dots or an
    /// index.
    ///
    /// Absent, the item itself.
    mutating func attributePath(
        _ item: Value, _ attribute: Value, default fallback: Value = .absent
    ) throws(Fault) -> Value {
        if attribute.isAbsent || attribute.isNone { return item }
        guard attribute.isString else {
            return try withDefault(self.item(of: item, attribute), fallback)
        }
        let path = attribute.text
        var value = item
        var start = 0
        while true {
            let end = path.firstIndex(of: UInt8(ascii: "."), from: start) ?? path.count
            let part = path.slice(start, end)
            let key = NumberParsing.index(part).map { Value($0) } ?? Value(part)
            value = try withDefault(self.item(of: value, key), fallback)
            if end == path.count { return value }
            start = end + 1
        }
    }

    func withDefault(_ value: Value, _ fallback: Value) -> Value {
        value.tag == .undefined && !fallback.isAbsent && !fallback.isNone ? fallback : value
    }

    /// A key for comparing: in lower case unless case counts.
    mutating func folded(_ value: Value, _ isCaseSensitive: Bool) throws(Fault) -> Value {
        guard !isCaseSensitive && value.isString,
            !CaseMapping.isCertainlyLower(value.text)
        else { return value }
        return try changeCase(value, .lower)
    }

    // MARK: Order

    mutating func sortFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let isReverse = try flag(arguments[0], default: false)
        let isCaseSensitive = try flag(arguments[1], default: false)
        let items = try list(of: value)
        let keyed = ListObject(&arena, capacity: max(items.count, 1))
        for i in 0..<items.count {
            let key = try sortKey(items[i], arguments[2], isCaseSensitive)
            keyed.append(pair(key, items[i]), &arena)
        }
        try sortPairs(keyed, isReverse, allowsUndefined: true)
        for i in 0..<keyed.count { keyed[i] = ListObject(keyed[i])[1] }
        return keyed.list
    }

    /// The key of an item: a tuple where several attributes are named with commas.
    mutating func sortKey(
        _ item: Value, _ attribute: Value, _ isCaseSensitive: Bool
    ) throws(Fault) -> Value {
        guard attribute.isString, attribute.text.firstIndex(of: UInt8(ascii: ",")) != nil else {
            return try folded(attributePath(item, attribute), isCaseSensitive)
        }
        let path = attribute.text
        let key = ListObject(&arena, capacity: 4)
        var start = 0
        while true {
            let end = path.firstIndex(of: UInt8(ascii: ","), from: start) ?? path.count
            let part = try attributePath(item, Value(path.slice(start, end)))
            key.append(try folded(part, isCaseSensitive), &arena)
            if end == path.count { return key.tuple }
            start = end + 1
        }
    }

    /// Sorts pairs by their first value, keeping the order of equals in either direction.
    mutating func sortPairs(
        _ pairs: ListObject, _ isReverse: Bool, allowsUndefined: Bool = false
    ) throws(Fault) {
        if isReverse { pairs.reverse() }
        try sort(pairs) { machine, a, b throws(Fault) in
            let x = ListObject(a)[0]
            let y = ListObject(b)[0]
            // Python compares lists of keys here, and equal ones are never asked for their order.
            if allowsUndefined && x.isUndefined && y.isUndefined, try machine.equal(x, y, 0) {
                return false
            }
            return try machine.ordered(x, y, "<", 0) == -1
        }
        if isReverse { pairs.reverse() }
    }

    mutating func dictsortFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let isCaseSensitive = try flag(arguments[0], default: false)
        let by = arguments[1].isAbsent ? Value(Text("key")) : arguments[1]
        let isReverse = try flag(arguments[2], default: false)
        guard by.isString, by.text == "key" || by.text == "value" else {
            throw fault(.value, "'by' must be 'key' or 'value'")
        }
        guard value.tag == .dict else {
            if value.tag == .undefined { throw undefinedFault(value) }
            throw fault(.attribute, "dictsort needs a dict, not \(typeName(value))")
        }
        let dict = DictObject(value)
        let byKey = by.text == "key"
        let keyed = ListObject(&arena, capacity: max(dict.count, 1))
        for i in 0..<dict.count {
            let key = try folded(byKey ? dict.key(i) : dict.value(i), isCaseSensitive)
            keyed.append(pair(key, pair(dict.key(i), dict.value(i))), &arena)
        }
        try sortPairs(keyed, isReverse)
        for i in 0..<keyed.count { keyed[i] = ListObject(keyed[i])[1] }
        return keyed.list
    }

    mutating func uniqueFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let isCaseSensitive = try flag(arguments[0], default: false)
        let items = try list(of: value)
        let seen = DictObject(&arena)
        let result = ListObject(&arena, capacity: 4)
        for i in 0..<items.count {
            let key = try folded(attributePath(items[i], arguments[1]), isCaseSensitive)
            let hash = try self.hash(key)
            guard seen.index(of: key, hash: hash) == nil else { continue }
            seen.appendNew(key, hash: hash, .none, &arena)
            result.append(items[i], &arena)
        }
        return result.iterator
    }

    mutating func extremeFilter(
        _ value: Value, _ arguments: CallArguments, isMaximum: Bool
    ) throws(Fault) -> Value {
        let isCaseSensitive = try flag(arguments[0], default: false)
        let items = try list(of: value)
        guard items.count > 0 else { return message("no item: the sequence was empty") }
        try spend(items.count)
        var best = items[0]
        var bestKey = try folded(attributePath(best, arguments[1]), isCaseSensitive)
        for i in 1..<max(items.count, 1) {
            let key = try folded(attributePath(items[i], arguments[1]), isCaseSensitive)
            let order = try ordered(key, bestKey, isMaximum ? ">" : "<", 0)
            if order == (isMaximum ? 1 : -1) {
                best = items[i]
                bestKey = key
            }
        }
        return best
    }

    mutating func groupbyFilter(
        _ value: Value, _ arguments: CallArguments
    ) throws(Fault) -> Value {
        let isCaseSensitive = try flag(arguments[2], default: false)
        let items = try list(of: value)
        let keyed = ListObject(&arena, capacity: max(items.count, 1))
        for i in 0..<items.count {
            let plain = try attributePath(items[i], arguments[0], default: arguments[1])
            keyed.append(pair(try folded(plain, isCaseSensitive), pair(plain, items[i])), &arena)
        }
        try sortPairs(keyed, false)
        let groups = ListObject(&arena, capacity: 4)
        var i = 0
        while i < keyed.count {
            let key = ListObject(keyed[i])[0]
            let members = ListObject(&arena, capacity: 4)
            let first = ListObject(ListObject(keyed[i])[1])[0]
            while i < keyed.count, try equal(ListObject(keyed[i])[0], key, 0) {
                members.append(ListObject(ListObject(keyed[i])[1])[1], &arena)
                i += 1
            }
            let group = ListObject(&arena, capacity: 2)
            group.append(first, &arena)
            group.append(members.list, &arena)
            // A group can be asked for `grouper` and `list`.
            groups.append(group.value(.tuple, aux: 1), &arena)
            if members.count == 0 { break }
        }
        return groups.list
    }

    // MARK: Parts

    mutating func firstFilter(_ value: Value) throws(Fault) -> Value {
        switch value.tag {
        case .list, .tuple:
            let list = ListObject(value)
            if list.count > 0 { return list[0] }
        case .string:
            let text = value.text
            if text.count > 0 {
                return Value(text.slice(0, text.scalar(at: 0).next))
            }
        case .iterator:
            let list = ListObject(value)
            if list.position < list.count {
                list.position += 1
                return list[list.position - 1]
            }
        case .range:
            let range = unsafe self.range(value).pointee
            if range.count > 0 { return Value(range.start) }
        default:
            let list = try self.list(of: value)
            if list.count > 0 { return list[0] }
        }
        return message("no first item: the sequence was empty")
    }

    mutating func lastFilter(_ value: Value) throws(Fault) -> Value {
        guard value.tag != .iterator else {
            throw fault(.type, "a value of type 'generator' cannot be read backwards")
        }
        if value.tag == .range {
            let range = unsafe self.range(value).pointee
            if range.count > 0 { return Value(range[range.count - 1]) }
        } else if value.isString {
            let text = value.text
            if text.count > 0 {
                return Value(
                    text.slice(text.previous(text.count), text.count), isMarkup: value.isMarkup)
            }
        } else {
            let list = try self.list(of: value)
            if list.count > 0 { return list[list.count - 1] }
        }
        return message("no last item: the sequence was empty")
    }

    mutating func randomFilter(_ value: Value) throws(Fault) -> Value {
        let list = try self.list(of: value)
        guard list.count > 0 else { return message("no random item: the sequence was empty") }
        return list[Int(nextRandom() % UInt64(list.count))]
    }

    /// A step of a linear generator: good enough to pick an item, and the same every time.
    mutating func nextRandom() -> UInt64 {
        lipsumState = lipsumState &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return lipsumState >> 33
    }

    /// `list(value)`: always a new list.
    mutating func listFilter(_ value: Value) throws(Fault) -> Value {
        let items = try list(of: value)
        guard value.isSequence else { return items.list }
        try checkList(items.count)
        let copy = ListObject(&arena, capacity: max(items.count, 1))
        for i in 0..<items.count { copy.append(items[i], &arena) }
        return copy.list
    }

    mutating func reverseFilter(_ value: Value) throws(Fault) -> Value {
        if value.isString {
            let text = value.text
            try checkString(text.count)
            return try build(isMarkup: value.isMarkup) { machine in
                var end = text.count
                while end > 0 {
                    let start = text.previous(end)
                    machine.out.append(text.slice(start, end))
                    end = start
                }
            }
        }
        if value.isNumber || value.isNone {
            throw fault(.value, "a value of type '\(typeName(value))' cannot be reversed")
        }
        let list = ListObject(try listFilter(value))
        list.reverse()
        return value.tag == .iterator ? list.list : list.iterator
    }

    mutating func batchFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let size = try integer(arguments[0], default: 0, "linecount")
        let fill = arguments[1]
        let items = try list(of: value)
        let rows = ListObject(&arena, capacity: 4)
        var row = ListObject(&arena, capacity: 4)
        for i in 0..<items.count {
            if row.count == size {
                rows.append(row.list, &arena)
                row = ListObject(&arena, capacity: 4)
            }
            row.append(items[i], &arena)
        }
        if row.count > 0 {
            if !fill.isAbsent && !fill.isNone && row.count < size {
                try checkList(size)
                while row.count < size { row.append(fill, &arena) }
            }
            rows.append(row.list, &arena)
        }
        return rows.iterator
    }

    mutating func sliceFilter(_ value: Value, _ arguments: CallArguments) throws(Fault) -> Value {
        let count = try integer(arguments[0], default: 0, "slices")
        let fill = arguments[1]
        let items = try list(of: value)
        guard count != 0 else { throw fault(.zeroDivision, "'slices' cannot be 0") }
        let columns = ListObject(&arena, capacity: 4)
        guard count > 0 else { return columns.iterator }
        try checkList(count)
        let each = items.count / count
        let longer = items.count % count
        var next = 0
        for i in 0..<count {
            let column = ListObject(&arena, capacity: each + 2)
            let size = each + (i < longer ? 1 : 0)
            for _ in 0..<size {
                column.append(items[next], &arena)
                next += 1
            }
            if !fill.isAbsent && !fill.isNone && i >= longer { column.append(fill, &arena) }
            columns.append(column.list, &arena)
        }
        return columns.iterator
    }

    mutating func itemsFilter(_ value: Value) throws(Fault) -> Value {
        if value.tag == .undefined { return ListObject(&arena, capacity: 1).iterator }
        guard value.tag == .dict else {
            throw fault(.type, "items needs a dict, not \(typeName(value))")
        }
        let view = DictObject(value).value(.view, aux: DictView.items.rawValue)
        return try list(of: view).iterator
    }
}

extension NumberParsing {
    /// The index that a part of an attribute path is, if it is only digits.
    static func index(_ text: Text) -> Int? {
        guard text.count > 0 && text.count <= 18 else { return nil }
        var value = 0
        for i in 0..<text.count {
            guard text[i] >= 0x30 && text[i] <= 0x39 else { return nil }
            value = value * 10 + Int(text[i] - 0x30)
        }
        return value
    }
}

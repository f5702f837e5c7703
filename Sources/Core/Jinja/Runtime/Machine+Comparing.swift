extension Machine {
    /// One comparison of a template; `comparator` is an `Expression.Comparator`.
    @inline(__always)
    mutating func compare(_ comparator: UInt8, _ a: Value, _ b: Value) throws(Fault) -> Bool {
        if a.tag == .int && b.tag == .int {
            switch comparator {
            case 0: return a.int == b.int
            case 1: return a.int != b.int
            case 2: return a.int < b.int
            case 3: return a.int <= b.int
            case 4: return a.int > b.int
            case 5: return a.int >= b.int
            default: break
            }
        } else if comparator < 2, a.tag == .string, b.tag == .string {
            return (a.text == b.text) == (comparator == 0)
        }
        return try compareSlow(comparator, a, b)
    }

    private mutating func compareSlow(
        _ comparator: UInt8, _ a: Value, _ b: Value
    ) throws(Fault) -> Bool {
        switch comparator {
        case 0: return try equal(a, b, 0)
        case 1: return try !equal(a, b, 0)
        case 2: return try ordered(a, b, "<", 0) < 0
        case 3: return try ordered(a, b, "<=", 0) <= 0
        case 4: return try ordered(a, b, ">", 0) == 1
        case 5:
            let order = try ordered(a, b, ">=", 0)
            return order == 0 || order == 1
        case 6: return try contains(b, a)
        default: return try !contains(b, a)
        }
    }

    // MARK: Equality

    mutating func equal(_ a: Value, _ b: Value, _ depth: Int) throws(Fault) -> Bool {
        if a.tag == .string && b.tag == .string { return a.text == b.text }
        if a.isNumber && b.isNumber { return Value.numbersEqual(a, b) }
        if a.tag == .undefined || b.tag == .undefined {
            for value in [a, b] where value.tag == .undefined {
                if isStrict(value) { throw undefinedFault(value) }
            }
            return a.tag == b.tag
        }
        guard a.tag == b.tag else { return false }
        switch a.tag {
        case .list, .tuple:
            if a.isIdentical(to: b) { return true }
            guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
            let x = ListObject(a)
            let y = ListObject(b)
            guard x.count == y.count else { return false }
            try spend(x.count)
            for i in 0..<x.count where try !equal(x[i], y[i], depth + 1) { return false }
            return true
        case .dict:
            if a.isIdentical(to: b) { return true }
            guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
            let x = DictObject(a)
            let y = DictObject(b)
            guard x.count == y.count else { return false }
            try spend(x.count)
            for i in 0..<x.count {
                let key = x.key(i)
                guard let place = y.index(of: key, hash: try hash(key)),
                    try equal(x.value(i), y.value(place), depth + 1)
                else { return false }
            }
            return true
        case .range:
            let x = unsafe range(a).pointee
            let y = unsafe range(b).pointee
            return x.count == y.count
                && (x.count == 0 || (x.start == y.start && (x.count == 1 || x.step == y.step)))
        case .bytes: return a.text == b.text
        default: return a.isIdentical(to: b)
        }
    }

    // MARK: Order

    private mutating func noOrder(_ op: String, _ a: Value, _ b: Value) -> Fault {
        if a.tag == .undefined { return undefinedFault(a) }
        if b.tag == .undefined { return undefinedFault(b) }
        let types = "'\(typeName(a))' and '\(typeName(b))'"
        return fault(.type, "'\(op)' does not work between values of the types \(types)")
    }

    /// -1, 0 or 1 as the first value is less, equal or greater; 2 where neither holds.
    mutating func ordered(
        _ a: Value, _ b: Value, _ op: String, _ depth: Int
    ) throws(Fault) -> Int {
        if a.tag == .string && b.tag == .string {
            let order = a.text.compare(b.text)
            return order < 0 ? -1 : order > 0 ? 1 : 0
        }
        if a.isNumber && b.isNumber {
            if Value.numbersEqual(a, b) { return 0 }
            if Value.numbersLess(a, b) { return -1 }
            return Value.numbersLess(b, a) ? 1 : 2
        }
        guard a.isSequence && a.tag == b.tag else { throw noOrder(op, a, b) }
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        let x = ListObject(a)
        let y = ListObject(b)
        let shared = min(x.count, y.count)
        try spend(shared)
        for i in 0..<shared where try !equal(x[i], y[i], depth + 1) {
            return try ordered(x[i], y[i], op, depth + 1)
        }
        return x.count == y.count ? 0 : x.count < y.count ? -1 : 1
    }

    // MARK: Containment

    /// What `item in container` gives.
    mutating func contains(_ container: Value, _ item: Value) throws(Fault) -> Bool {
        switch container.tag {
        case .string:
            guard item.tag == .string else {
                if item.tag == .undefined { throw undefinedFault(item) }
                throw fault(.type, "only a string can be in a string, not \(typeName(item))")
            }
            try spend(container.text.count &>> 6)
            return container.text.firstIndex(of: item.text) != nil
        case .dict:
            return DictObject(container).index(of: item, hash: try hash(item)) != nil
        case .view where container.aux == DictView.keys.rawValue:
            return DictObject(container).index(of: item, hash: try hash(item)) != nil
        case .range where item.tag == .int || item.tag == .bool:
            let range = unsafe self.range(container).pointee
            guard range.count > 0 else { return false }
            let (distance, overflow) = item.int.subtractingReportingOverflow(range.start)
            guard !overflow, distance % range.step == 0 else { return false }
            let index = distance / range.step
            return index >= 0 && index < range.count
        case .undefined:
            if isStrict(container) { throw undefinedFault(container) }
            return false
        case .list, .tuple, .iterator, .view, .range:
            let list = try self.list(of: container)
            try spend(list.count)
            for i in 0..<list.count {
                if list[i].isIdentical(to: item) { return true }
                if try equal(list[i], item, 0) { return true }
            }
            return false
        default:
            throw fault(
                .type, "a value of type '\(typeName(container))' cannot contain anything")
        }
    }
}

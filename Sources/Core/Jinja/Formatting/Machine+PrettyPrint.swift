/// `pprint`: what does not fit a line of 80 columns is spread over several, keys in order.
extension Machine {
    mutating func writePretty(_ value: Value, _ indent: Int, _ tail: Int) throws(Fault) {
        let mark = out.count
        try writeSorted(value, 0)
        let width = 80 - indent - tail
        let isContainer = value.tag == .list || value.tag == .tuple || value.tag == .dict
        guard isContainer, out.tail(from: mark).scalarCount > width else { return }
        out.truncate(to: mark)
        guard indent < 40 else { return try writeSorted(value, 0) }
        if value.tag == .dict {
            try writePrettyDict(DictObject(value), indent, tail)
        } else {
            try writePrettyItems(value, indent, tail)
        }
    }

    private mutating func newLine(_ indent: Int) {
        out.append(",\n")
        for _ in 0..<indent { out.append(0x20) }
    }

    private mutating func writePrettyItems(
        _ value: Value, _ indent: Int, _ tail: Int
    ) throws(Fault) {
        let list = ListObject(value)
        out.append(value.tag == .list ? "[" : "(")
        for i in 0..<list.count {
            if i > 0 { newLine(indent + 1) }
            let isLast = i == list.count - 1
            try writePretty(list[i], indent + 1, isLast ? tail + 1 : 1)
        }
        if value.tag == .tuple && list.count == 1 { out.append(",") }
        out.append(value.tag == .list ? "]" : ")")
    }

    private mutating func writePrettyDict(
        _ dict: DictObject, _ indent: Int, _ tail: Int
    ) throws(Fault) {
        let order = try keyOrder(dict)
        out.append("{")
        for i in 0..<order.count {
            if i > 0 { newLine(indent + 1) }
            let entry = order[i].int
            let mark = out.count
            try writeRepresentation(dict.key(entry), 0)
            out.append(": ")
            let width = out.tail(from: mark).scalarCount
            let isLast = i == order.count - 1
            try writePretty(dict.value(entry), indent + 1 + width, isLast ? tail + 1 : 1)
        }
        out.append("}")
    }

    /// The numbers of the entries by key, or as they are where keys cannot be compared.
    private mutating func keyOrder(_ dict: DictObject) throws(Fault) -> ListObject {
        let order = ListObject(&arena, capacity: max(dict.count, 1))
        for i in 0..<dict.count { order.append(Value(i), &arena) }
        do throws(Fault) {
            try sort(order) { machine, a, b throws(Fault) in
                try machine.ordered(dict.key(a.int), dict.key(b.int), "<", 0) < 0
            }
        } catch  where error.code == .type {
            for i in 0..<dict.count { order[i] = Value(i) }
        }
        return order
    }

    /// `repr` with the keys of dicts in order.
    private mutating func writeSorted(_ value: Value, _ depth: Int) throws(Fault) {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        switch value.tag {
        case .dict:
            let dict = DictObject(value)
            let order = try keyOrder(dict)
            out.append("{")
            for i in 0..<order.count {
                if i > 0 { out.append(", ") }
                try writeRepresentation(dict.key(order[i].int), depth + 1)
                out.append(": ")
                try writeSorted(dict.value(order[i].int), depth + 1)
            }
            out.append("}")
        case .list, .tuple:
            let list = ListObject(value)
            out.append(value.tag == .list ? "[" : "(")
            for i in 0..<list.count {
                if i > 0 { out.append(", ") }
                try writeSorted(list[i], depth + 1)
            }
            if value.tag == .tuple && list.count == 1 { out.append(",") }
            out.append(value.tag == .list ? "]" : ")")
        default: try writeRepresentation(value, depth)
        }
        try checkOutputOfBuild()
    }
}

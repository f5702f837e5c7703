extension Machine {
    /// The names of the Python types, as messages use them.
    func typeName(_ value: Value) -> String {
        switch value.tag {
        case .absent, .undefined: "Undefined"
        case .none: "NoneType"
        case .bool: "bool"
        case .int, .bigInt: "int"
        case .float: "float"
        case .string: value.isMarkup ? "Markup" : "str"
        case .tuple: "tuple"
        case .list: "list"
        case .dict: "dict"
        case .range: "range"
        case .iterator: "generator"
        case .view:
            switch DictView(rawValue: value.aux) {
            case .values: "dict_values"
            case .items: "dict_items"
            default: "dict_keys"
            }
        case .namespace: "Namespace"
        case .loop: "LoopContext"
        case .cycler: "Cycler"
        case .joiner: "Joiner"
        case .macro: "Macro"
        case .method: "builtin_function_or_method"
        case .function: value.aux == GlobalFunction.dict.rawValue ? "type" : "function"
        case .module: "TemplateModule"
        case .templateReference: "TemplateReference"
        case .block: "BlockReference"
        case .bytes: "bytes"
        }
    }

    /// What a message calls a value.
    func describe(_ value: Value) -> String {
        value.tag == .none ? "'None'" : "'\(typeName(value)) object'"
    }

    // MARK: Truth

    @inline(__always)
    mutating func isTrue(_ value: Value) throws(Fault) -> Bool {
        switch value.tag {
        case .bool, .int: return value.bits != 0
        case .string: return value.length != 0
        default: return try isTrueSlow(value)
        }
    }

    private mutating func isTrueSlow(_ value: Value) throws(Fault) -> Bool {
        switch value.tag {
        case .undefined:
            if isStrict(value) { throw undefinedFault(value) }
            return false
        case .none, .absent: return false
        case .float: return value.float != 0
        case .bytes: return value.length != 0
        case .list, .tuple: return ListObject(value).count != 0
        case .dict, .view: return DictObject(value).count != 0
        case .range: return unsafe range(value).pointee.count != 0
        default: return true
        }
    }

    // MARK: Arithmetic

    private mutating func unsupported(_ op: String, _ a: Value, _ b: Value) -> Fault {
        if a.tag == .undefined { return undefinedFault(a) }
        if b.tag == .undefined { return undefinedFault(b) }
        let types = "'\(typeName(a))' and '\(typeName(b))'"
        return fault(.type, "'\(op)' does not work with values of the types \(types)")
    }

    mutating func add(_ a: Value, _ b: Value) throws(Fault) -> Value {
        if a.isNumber && b.isNumber { return try arithmeticOnNumbers(.add, a, b) }
        if a.tag == .string && b.tag == .string {
            if a.isMarkup || b.isMarkup {
                return try build(isMarkup: true) { machine in
                    machine.appendEscaped(a)
                    machine.appendEscaped(b)
                }
            }
            return try build { machine in
                machine.out.append(a.text)
                machine.out.append(b.text)
            }
        }
        if (a.tag == .list && b.tag == .list) || (a.tag == .tuple && b.tag == .tuple) {
            let x = ListObject(a)
            let y = ListObject(b)
            try checkList(x.count + y.count)
            let sum = ListObject(&arena, capacity: max(x.count + y.count, 1))
            for i in 0..<x.count { sum.append(x[i], &arena) }
            for i in 0..<y.count { sum.append(y[i], &arena) }
            return sum.value(a.tag)
        }
        throw unsupported("+", a, b)
    }

    /// Appends a string, escaped unless it is markup.
    mutating func appendEscaped(_ value: Value) {
        if value.isMarkup {
            out.append(value.text)
        } else {
            HTMLEscaping.append(value.text, to: &out)
        }
    }

    @inline(__always)
    mutating func arithmetic(
        _ op: Instruction.Operation, _ a: Value, _ b: Value
    ) throws(Fault) -> Value {
        if a.tag == .int && b.tag == .int {
            switch op {
            case .sub:
                let (result, overflow) = a.int.subtractingReportingOverflow(b.int)
                if !overflow { return Value(result) }
            case .mul:
                let (result, overflow) = a.int.multipliedReportingOverflow(by: b.int)
                if !overflow { return Value(result) }
            default: break
            }
        } else if a.tag == .float || b.tag == .float, let x = a.exactDouble, let y = b.exactDouble {
            switch op {
            case .sub: return Value(x - y)
            case .mul: return Value(x * y)
            case .div where y != 0: return Value(x / y)
            default: break
            }
        }
        return try arithmeticSlow(op, a, b)
    }

    private mutating func arithmeticSlow(
        _ op: Instruction.Operation, _ a: Value, _ b: Value
    ) throws(Fault) -> Value {
        if a.isNumber && b.isNumber { return try arithmeticOnNumbers(op, a, b) }
        if op == .mul {
            if a.isSequence || a.isString, b.asInt != nil || b.tag == .bigInt {
                return try repeated(a, b)
            }
            if b.isSequence || b.isString, a.asInt != nil || a.tag == .bigInt {
                return try repeated(b, a)
            }
        }
        if op == .mod && a.isString { return try percentFormat(a, b) }
        throw unsupported(Machine.symbol(op), a, b)
    }

    private static func symbol(_ op: Instruction.Operation) -> String {
        switch op {
        case .sub: "-"
        case .mul: "*"
        case .div: "/"
        case .floorDiv: "//"
        case .mod: "%"
        case .pow: "**"
        default: "+"
        }
    }

    private mutating func repeated(_ value: Value, _ times: Value) throws(Fault) -> Value {
        guard let count = times.asInt else {
            throw fault(.overflow, "a repetition of that many times is too large")
        }
        let times = max(count, 0)
        if value.tag == .string {
            let text = value.text
            let (bytes, overflow) = text.count.multipliedReportingOverflow(by: times)
            guard !overflow else { throw fault(.overflow, "a text of that size is too large") }
            try checkString(bytes)
            let start = unsafe arena.allocate(UInt8.self, count: bytes)
            var i = 0
            while i < bytes {
                unsafe (start + i).update(from: text.base, count: text.count)
                i += text.count
            }
            return unsafe Value(Text(base: start, count: bytes), isMarkup: value.isMarkup)
        }
        let list = ListObject(value)
        let (items, overflow) = list.count.multipliedReportingOverflow(by: times)
        guard !overflow else { throw fault(.overflow, "a list of that size is too large") }
        try checkList(items)
        let result = ListObject(&arena, capacity: max(items, 1))
        for i in 0..<items { result.append(list[i % list.count], &arena) }
        return result.value(value.tag)
    }

    // MARK: Unary

    mutating func negate(_ value: Value) throws(Fault) -> Value {
        switch value.tag {
        case .int, .bool:
            if value.int != Int.min { return Value(-value.int) }
            return (-BigInt(value)).value(&arena)
        case .float: return Value(-value.float)
        case .bigInt: return (-BigInt(value)).value(&arena)
        case .undefined: throw undefinedFault(value)
        default: throw fault(.type, "'-' does not work with a value of type '\(typeName(value))'")
        }
    }

    mutating func plus(_ value: Value) throws(Fault) -> Value {
        switch value.tag {
        case .int, .bool: return Value(value.int)
        case .float, .bigInt: return value
        case .undefined: throw undefinedFault(value)
        default: throw fault(.type, "'+' does not work with a value of type '\(typeName(value))'")
        }
    }

    // MARK: Concatenation

    /// Joins the top `count` values as text; as markup where the output is escaped and one is.
    mutating func concat(_ count: Int, _ mode: UInt8) throws(Fault) {
        unsafe sp -= count
        let values = unsafe sp
        var isMarkup = false
        if isEscaping(mode) {
            for i in 0..<count where unsafe values[i].isMarkup { isMarkup = true }
        }
        let mark = out.count
        for i in 0..<count {
            let value = unsafe values[i]
            if isMarkup {
                try writeEscaped(value)
            } else if value.tag == .string {
                out.append(value.text)
            } else {
                try writeString(value)
            }
        }
        push(try takeOutput(from: mark, isMarkup: isMarkup))
    }

    /// Appends `escape(value)`.
    mutating func writeEscaped(_ value: Value) throws(Fault) {
        if value.tag == .string { return appendEscaped(value) }
        let mark = out.count
        try writeString(value)
        if value.tag == .module { return }
        let tail = out.tail(from: mark)
        guard HTMLEscaping.needsEscape(tail) else { return }
        let copy = arena.copy(tail)
        out.truncate(to: mark)
        HTMLEscaping.append(copy, to: &out)
    }
}

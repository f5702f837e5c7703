extension Machine {
    @inline(__always)
    mutating func checkOutput() throws(Fault) {
        if out.count > outputEnd { throw outputLimit() }
    }

    @inline(never)
    private mutating func outputLimit() -> Fault {
        fault(.limit, "the output is larger than \(outputBytesPerRender) bytes")
    }

    /// Whether a mode escapes now.
    @inline(__always)
    func isEscaping(_ mode: UInt8) -> Bool {
        mode == 1 || (mode == 2 && (unsafe context.pointee.isAutoescaped))
    }

    @unsafe
    @inline(__always)
    mutating func emitLiteral(_ start: UnsafePointer<UInt8>, _ count: Int) {
        if escapesJSON {
            unsafe JSONEscaping.append(Text(base: start, count: count), to: &out)
        } else {
            unsafe out.append(from: start, count: count)
        }
    }

    /// Puts out a text in a mode.
    @inline(__always)
    mutating func emitText(_ text: Text, isEscaped: Bool) {
        if escapesJSON {
            let mark = out.count
            if isEscaped { HTMLEscaping.append(text, to: &out) } else { out.append(text) }
            escapeTail(from: mark)
        } else if isEscaped {
            HTMLEscaping.append(text, to: &out)
        } else {
            out.append(text)
        }
    }

    /// Puts out a value in a mode.
    @inline(__always)
    mutating func emit(_ value: Value, _ mode: UInt8) throws(Fault) {
        switch value.tag {
        case .string: emitText(value.text, isEscaped: isEscaping(mode) && !value.isMarkup)
        case .int: Decimal.append(value.int, to: &out)
        default: try emitOther(value, mode)
        }
        try checkOutput()
    }

    @inline(never)
    private mutating func emitOther(_ value: Value, _ mode: UInt8) throws(Fault) {
        let mark = out.count
        try writeString(value)
        let isPlain = value.tag == .float || value.tag == .bool || value.tag == .none
        if isPlain { return }
        if isEscaping(mode) && !printsMarkup(value) {
            let tail = out.tail(from: mark)
            if HTMLEscaping.needsEscape(tail) {
                let copy = arena.copy(tail)
                out.truncate(to: mark)
                HTMLEscaping.append(copy, to: &out)
            }
        }
        if escapesJSON { escapeTail(from: mark) }
    }

    /// A module prints what its template put out, which was escaped there.
    private func printsMarkup(_ value: Value) -> Bool { value.tag == .module }

    /// Turns what was put out since `mark` into the inside of a JSON string.
    mutating func escapeTail(from mark: Int) {
        let tail = out.tail(from: mark)
        guard JSONEscaping.needsEscape(tail) else { return }
        let copy = arena.copy(tail)
        out.truncate(to: mark)
        JSONEscaping.append(copy, to: &out)
    }

    /// Puts out a slot without making a value of it.
    @inline(__always)
    mutating func emitSlot(_ i: Instruction) throws(Fault) {
        let slot = unsafe slots[Int(slotNumbers[Int(i.b)])]
        switch slot.kind {
        case .string: emitText(slot.text, isEscaped: isEscaping(i.flag))
        case .integer: Decimal.append(Int(slot.integer), to: &out)
        case .missing: try unsafe emitOther(constants[Int(i.c)], i.flag)
        default:
            let value = try slotValue(Int(i.b))
            try emit(value, i.flag)
        }
        try checkOutput()
    }

    // MARK: Fused filters

    /// Puts out `value|tojson`.
    @inline(__always)
    mutating func emitJSON(_ value: Value) throws(Fault) {
        let mark = out.count
        if value.tag == .string {
            HTMLSafeJSON.append(value.text, to: &out)
        } else {
            try writeJSON(value, indent: nil, 0)
        }
        if escapesJSON { escapeTail(from: mark) }
        try checkOutput()
    }

    /// Puts out `'%.2f'|format(value)`, by the long way where the value is no plain number.
    @inline(__always)
    mutating func emitFixed(_ value: Value, _ i: Instruction) throws(Fault) {
        if value.tag == .float && value.float.isFinite {
            FloatFormat.appendFixed(value.float, decimals: Int(i.a), to: &out)
            return try checkOutput()
        }
        let result = try unsafe percentFormat(constants[Int(i.b)], wrapped(value))
        try emit(result, i.flag)
    }

    /// The value as the only one of a tuple, so that a tuple or a dict is one value.
    private mutating func wrapped(_ value: Value) -> Value {
        let list = ListObject(&arena, capacity: 1)
        list.append(value, &arena)
        return list.tuple
    }

    // MARK: Captures

    /// What was put out since a capture began.
    mutating func endCapture(_ i: Instruction) throws(Fault) -> Value {
        let capture = unsafe locals[Int(i.b)]
        escapesJSON = capture.aux == 1
        return try takeOutput(from: capture.int, isMarkup: isEscaping(i.flag))
    }

    /// Takes what was put out since `mark` back as a value.
    mutating func takeOutput(from mark: Int, isMarkup: Bool) throws(Fault) -> Value {
        let tail = out.tail(from: mark)
        try checkString(tail.count)
        let text = arena.copy(tail)
        out.truncate(to: mark)
        return Value(text, isMarkup: isMarkup)
    }

    // MARK: Texts

    /// `str(value)`.
    @inline(__always)
    mutating func text(of value: Value) throws(Fault) -> Text {
        if value.tag == .string { return value.text }
        return try makeText(value)
    }

    private mutating func makeText(_ value: Value) throws(Fault) -> Text {
        let mark = out.count
        try writeString(value)
        return try takeOutput(from: mark, isMarkup: false).text
    }

    /// `repr(value)`.
    mutating func representation(of value: Value) throws(Fault) -> Text {
        let mark = out.count
        try writeRepresentation(value, 0)
        return try takeOutput(from: mark, isMarkup: false).text
    }

    /// Builds a string: `body` appends to `out`, which is then put back.
    @inline(__always)
    mutating func build(
        isMarkup: Bool = false, _ body: (inout Machine) throws(Fault) -> Void
    ) throws(Fault) -> Value {
        let mark = out.count
        try body(&self)
        return try takeOutput(from: mark, isMarkup: isMarkup)
    }

    // MARK: Slots

    /// The value of one of the template's slots; absent where it is missing.
    @inline(__always)
    mutating func slotValue(_ number: Int) throws(Fault) -> Value {
        let slot = unsafe slots[Int(slotNumbers[number])]
        switch slot.kind {
        case .missing: return .absent
        case .null: return .none
        case .false: return .false
        case .true: return .true
        case .integer: return Value(Int(slot.integer))
        case .double: return Value(slot.double)
        case .string: return Value(slot.text)
        case .json: return try cachedValue(slot, number)
        }
    }

    @inline(never)
    private mutating func cachedValue(_ slot: SlotValue, _ number: Int) throws(Fault) -> Value {
        let cached = unsafe slotCache[number]
        if !cached.isAbsent { return cached }
        var value: Value
        if slot.isDocument {
            value = slot.documentValue
            if template.usesMutators { value = try deepCopy(value, 0) }
        } else {
            try spend(slot.text.count &>> 6)
            var reader = JSONReader(slot.text)
            guard let read = reader.read(&arena) else {
                throw fault(.value, "a variable holds text that is not JSON")
            }
            value = read
        }
        unsafe slotCache[number] = value
        return value
    }

    /// The dict of an object of the layout: its missing slots are absent.
    mutating func object(_ number: Int) throws(Fault) -> Value {
        let place = unsafe template.slots.count + number
        let cached = unsafe slotCache[place]
        if !cached.isAbsent { return cached }
        let constant = template.objects[number].constant
        if constant >= 0 {
            let copy = try unsafe deepCopy(constants[Int(constant)], 0)
            unsafe slotCache[place] = copy
            return copy
        }
        let fields = template.objects[number].fields
        let dict = DictObject(&arena, capacity: fields.count)
        for (name, field) in fields {
            let value: Value
            switch field {
            case .slot(let slot): value = try slotValue(Int(slot))
            case .constant(let constant):
                let shared = unsafe constants[Int(constant)]
                value = template.usesMutators ? try deepCopy(shared, 0) : shared
            case .object(let inner): value = try object(Int(inner))
            }
            if !value.isAbsent { dict.set(unsafe constants[Int(name)].text, value, &arena) }
        }
        unsafe slotCache[place] = dict.dict
        return dict.dict
    }

    /// A copy that the template may change.
    mutating func deepCopy(_ value: Value, _ depth: Int) throws(Fault) -> Value {
        guard depth < JinjaLimits.valueDepth else { throw tooDeep() }
        switch value.tag {
        case .list:
            let list = ListObject(value)
            try spend(list.count)
            let copy = ListObject(&arena, capacity: list.count)
            var i = 0
            while i < list.count {
                copy.append(try deepCopy(list[i], depth + 1), &arena)
                i += 1
            }
            return copy.list
        case .dict:
            let dict = DictObject(value)
            try spend(dict.count)
            let copy = DictObject(&arena, capacity: dict.count)
            var i = 0
            while i < dict.count {
                let key = dict.key(i)
                copy.set(
                    key, hash: try hash(key), try deepCopy(dict.value(i), depth + 1), &arena)
                i += 1
            }
            return copy.dict
        default: return value
        }
    }
}

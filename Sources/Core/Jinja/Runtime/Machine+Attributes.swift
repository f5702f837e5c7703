extension Machine {
    // MARK: Undefined

    func undefinedObject(_ value: Value) -> UnsafeMutablePointer<UndefinedObject> {
        unsafe value.address.assumingMemoryBound(to: UndefinedObject.self)
    }

    func reason(of value: Value) -> UndefinedObject.Reason {
        unsafe undefinedObject(value).pointee.reason
    }

    /// Whether any use of an undefined value is to fail.
    func isStrict(_ value: Value) -> Bool {
        undefinedBehaviour == .strict && reason(of: value) != .condition
    }

    /// The fault of using an undefined value.
    mutating func undefinedFault(_ value: Value) -> Fault {
        let object = unsafe undefinedObject(value).pointee
        switch object.reason {
        case .variable:
            let name = object.name.text.string
            let hint = Suggestion.hint(for: name, among: knownNames)
            return fault(.undefined, "'\(name)' is undefined\(hint)")
        case .message, .condition: return fault(.undefined, object.name.text.string)
        case .unsafe:
            return fault(
                .security,
                "access to '\(object.name.text.string)' of \(describe(object.object)) is unsafe")
        case .attribute:
            let owner = describe(object.object)
            guard object.name.tag == .string else {
                let key = (try? representation(of: object.name).string) ?? "?"
                return fault(.undefined, "\(owner) has no element \(key)")
            }
            return fault(.undefined, "\(owner) has no attribute '\(object.name.text.string)'")
        }
    }

    private var knownNames: [String] {
        template.rootNames + GlobalFunction.names.keys
    }

    /// An attribute or item that is not there.
    @inline(never)
    mutating func missing(_ name: Value, of object: Value) -> Value {
        arena.undefined(UndefinedObject(reason: .attribute, name: name, object: object))
    }

    private mutating func unsafeAttribute(_ name: Text, of object: Value) -> Value {
        arena.undefined(
            UndefinedObject(reason: .unsafe, name: Value(arena.copy(name)), object: object))
    }

    // MARK: Attributes

    /// `object.name`: a key of a dict first, then an attribute, then an item.
    @inline(__always)
    mutating func attribute(of object: Value, _ name: Value) throws(Fault) -> Value {
        if object.tag == .dict, let value = DictObject(object)[name.text] { return value }
        return try attributeSlow(of: object, name)
    }

    private mutating func attributeSlow(of object: Value, _ name: Value) throws(Fault) -> Value {
        let text = name.text
        if object.tag == .undefined { return try attributeOfUndefined(object, text) }
        if let value = try nativeAttribute(of: object, text) { return value }
        return missing(name, of: object)
    }

    private mutating func attributeOfUndefined(
        _ object: Value, _ name: Text
    ) throws(Fault) -> Value {
        if undefinedBehaviour == .chainable { return object }
        // Python would find it on the class of the undefined value.
        if Machine.isInherited(name) { return unsafeAttribute(name, of: object) }
        throw undefinedFault(object)
    }

    /// What Python finds on the object itself; nil where there is nothing of that name.
    mutating func nativeAttribute(of object: Value, _ name: Text) throws(Fault) -> Value? {
        if !name.isEmpty, name[0] == UInt8(ascii: "_") {
            if object.tag == .namespace, let value = DictObject(object)[name] { return value }
            return Machine.isInherited(name) || hasPrivate(object, name)
                ? unsafeAttribute(name, of: object) : nil
        }
        switch object.tag {
        case .loop: return loopAttribute(object, name)
        case .namespace: return DictObject(object)[name]
        case .module: return moduleAttribute(object, name)
        case .templateReference: return blockReference(object, name)
        case .macro: return macroAttribute(object, name)
        case .block where name == "super": return nextBlock(object)
        case .cycler: return cyclerAttribute(object, name)
        case .joiner where name == "sep":
            return unsafe object.address.assumingMemoryBound(to: JoinerObject.self).pointee
                .separator
        case .range:
            let range = unsafe self.range(object).pointee
            if name == "start" { return Value(range.start) }
            if name == "stop" { return Value(range.stop) }
            if name == "step" { return Value(range.step) }
        case .int, .bool, .bigInt:
            if name == "real" || name == "numerator" {
                return object.tag == .bool ? Value(object.int) : object
            }
            if name == "imag" { return Value(0) }
            if name == "denominator" { return Value(1) }
        case .float:
            if name == "real" { return object }
            if name == "imag" { return Value(0.0) }
        case .tuple where object.aux == 1:
            if name == "grouper" { return ListObject(object)[0] }
            if name == "list" { return ListObject(object)[1] }
        case .function where object.aux == GlobalFunction.dict.rawValue:
            if name == "mro" { return unsafeAttribute(name, of: object) }
        default: break
        }
        guard hasMethod(object, name) else { return nil }
        if isImmutable && MethodNames.mutators.contains(name.string)
            && (object.tag == .list || object.tag == .dict)
        {
            return unsafeAttribute(name, of: object)
        }
        let method = MethodObject(receiver: object, name: Value(arena.copy(name)))
        return unsafe Value(.method, at: arena.box(method))
    }

    func hasMethod(_ object: Value, _ name: Text) -> Bool {
        switch object.tag {
        case .string: return MethodNames.string.contains(name.string)
        case .list: return MethodNames.list.contains(name.string)
        case .dict: return MethodNames.dict.contains(name.string)
        case .tuple, .range: return MethodNames.tuple.contains(name.string)
        case .int, .bool, .bigInt: return MethodNames.integer.contains(name.string)
        case .float: return MethodNames.float.contains(name.string)
        case .cycler: return name == "next" || name == "reset"
        case .bytes: return name == "decode"
        case .function where object.aux == GlobalFunction.dict.rawValue:
            return name == "fromkeys"
        default: return false
        }
    }

    private mutating func macroAttribute(_ value: Value, _ name: Text) -> Value? {
        let macro = unsafe value.address.assumingMemoryBound(to: MacroObject.self).pointee
        let body = unsafe bodies[Int(macro.body)]
        switch name {
        case "name": return unsafe constants[Int(body.name)]
        case "catch_kwargs": return Value(body.extraNamedLocal >= 0)
        case "catch_varargs": return Value(body.extraLocal >= 0)
        case "caller": return Value(body.acceptsCaller)
        case "arguments":
            let names = ListObject(&arena, capacity: max(Int(body.parameterCount), 1))
            for i in 0..<Int(body.parameterCount) {
                unsafe names.append(
                    parameterNames[Int(body.parameterNames) + i], &arena)
            }
            return names.tuple
        default: return nil
        }
    }

    private mutating func blockReference(_ value: Value, _ name: Text) -> Value? {
        let context = unsafe value.address.assumingMemoryBound(to: ContextObject.self)
        guard let number = template.nameTexts.firstIndex(where: { $0 == name }),
            unsafe block(Int32(number), 0, context) != nil
        else { return nil }
        let object = unsafe BlockObject(name: Int32(number), level: 0, context: context)
        return unsafe Value(.block, at: arena.box(object))
    }

    private mutating func nextBlock(_ value: Value) -> Value {
        let object = unsafe value.address.assumingMemoryBound(to: BlockObject.self).pointee
        guard unsafe block(object.name, object.level + 1, object.context) != nil else {
            return message("there is no block above this one")
        }
        let next = unsafe BlockObject(
            name: object.name, level: object.level + 1, context: object.context)
        return unsafe Value(.block, at: arena.box(next))
    }

    /// Names with two underscores that every Python object has: the sandbox refuses them.
    private static let inherited: Set<String> = [
        "__class__", "__delattr__", "__dir__", "__doc__", "__eq__", "__format__", "__ge__",
        "__getattribute__", "__gt__", "__hash__", "__init__", "__init_subclass__", "__le__",
        "__lt__", "__ne__", "__new__", "__reduce__", "__reduce_ex__", "__repr__", "__setattr__",
        "__sizeof__", "__str__", "__subclasshook__",
    ]

    static func isInherited(_ name: Text) -> Bool {
        name.count > 4 && name.hasPrefix(Text("__")) && inherited.contains(name.string)
    }

    /// Names with underscores that only some objects have.
    private func hasPrivate(_ object: Value, _ name: Text) -> Bool {
        let names: Set<String>
        switch object.tag {
        case .templateReference: names = ["_TemplateReference__context", "__dict__", "__module__"]
        case .loop: names = ["_iterable", "_recurse", "_undefined", "__call__", "__len__"]
        case .macro: names = ["_func", "_environment", "__call__", "__dict__", "__module__"]
        case .block: names = ["_context", "_stack", "_depth", "__call__", "__dict__"]
        case .method:
            names = ["__self__", "__name__", "__qualname__", "__call__", "__module__"]
        case .function:
            names = [
                "__call__", "__globals__", "__code__", "__closure__", "__name__", "__dict__",
                "__qualname__", "__module__", "__defaults__", "__mro__", "__bases__", "__base__",
                "__subclasses__", "__self__", "__func__",
            ]
        case .string, .list, .tuple, .dict, .range, .bytes:
            names = ["__len__", "__getitem__", "__iter__", "__contains__", "__add__", "__mul__"]
        case .int, .bool, .float, .bigInt:
            names = ["__add__", "__mul__", "__int__", "__float__", "__bool__", "__abs__"]
        default: names = []
        }
        return names.contains(name.string)
    }

    // MARK: Items

    /// `object[key]`: an item first, then an attribute.
    mutating func item(of object: Value, _ key: Value) throws(Fault) -> Value {
        switch object.tag {
        case .dict:
            let dict = DictObject(object)
            if key.tag == .string {
                if let value = dict[key.text] { return value }
            } else if isHashable(key), let index = dict.index(of: key, hash: try hash(key)) {
                return dict.value(index)
            }
        case .list, .tuple:
            if let index = key.asInt {
                let list = ListObject(object)
                let place = index < 0 ? index &+ list.count : index
                if place >= 0 && place < list.count { return list[place] }
            }
        case .string:
            if let index = key.asInt, let range = scalarRange(object.text, index) {
                return Value(
                    object.text.slice(range.0, range.1), isMarkup: object.isMarkup)
            }
        case .range:
            if let index = key.asInt {
                let range = unsafe self.range(object).pointee
                let place = index < 0 ? index &+ range.count : index
                if place >= 0 && place < range.count { return Value(range[place]) }
            }
        case .templateReference:
            if key.tag == .string, let block = blockReference(object, key.text) { return block }
            return missing(key, of: object)
        case .undefined:
            if undefinedBehaviour == .chainable { return object }
            throw undefinedFault(object)
        default: break
        }
        if key.tag == .string, let value = try nativeAttribute(of: object, key.text) {
            return value
        }
        return missing(key, of: object)
    }

    /// The byte offsets of the code point with an index, from the end where it is negative.
    private func scalarRange(_ text: Text, _ index: Int) -> (Int, Int)? {
        if text.isASCII {
            let place = index < 0 ? index &+ text.count : index
            return place >= 0 && place < text.count ? (place, place + 1) : nil
        }
        let count = text.scalarCount
        let place = index < 0 ? index &+ count : index
        guard place >= 0 && place < count else { return nil }
        let start = text.offset(ofScalar: place)
        return (start, text.scalar(at: start).next)
    }

    /// What `object[start:stop:step]` gives.
    mutating func slice(
        _ object: Value, _ start: Value, _ stop: Value, _ step: Value, isConstant: Bool
    ) throws(Fault) -> Value {
        let count: Int
        switch object.tag {
        case .list, .tuple: count = ListObject(object).count
        case .string: count = object.text.scalarCount
        case .range: count = unsafe range(object).pointee.count
        case .undefined:
            if undefinedBehaviour == .chainable { return object }
            throw undefinedFault(object)
        default:
            // Jinja2 folds constants, and what cannot be folded becomes undefined.
            if isConstant { return missing(Value(Text("slice")), of: object) }
            throw fault(.type, "a value of type '\(typeName(object))' cannot be sliced")
        }
        for part in [start, stop, step] where !part.isNone && part.asInt == nil {
            if part.isUndefined { throw undefinedFault(part) }
            throw fault(.type, "the parts of a slice must be integers, not \(typeName(part))")
        }
        let by = step.asInt ?? 1
        guard by != 0 else { throw fault(.value, "the step of a slice cannot be 0") }
        let indices = SliceIndices(start: start.asInt, stop: stop.asInt, step: by, count: count)
        return try sliced(object, indices)
    }

    private mutating func sliced(
        _ object: Value, _ indices: SliceIndices
    ) throws(Fault) -> Value {
        switch object.tag {
        case .string:
            let text = object.text
            try spend(text.count &>> 6)
            if indices.step == 1 {
                let from = text.offset(ofScalar: indices.start)
                let to = text.offset(ofScalar: indices.start + indices.count)
                return Value(text.slice(from, to), isMarkup: object.isMarkup)
            }
            let scalars = try list(of: object)
            return try build(isMarkup: object.isMarkup) { machine throws(Fault) in
                for i in 0..<indices.count {
                    machine.out.append(scalars[indices.start + i * indices.step].text)
                }
            }
        case .range:
            let range = unsafe self.range(object).pointee
            let slice = RangeObject(
                start: range[indices.start],
                stop: range[indices.start] &+ indices.count &* indices.step &* range.step,
                step: range.step &* indices.step)
            return unsafe Value(.range, at: arena.box(slice))
        default:
            let list = ListObject(object)
            try checkList(indices.count)
            let result = ListObject(&arena, capacity: max(indices.count, 1))
            for i in 0..<indices.count {
                result.append(list[indices.start + i * indices.step], &arena)
            }
            return object.tag == .list ? result.list : result.tuple
        }
    }

    // MARK: Namespaces

    mutating func storeAttribute(
        _ object: Value, _ name: Value, _ value: Value
    ) throws(Fault) {
        guard object.tag == .namespace else {
            if object.tag == .undefined { throw undefinedFault(object) }
            throw fault(
                .runtime,
                "an attribute can be assigned to a namespace() only, not to \(describe(object))")
        }
        DictObject(object).set(name.text, value, &arena)
    }
}

/// Where a slice begins, how many items it has and how far they are apart, as Python counts.
struct SliceIndices {
    let start: Int
    let count: Int
    let step: Int

    init(start: Int?, stop: Int?, step: Int, count: Int) {
        let low = step < 0 ? -1 : 0
        let high = step < 0 ? count - 1 : count
        let clamp = { (index: Int) -> Int in
            index < 0 ? max(index &+ count, low) : min(index, high)
        }
        // An index that wraps around would be far below zero anyway.
        let from = start.map { clamp($0) } ?? (step < 0 ? high : low)
        let to = stop.map { clamp($0) } ?? (step < 0 ? low : high)
        let distance = step < 0 ? from - to : to - from
        self.start = from
        self.step = step
        let width = step.magnitude
        self.count = distance <= 0 ? 0 : Int((UInt(distance) - 1) / width) + 1
    }
}

/// The constants of a template while it is compiled, in memory that the template will own.
final class ConstantPool {
    private(set) var values: [Value] = []
    private var strings: [String: Int32] = [:]
    private var undefinedVariables: [String: Int32] = [:]
    private var undefinedAttributes: [String: Int32] = [:]
    var memory: ConstantMemory

    init() {
        memory = ConstantMemory()
    }

    func add(_ value: Value) -> Int32 {
        values.append(value)
        return Int32(values.count - 1)
    }

    func text(_ bytes: [UInt8]) -> Text {
        unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return Text("") }
            return unsafe memory.arena.copy(Text(base: base, count: buffer.count))
        }
    }

    func text(_ string: String) -> Text { text(Array(string.utf8)) }

    func string(_ string: String) -> Int32 {
        if let index = strings[string] { return index }
        let index = add(Value(text(string)))
        strings[string] = index
        return index
    }

    /// The name of a method, with its number where values have it by themselves.
    func method(_ name: String) -> Int32 {
        guard let method = BuiltinMethod.names[name] else { return string(name) }
        let text = self.text(name)
        return add(
            Value(
                tag: .string, aux: method.rawValue, length: UInt32(text.count),
                bits: Value(text).bits))
    }

    func string(_ bytes: [UInt8]) -> Int32 { add(Value(text(bytes))) }

    /// An undefined variable of that name, or an undefined attribute of a dict.
    func undefined(_ name: String, isAttribute: Bool) -> Int32 {
        let known = isAttribute ? undefinedAttributes[name] : undefinedVariables[name]
        if let known { return known }
        let object = isAttribute ? DictObject(&memory.arena, capacity: 1).dict : .absent
        let undefined = memory.arena.undefined(
            UndefinedObject(
                reason: isAttribute ? .attribute : .variable, name: Value(text(name)),
                object: object))
        let index = add(undefined)
        if isAttribute {
            undefinedAttributes[name] = index
        } else {
            undefinedVariables[name] = index
        }
        return index
    }
}

/// Memory that lives as long as a template.
final class ConstantMemory {
    var arena = Arena(chunkSize: 4096, limit: .max)
}

extension Arena {
    mutating func undefined(_ object: UndefinedObject) -> Value {
        let address = unsafe allocate(UndefinedObject.self, count: 1)
        unsafe address.initialize(to: object)
        return unsafe Value(.undefined, at: address)
    }

    /// Puts a plain struct into the arena.
    mutating func box<T>(_ object: T) -> UnsafeMutablePointer<T> {
        let address = unsafe allocate(T.self, count: 1)
        unsafe address.initialize(to: object)
        return unsafe address
    }
}

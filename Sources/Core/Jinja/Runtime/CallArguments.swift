/// The arguments of one call: positional values, then those of the keywords.
// SAFETY: values on the machine's stack, below its top until the call has returned, and names in
// the template that is rendered.
@safe
struct CallArguments {
    private let base: UnsafeMutablePointer<Value>
    let positional: Int
    private let names: UnsafeMutablePointer<Value>?
    let keywordCount: Int

    @inline(__always)
    init(
        base: UnsafeMutablePointer<Value>, positional: Int,
        names: UnsafeMutablePointer<Value>? = nil, keywordCount: Int = 0
    ) {
        unsafe self.base = unsafe base
        self.positional = positional
        unsafe self.names = unsafe names
        self.keywordCount = keywordCount
    }

    /// The positional argument, absent where fewer are given.
    @inline(__always)
    subscript(index: Int) -> Value {
        index < positional ? unsafe base[index] : .absent
    }

    var isEmpty: Bool { positional == 0 && keywordCount == 0 }

    func keywordName(_ index: Int) -> Value {
        guard let names = unsafe names else { return .absent }
        return unsafe names[index]
    }

    func keywordValue(_ index: Int) -> Value { unsafe base[positional + index] }

    /// The value of a keyword, absent where it is not given.
    func keyword(_ name: StaticString) -> Value {
        var i = 0
        while i < keywordCount {
            if keywordName(i).text == name { return keywordValue(i) }
            i += 1
        }
        return .absent
    }

    /// All but the first `count` positional arguments.
    func dropFirst(_ count: Int) -> CallArguments {
        let dropped = min(count, positional)
        return unsafe CallArguments(
            base: base + dropped, positional: positional - dropped, names: names,
            keywordCount: keywordCount)
    }

    /// The positional arguments as a tuple.
    func tuple(_ arena: inout Arena) -> Value {
        let list = ListObject(&arena, capacity: max(positional, 1))
        var i = 0
        while i < positional {
            list.append(self[i], &arena)
            i += 1
        }
        return list.tuple
    }
}

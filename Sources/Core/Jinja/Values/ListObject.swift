/// The items of a list, a tuple or an iterator.
// SAFETY: a name for storage in an arena, made of a value whose tag says that it is a list; it
// lasts as long as the value.
@safe
struct ListObject {
    // SAFETY: in the arena, as its items: they end together.
    @safe
    struct Storage {
        var items: UnsafeMutablePointer<Value>
        var count: Int
        var capacity: Int
        /// How many items an iterator has handed out.
        var position: Int
        /// Whether it is a constant that renders share, and must not be changed.
        var isFrozen: Bool
    }

    private let storage: UnsafeMutablePointer<Storage>

    /// An empty list with room for `capacity` items.
    @inline(__always)
    init(_ arena: inout Arena, capacity: Int) {
        unsafe storage = arena.allocate(Storage.self, count: 1)
        let items = unsafe arena.allocate(Value.self, count: capacity)
        unsafe storage.initialize(
            to: Storage(
                items: items, count: 0, capacity: capacity, position: 0, isFrozen: false))
    }

    /// The object of a list, tuple or iterator value.
    @inline(__always)
    init(_ value: Value) {
        assert(value.tag == .list || value.tag == .tuple || value.tag == .iterator)
        unsafe storage = value.address.assumingMemoryBound(to: Storage.self)
    }

    @inline(__always)
    func value(_ tag: Value.Tag, aux: UInt16 = 0) -> Value {
        unsafe Value(tag, at: UnsafeRawPointer(storage), aux: aux)
    }

    @inline(__always)
    var list: Value { value(.list) }
    @inline(__always)
    var tuple: Value { value(.tuple) }
    @inline(__always)
    var iterator: Value { value(.iterator) }

    @inline(__always)
    var count: Int {
        get { unsafe storage.pointee.count }
        nonmutating set { unsafe storage.pointee.count = newValue }
    }

    var position: Int {
        get { unsafe storage.pointee.position }
        nonmutating set { unsafe storage.pointee.position = newValue }
    }

    var isFrozen: Bool {
        get { unsafe storage.pointee.isFrozen }
        nonmutating set { unsafe storage.pointee.isFrozen = newValue }
    }

    @inline(__always)
    subscript(index: Int) -> Value {
        get {
            assert(index >= 0 && index < count, "an index must lie inside the list")
            return unsafe storage.pointee.items[index]
        }
        nonmutating set {
            assert(index >= 0 && index < count, "an index must lie inside the list")
            unsafe storage.pointee.items[index] = newValue
        }
    }

    /// Appends one item, moving the items to a larger block of the arena where they do not fit.
    @inline(__always)
    func append(_ value: Value, _ arena: inout Arena) {
        let n = count
        if unsafe n == storage.pointee.capacity { grow(&arena) }
        unsafe (storage.pointee.items + n).initialize(to: value)
        unsafe storage.pointee.count = n &+ 1
    }

    @inline(never)
    private func grow(_ arena: inout Arena) {
        let capacity = max(4, unsafe storage.pointee.capacity * 2)
        let items = unsafe arena.allocate(Value.self, count: capacity)
        unsafe items.update(from: storage.pointee.items, count: count)
        unsafe storage.pointee.items = unsafe items
        unsafe storage.pointee.capacity = capacity
    }

    func insert(_ value: Value, at index: Int, _ arena: inout Arena) {
        append(value, &arena)
        var i = count - 1
        while i > index {
            self[i] = self[i - 1]
            i -= 1
        }
        self[index] = value
    }

    func remove(at index: Int) -> Value {
        let removed = self[index]
        var i = index
        while i + 1 < count {
            self[i] = self[i + 1]
            i += 1
        }
        count -= 1
        return removed
    }

    func reverse() {
        var i = 0
        var j = count - 1
        while i < j {
            let swapped = self[i]
            self[i] = self[j]
            self[j] = swapped
            i += 1
            j -= 1
        }
    }

    /// The items as memory, valid until the list grows.
    @unsafe
    var items: UnsafeMutablePointer<Value> {
        unsafe storage.pointee.items
    }
}

/// A dict in insertion order, or the attributes of a namespace.
///
/// Up to eight entries are searched one by one, comparing hashes first; beyond that an open
/// addressed table of entry numbers is kept beside them. Removing moves the entries behind, so
/// that the order needs no links.
// SAFETY: a name for storage in an arena, made of a value whose tag says that it is a dict; it
// lasts as long as the value.
@safe
struct DictObject {
    struct Entry {
        var key: Value
        var value: Value
        var hash: UInt32
    }

    // SAFETY: in the arena, as its entries and table: they end together.
    @safe
    struct Storage {
        var entries: UnsafeMutablePointer<Entry>
        var count: Int
        var capacity: Int
        /// Entry numbers plus one by hash, 0 for a free place; `tableMask` is its size less one.
        var table: UnsafeMutablePointer<UInt32>?
        var tableMask: Int
        /// Grows with each change of the keys, so that a walk can notice it.
        var version: Int
        var isFrozen: Bool
    }

    private let storage: UnsafeMutablePointer<Storage>
    private static var linearLimit: Int { 8 }

    @inline(__always)
    init(_ arena: inout Arena, capacity: Int = 4) {
        unsafe storage = arena.allocate(Storage.self, count: 1)
        let entries = unsafe arena.allocate(Entry.self, count: max(capacity, 1))
        unsafe storage.initialize(
            to: Storage(
                entries: entries, count: 0, capacity: max(capacity, 1), table: nil, tableMask: 0,
                version: 0, isFrozen: false))
    }

    @inline(__always)
    init(_ value: Value) {
        assert(value.tag == .dict || value.tag == .namespace || value.tag == .view)
        unsafe storage = value.address.assumingMemoryBound(to: Storage.self)
    }

    @inline(__always)
    func value(_ tag: Value.Tag, aux: UInt16 = 0) -> Value {
        unsafe Value(tag, at: UnsafeRawPointer(storage), aux: aux)
    }

    @inline(__always)
    var dict: Value { value(.dict) }

    @inline(__always)
    var count: Int { unsafe storage.pointee.count }
    var version: Int { unsafe storage.pointee.version }

    var isFrozen: Bool {
        get { unsafe storage.pointee.isFrozen }
        nonmutating set { unsafe storage.pointee.isFrozen = newValue }
    }

    @inline(__always)
    func key(_ index: Int) -> Value { unsafe storage.pointee.entries[index].key }
    @inline(__always)
    func value(_ index: Int) -> Value { unsafe storage.pointee.entries[index].value }
    func setValue(_ index: Int, _ value: Value) {
        unsafe storage.pointee.entries[index].value = value
    }

    // MARK: Searching

    /// The entry of a string key.
    @inline(__always)
    func index(of key: Text) -> Int? {
        if unsafe storage.pointee.table != nil { return indexHashed(key, key.hash) }
        let n = count
        var i = 0
        let entries = unsafe storage.pointee.entries
        while i < n {
            let other = unsafe entries[i].key
            if Int(other.length) == key.count && other.tag == .string && other.text == key {
                return i
            }
            i &+= 1
        }
        return nil
    }

    @inline(__always)
    subscript(key: Text) -> Value? {
        guard let i = index(of: key) else { return nil }
        return value(i)
    }

    private func indexHashed(_ key: Text, _ hash: UInt32) -> Int? {
        guard let table = unsafe storage.pointee.table else { return nil }
        let mask = unsafe storage.pointee.tableMask
        var place = Int(hash) & mask
        while true {
            let number = unsafe Int(table[place])
            if number == 0 { return nil }
            let entry = unsafe storage.pointee.entries[number &- 1]
            if entry.hash == hash && entry.key.tag == .string && entry.key.text == key {
                return number &- 1
            }
            place = (place &+ 1) & mask
        }
    }

    /// The entry of any key; `hash` is `Value.keyHash`, so 1, 1.0 and true are one key.
    func index(of key: Value, hash: UInt32) -> Int? {
        if let table = unsafe storage.pointee.table {
            let mask = unsafe storage.pointee.tableMask
            var place = Int(hash) & mask
            while true {
                let number = unsafe Int(table[place])
                if number == 0 { return nil }
                let entry = unsafe storage.pointee.entries[number &- 1]
                if entry.hash == hash && entry.key.isSameKey(as: key) { return number &- 1 }
                place = (place &+ 1) & mask
            }
        }
        var i = 0
        while i < count {
            let entry = unsafe storage.pointee.entries[i]
            if entry.hash == hash && entry.key.isSameKey(as: key) { return i }
            i += 1
        }
        return nil
    }

    // MARK: Changing

    /// Sets a string key.
    @inline(__always)
    func set(_ key: Text, _ value: Value, _ arena: inout Arena) {
        set(Value(key), hash: key.hash, value, &arena)
    }

    func set(_ key: Value, hash: UInt32, _ value: Value, _ arena: inout Arena) {
        if let i = index(of: key, hash: hash) {
            unsafe storage.pointee.entries[i].value = value
            return
        }
        appendNew(key, hash: hash, value, &arena)
    }

    /// Adds a key that is known not to be there.
    @inline(__always)
    func appendNew(_ key: Value, hash: UInt32, _ value: Value, _ arena: inout Arena) {
        let n = count
        if unsafe n == storage.pointee.capacity { grow(&arena) }
        unsafe (storage.pointee.entries + n).initialize(
            to: Entry(key: key, value: value, hash: hash))
        unsafe storage.pointee.count = n + 1
        unsafe storage.pointee.version &+= 1
        if n >= DictObject.linearLimit { insertInTable(n, &arena) }
    }

    @inline(never)
    private func grow(_ arena: inout Arena) {
        let capacity = unsafe storage.pointee.capacity * 2
        let entries = unsafe arena.allocate(Entry.self, count: capacity)
        unsafe entries.update(from: storage.pointee.entries, count: count)
        unsafe storage.pointee.entries = unsafe entries
        unsafe storage.pointee.capacity = capacity
    }

    private func insertInTable(_ index: Int, _ arena: inout Arena) {
        if unsafe storage.pointee.table == nil || (index + 1) * 2 > storage.pointee.tableMask {
            let size = unsafe max(32, (storage.pointee.tableMask + 1) * 2)
            let table = unsafe arena.allocate(UInt32.self, count: size)
            unsafe storage.pointee.table = unsafe table
            unsafe storage.pointee.tableMask = size - 1
            rebuildTable()
        } else {
            place(index)
        }
    }

    private func place(_ index: Int) {
        guard let table = unsafe storage.pointee.table else { return }
        let mask = unsafe storage.pointee.tableMask
        var place = unsafe Int(storage.pointee.entries[index].hash) & mask
        while unsafe table[place] != 0 { place = (place &+ 1) & mask }
        unsafe table[place] = UInt32(index + 1)
    }

    private func rebuildTable() {
        guard let table = unsafe storage.pointee.table else { return }
        unsafe table.update(repeating: 0, count: storage.pointee.tableMask + 1)
        var i = 0
        while i < count {
            place(i)
            i += 1
        }
    }

    func remove(at index: Int) -> Value {
        let removed = value(index)
        var i = index
        while i + 1 < count {
            unsafe storage.pointee.entries[i] = storage.pointee.entries[i + 1]
            i += 1
        }
        unsafe storage.pointee.count -= 1
        unsafe storage.pointee.version &+= 1
        rebuildTable()
        return removed
    }

    func removeAll() {
        unsafe storage.pointee.count = 0
        unsafe storage.pointee.version &+= 1
        rebuildTable()
    }
}

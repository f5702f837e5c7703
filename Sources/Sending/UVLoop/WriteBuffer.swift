/// Bytes that wait for a socket, in memory of its own whose address stays the same until it is
/// added to.
///
/// Freed explicitly by its connection, which knows when libuv is done with it.
// SAFETY: it owns its memory until `free`, and `reserve` comes before every write. A copy of it
// would free twice: only its connection has one.
@safe
struct WriteBuffer {
    private(set) var memory: UnsafeMutableRawBufferPointer = unsafe .init(start: nil, count: 0)
    private(set) var count = 0

    var isEmpty: Bool { count == 0 }

    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        let needed = count + bytes.count
        if unsafe needed > memory.count { reserve(needed) }
        unsafe UnsafeMutableRawBufferPointer(rebasing: memory[count..<needed])
            .copyMemory(from: bytes)
        count = needed
    }

    /// Empties the buffer; memory beyond `LoopLimits.writeBufferKeptBytes` is given back.
    mutating func removeAll() {
        count = 0
        if unsafe memory.count > LoopLimits.writeBufferKeptBytes { free() }
    }

    mutating func free() {
        unsafe memory.deallocate()
        unsafe memory = .init(start: nil, count: 0)
        count = 0
    }

    private mutating func reserve(_ needed: Int) {
        let capacity = unsafe max(needed, memory.count * 2, 4096)
        let larger = UnsafeMutableRawBufferPointer.allocate(byteCount: capacity, alignment: 16)
        if count > 0 {
            unsafe larger.copyMemory(from: UnsafeRawBufferPointer(rebasing: memory[..<count]))
        }
        unsafe memory.deallocate()
        unsafe memory = larger
    }
}

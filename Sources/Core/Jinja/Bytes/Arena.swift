/// The memory of one render: a bump allocator whose objects all die together.
///
/// Values of a running template are plain words that point in here, so that creating, copying and
/// dropping them costs no reference counting and no `malloc`. Invariants:
///
/// 1. An address handed out stays valid until `reset`, which only the machine calls, between
///    renders.
/// 2. Chunks are kept for the next render up to `JinjaLimits.arenaBytesRetained`, so a machine
///    that has rendered its largest message once does not allocate again.
/// 3. `allocate` cannot fail. What could be large asks `Machine.reserve` first, and loops and
///    calls look at `isOverLimit`; so the arena may overshoot its limit by one small object per
///    instruction, never without bound.
// SAFETY: it owns its chunks for its whole life; by invariant 1 nobody holds an address beyond a
// reset.
@safe
struct Arena: ~Copyable {
    private var cursor: UnsafeMutableRawPointer
    private var end: UnsafeMutableRawPointer
    private var chunks: [(start: UnsafeMutableRawPointer, size: Int)]
    private var current: Int
    /// The bytes of the chunks before the current one.
    private var usedBefore: Int
    /// The bytes after which a render is to be stopped.
    var limit: Int

    init(chunkSize: Int, limit: Int) {
        let start = UnsafeMutableRawPointer.allocate(byteCount: chunkSize, alignment: 16)
        unsafe chunks = [(start, chunkSize)]
        unsafe cursor = start
        unsafe end = start + chunkSize
        current = 0
        usedBefore = 0
        self.limit = limit
    }

    deinit {
        for i in unsafe chunks.indices { unsafe chunks[i].start.deallocate() }
    }

    /// The bytes in use, including what rounding wasted.
    var used: Int { unsafe usedBefore + (cursor - chunks[current].start) }

    var isOverLimit: Bool { usedBefore > limit }

    /// Memory for `byteCount` bytes, aligned to 16, not initialised.
    @inline(__always)
    mutating func allocate(_ byteCount: Int) -> UnsafeMutableRawPointer {
        let rounded = (byteCount &+ 15) & ~15
        let result = unsafe cursor
        if unsafe end - result < rounded { return unsafe allocateSlow(rounded) }
        unsafe cursor = result + rounded
        return unsafe result
    }

    @inline(__always)
    mutating func allocate<T>(_ type: T.Type, count: Int) -> UnsafeMutablePointer<T> {
        unsafe allocate(MemoryLayout<T>.stride &* count).bindMemory(to: T.self, capacity: count)
    }

    @inline(never)
    private mutating func allocateSlow(_ byteCount: Int) -> UnsafeMutableRawPointer {
        unsafe usedBefore += cursor - chunks[current].start
        // Chunks kept from an earlier render come first; one that is too small is skipped.
        while unsafe current + 1 < chunks.count {
            current += 1
            let chunk = unsafe chunks[current]
            if unsafe chunk.size >= byteCount {
                unsafe cursor = unsafe chunk.start + byteCount
                unsafe end = unsafe chunk.start + chunk.size
                return unsafe chunk.start
            }
        }
        let size = max(unsafe chunks[chunks.count - 1].size * 2, byteCount * 2)
        let start = UnsafeMutableRawPointer.allocate(byteCount: size, alignment: 16)
        unsafe chunks.append((start, size))
        current = unsafe chunks.count - 1
        unsafe cursor = start + byteCount
        unsafe end = start + size
        return unsafe start
    }

    /// Forgets every object.
    @inline(__always)
    mutating func reset() {
        if current > 0 { shrink() }
        unsafe cursor = chunks[0].start
    }

    @inline(never)
    private mutating func shrink() {
        var kept = 0
        var count = 0
        while unsafe count < chunks.count
            && (count == 0 || kept + chunks[count].size <= JinjaLimits.arenaBytesRetained)
        {
            unsafe kept += chunks[count].size
            count += 1
        }
        while unsafe chunks.count > count {
            unsafe chunks.removeLast().start.deallocate()
        }
        current = 0
        usedBefore = 0
        unsafe end = chunks[0].start + chunks[0].size
    }

    /// Copies bytes into the arena.
    @inline(__always)
    mutating func copy(_ text: Text) -> Text {
        let start = unsafe allocate(UInt8.self, count: text.count)
        unsafe copyBytes(from: text.base, to: start, count: text.count)
        return unsafe Text(base: start, count: text.count)
    }
}

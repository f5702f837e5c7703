/// A growable run of raw bytes: what a template renders into and what a request body is built in.
///
/// It owns its memory, never shrinks on its own and is reused from message to message, so that
/// the steady state of a sender allocates nothing. Not a collection on purpose: bulk appends into
/// raw memory cost a `memcpy`, appends to an array of bytes cost thirty times as much.
// SAFETY: it alone owns its memory, and `reserve` comes before every write.
@safe
package struct ByteBuffer: ~Copyable {
    @usableFromInline var base: UnsafeMutablePointer<UInt8>
    /// The number of bytes that can be held without a new allocation.
    package private(set) var capacity: Int
    /// The number of bytes held.
    package fileprivate(set) var count: Int

    /// Makes an empty buffer with room for `capacity` bytes.
    package init(capacity: Int = 1024) {
        let room = max(capacity, 64)
        unsafe base = .allocate(capacity: room)
        self.capacity = room
        count = 0
    }

    deinit {
        unsafe base.deallocate()
    }

    /// Whether no bytes are held, whatever the capacity.
    package var isEmpty: Bool { count == 0 }

    /// Makes room for `additional` more bytes, growing by doubling.
    @inline(__always)
    package mutating func reserve(_ additional: Int) {
        if capacity &- count < additional { grow(additional) }
    }

    /// Makes sure that `minimumCapacity` bytes fit in all.
    package mutating func reserveCapacity(_ minimumCapacity: Int) {
        if minimumCapacity > capacity { grow(minimumCapacity - count) }
    }

    @inline(never)
    private mutating func grow(_ additional: Int) {
        let room = max(capacity * 2, count + additional)
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
        unsafe next.update(from: base, count: count)
        unsafe base.deallocate()
        unsafe base = next
        capacity = room
    }

    /// Appends one byte.
    @inline(__always)
    package mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[count] = byte
        count &+= 1
    }

    /// Appends a copy of `bytes`, which must not lie inside this buffer.
    @inline(__always)
    package mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        unsafe append(from: start, count: bytes.count)
    }

    /// Appends `count` bytes that begin at `start` and lie outside this buffer.
    @unsafe
    @inline(__always)
    package mutating func append(from start: UnsafeRawPointer, count added: Int) {
        reserve(added)
        unsafe copyBytes(from: start, to: base + count, count: added)
        count &+= added
    }

    /// Appends a copy of an array's bytes.
    package mutating func append(_ bytes: [UInt8]) {
        unsafe bytes.withUnsafeBytes { unsafe append($0) }
    }

    /// Appends the UTF-8 bytes of a literal.
    @inline(__always)
    package mutating func append(_ literal: StaticString) {
        unsafe append(from: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }

    /// Appends the UTF-8 bytes of a string; for cold paths.
    package mutating func append(_ string: String) {
        var string = string
        string.withUTF8 { utf8 in unsafe append(UnsafeRawBufferPointer(utf8)) }
    }

    /// Appends `count` bytes that `body` writes, and returns what it wrote fewer.
    ///
    /// `body` gets room for `atMost` bytes and returns how many it filled.
    @inline(__always)
    package mutating func append(
        atMost room: Int, _ body: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        reserve(room)
        count &+= unsafe body(base + count)
    }

    /// Forgets every byte from `length` on.
    package mutating func truncate(to length: Int) {
        precondition(length <= count, "a buffer can only be truncated to fewer bytes")
        count = length
    }

    /// Forgets all bytes, giving the memory back unless `keepingCapacity`.
    package mutating func removeAll(keepingCapacity: Bool = true) {
        count = 0
        if keepingCapacity { return }
        unsafe base.deallocate()
        capacity = 64
        unsafe base = .allocate(capacity: capacity)
    }

    /// Calls `body` with the bytes; the pointer is valid for the call only.
    package func withUnsafeBytes<Result, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        try unsafe body(UnsafeRawBufferPointer(start: base, count: count))
    }

    /// The bytes, valid until the next change of the buffer.
    @unsafe
    package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }

    /// The address of the first byte, valid until the next append that grows the buffer.
    @unsafe
    package var start: UnsafeMutablePointer<UInt8> {
        unsafe base
    }

    /// One byte, checked.
    package subscript(index: Int) -> UInt8 {
        precondition(index >= 0 && index < count, "an index must lie inside the buffer")
        return unsafe base[index]
    }

    /// The bytes as a string, repairing what is not UTF-8; for tests and cold paths.
    package var string: String {
        unsafe String(decoding: bytes, as: UTF8.self)
    }
}

extension ByteBuffer {
    /// The bytes from `mark` on, valid until the next change of the buffer.
    @inline(__always)
    func tail(from mark: Int) -> Text {
        unsafe Text(base: UnsafePointer(base + mark), count: count - mark)
    }

    /// Appends the bytes of a text that lies outside this buffer.
    @inline(__always)
    package mutating func append(_ text: Text) {
        unsafe append(from: text.base, count: text.count)
    }
}

/// Copies bytes, short runs by a few overlapping words: a call of `memcpy` costs more than they do.
@unsafe
@inline(__always)
func copyBytes(from start: UnsafeRawPointer, to end: UnsafeMutableRawPointer, count: Int) {
    if count > 16 {
        unsafe end.copyMemory(from: start, byteCount: count)
    } else if count >= 8 {
        let a = unsafe start.loadUnaligned(as: UInt64.self)
        let b = unsafe start.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        unsafe end.storeBytes(of: a, as: UInt64.self)
        unsafe end.storeBytes(of: b, toByteOffset: count &- 8, as: UInt64.self)
    } else if count >= 4 {
        let a = unsafe start.loadUnaligned(as: UInt32.self)
        let b = unsafe start.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        unsafe end.storeBytes(of: a, as: UInt32.self)
        unsafe end.storeBytes(of: b, toByteOffset: count &- 4, as: UInt32.self)
    } else if count > 0 {
        var i = 0
        while i < count {
            unsafe end.storeBytes(
                of: start.load(fromByteOffset: i, as: UInt8.self), toByteOffset: i,
                as: UInt8.self)
            i &+= 1
        }
    }
}

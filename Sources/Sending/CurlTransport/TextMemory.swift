/// Memory for text that libcurl is given; grows to the longest and is kept.
// SAFETY: it owns the memory until `destroy`; who asks for room says `unsafe`.
@safe
struct TextMemory {
    private(set) var start: UnsafeMutablePointer<CChar>?
    private var capacity = 0

    init() { unsafe start = nil }

    /// Makes room for so many bytes, whose former contents are lost.
    ///
    /// - Returns: Where they begin.
    @unsafe
    mutating func room(_ count: Int) -> UnsafeMutablePointer<CChar> {
        if count <= capacity, let start = unsafe start { return unsafe start }
        return unsafe grow(count)
    }

    @inline(never)
    private mutating func grow(_ count: Int) -> UnsafeMutablePointer<CChar> {
        destroy()
        capacity = max(256, count + count / 2)
        let new = UnsafeMutablePointer<CChar>.allocate(capacity: capacity)
        unsafe start = new
        return unsafe new
    }

    mutating func destroy() {
        unsafe start?.deallocate()
        unsafe start = nil
        capacity = 0
    }
}

extension UnsafeMutablePointer<CChar> {
    /// Copies bytes to here.
    ///
    /// - Returns: The place behind them.
    @unsafe
    @inline(__always)
    func write(_ bytes: UnsafeRawBufferPointer) -> UnsafeMutablePointer<CChar> {
        guard let source = bytes.baseAddress else { return unsafe self }
        unsafe UnsafeMutableRawPointer(self).copyMemory(from: source, byteCount: bytes.count)
        return unsafe self + bytes.count
    }
}

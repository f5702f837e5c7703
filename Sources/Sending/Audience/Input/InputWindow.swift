// A window over the input that always shows the whole next row.
//
// 1. After `fill` the window holds more bytes than a row may have, or all that is left of the
//    input. So a row that is not complete in the window is too long: readers never keep half a row,
//    and a row's fields can point into the window until the next `fill`.
// 2. The byte at `end` is a line feed that the input does not have, and `padding` bytes lie behind
//    it. So a scan for a line's end stops without a test for the end, and scans may load whole
//    words.
// 3. The bytes may be changed by the reader, who unescapes fields in place.
// SAFETY: it owns its memory for its whole life; `start` and `end` stay inside it, and invariant 2
// ends every scan.
@safe
struct InputWindow: ~Copyable {
    /// The next byte to read.
    private(set) var start: UnsafeMutablePointer<UInt8>
    /// The byte after the last one read from the input.
    private(set) var end: UnsafeMutablePointer<UInt8>
    /// Whether the window holds all that is left of the input.
    private(set) var isLast = false

    private let base: UnsafeMutablePointer<UInt8>
    private let capacity: Int
    private let bytesMin: Int
    private let source: any ByteSource
    private static let padding = 32

    init(_ source: any ByteSource, rowBytesMax: Int, readBytes: Int = BufferSizes.windowBytes) {
        self.source = source
        // Two bytes more than a row: its line end.
        bytesMin = rowBytesMax + 2
        capacity = bytesMin + readBytes
        unsafe base = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity + Self.padding)
        unsafe base.initialize(repeating: 0, count: capacity + Self.padding)
        unsafe start = unsafe base
        unsafe end = unsafe base
    }

    deinit { unsafe base.deallocate() }

    var count: Int { unsafe end - start }

    /// The bytes read from the file itself so far.
    var fileBytesRead: UInt64 { source.fileBytesRead }

    /// Makes the window hold the whole next row; invalidates pointers into it if it must read.
    @inline(__always)
    mutating func fill() throws(AudienceError) {
        if count < bytesMin && !isLast { try read() }
    }

    /// Goes on after the bytes that were dealt with.
    @inline(__always)
    mutating func advance(to next: UnsafeMutablePointer<UInt8>) {
        unsafe start = unsafe next
    }

    @inline(never)
    private mutating func read() throws(AudienceError) {
        let kept = count
        unsafe base.update(from: start, count: kept)
        unsafe start = unsafe base
        unsafe end = unsafe base + kept
        while count < capacity {
            let free = unsafe UnsafeMutableRawBufferPointer(start: end, count: capacity - count)
            let got = try unsafe source.read(into: free)
            if got == 0 {
                isLast = true
                break
            }
            unsafe end += got
        }
        unsafe end[0] = UInt8(ascii: "\n")
    }
}

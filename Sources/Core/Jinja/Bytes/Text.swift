/// A borrowed run of UTF-8 bytes: a literal of the template, a slot of the page or a string of
/// the render's arena.
///
/// It owns nothing and checks nothing in release builds: whoever makes one guarantees that the
/// bytes outlive it. Indices are byte offsets; what counts code points says so.
// SAFETY: whoever makes one says `unsafe` and so promises that `count` bytes lie there for as long
// as the text is used.
@safe
package struct Text {
    let base: UnsafePointer<UInt8>
    /// The number of bytes.
    package let count: Int

    @inline(__always)
    init(base: UnsafePointer<UInt8>, count: Int) {
        unsafe self.base = unsafe base
        self.count = count
    }

    /// The bytes of a literal, which live for ever.
    @inline(__always)
    init(_ literal: StaticString) {
        unsafe self.init(base: literal.utf8Start, count: literal.utf8CodeUnitCount)
    }

    @inline(__always)
    var isEmpty: Bool { count == 0 }

    @inline(__always)
    subscript(index: Int) -> UInt8 {
        assert(index >= 0 && index < count, "a byte offset must lie inside its text")
        return unsafe base[index]
    }

    /// The bytes from `start` up to `end`.
    @inline(__always)
    func slice(_ start: Int, _ end: Int) -> Text {
        assert(start >= 0 && start <= end && end <= count, "a slice must lie inside its text")
        return unsafe Text(base: base + start, count: end - start)
    }

    @inline(__always)
    func dropFirst(_ n: Int) -> Text { slice(n, count) }

    @inline(__always)
    static func == (a: Text, b: Text) -> Bool {
        guard a.count == b.count else { return false }
        return unsafe equalBytes(a.base, b.base, a.count)
    }

    static func == (a: Text, b: StaticString) -> Bool { a == Text(b) }

    /// Byte order, which for UTF-8 is the order of code points.
    static func < (a: Text, b: Text) -> Bool { a.compare(b) < 0 }

    /// Negative, zero or positive as this text sorts before, with or after the other.
    func compare(_ other: Text) -> Int {
        let shared = min(count, other.count)
        var i = 0
        while i < shared {
            let a = self[i]
            let b = other[i]
            if a != b { return Int(a) - Int(b) }
            i += 1
        }
        return count - other.count
    }

    func hasPrefix(_ prefix: Text) -> Bool {
        count >= prefix.count && slice(0, prefix.count) == prefix
    }

    func hasSuffix(_ suffix: Text) -> Bool {
        count >= suffix.count && slice(count - suffix.count, count) == suffix
    }

    /// The first byte offset of `needle` at or after `start`; an empty needle is found at once.
    func firstIndex(of needle: Text, from start: Int = 0) -> Int? {
        guard needle.count > 0 else { return start <= count ? start : nil }
        guard count - start >= needle.count else { return nil }
        let first = needle[0]
        var i = start
        let last = count - needle.count
        while i <= last {
            if self[i] == first && slice(i, i + needle.count) == needle { return i }
            i += 1
        }
        return nil
    }

    /// The last byte offset at which `needle` begins and ends before `end`.
    func lastIndex(of needle: Text, before end: Int? = nil) -> Int? {
        let end = end ?? count
        guard end >= needle.count else { return nil }
        var i = end - needle.count
        while i >= 0 {
            if slice(i, i + needle.count) == needle { return i }
            i -= 1
        }
        return nil
    }

    func firstIndex(of byte: UInt8, from start: Int = 0) -> Int? {
        var i = start
        while i < count {
            if self[i] == byte { return i }
            i += 1
        }
        return nil
    }

    var isASCII: Bool {
        var i = 0
        var all: UInt8 = 0
        while i < count {
            all |= self[i]
            i += 1
        }
        return all < 0x80
    }

    /// The number of code points.
    var scalarCount: Int {
        var i = 0
        var n = 0
        while i < count {
            n &+= (self[i] & 0xC0) == 0x80 ? 0 : 1
            i += 1
        }
        return n
    }

    /// The number of bytes of the code point that begins with `lead`.
    @inline(__always)
    static func width(ofLead lead: UInt8) -> Int {
        lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4
    }

    /// The code point at a byte offset and the offset after it.
    @inline(__always)
    func scalar(at index: Int) -> (value: UInt32, next: Int) {
        let lead = self[index]
        if lead < 0x80 { return (UInt32(lead), index &+ 1) }
        let width = min(Text.width(ofLead: lead), count &- index)
        var value = UInt32(lead & (width == 2 ? 0x1F : width == 3 ? 0x0F : 0x07))
        var i = 1
        while i < width {
            value = value &<< 6 | UInt32(self[index &+ i] & 0x3F)
            i &+= 1
        }
        return (value, index &+ width)
    }

    /// The byte offset at which the code point before `index` begins.
    @inline(__always)
    func previous(_ index: Int) -> Int {
        var i = index - 1
        while i > 0 && self[i] & 0xC0 == 0x80 { i -= 1 }
        return i
    }

    /// The byte offset of the `n`-th code point, `count` where there are fewer.
    func offset(ofScalar n: Int) -> Int {
        var i = 0
        var left = n
        while i < count && left > 0 {
            i += Text.width(ofLead: self[i])
            left -= 1
        }
        return min(i, count)
    }

    /// A 32-bit hash of the bytes.
    ///
    /// Words of eight, the last of which may overlap the one before it: names are short, and a
    /// multiplication for each byte would be most of a lookup.
    var hash: UInt32 {
        var h: UInt64 = 0x9E37_79B9_7F4A_7C15 ^ UInt64(truncatingIfNeeded: count)
        var i = 0
        while i &+ 8 < count {
            h = Text.mixed(h, word(at: i))
            i &+= 8
        }
        if count >= 8 {
            h = Text.mixed(h, word(at: count &- 8))
        } else if count >= 4 {
            let low = unsafe UnsafeRawPointer(base).loadUnaligned(as: UInt32.self)
            let high = unsafe UnsafeRawPointer(base + count - 4).loadUnaligned(as: UInt32.self)
            h = Text.mixed(h, UInt64(low) | UInt64(high) &<< 32)
        } else if count > 0 {
            let ends = UInt64(self[0]) | UInt64(self[count &- 1]) &<< 16
            h = Text.mixed(h, ends | UInt64(self[count &>> 1]) &<< 8)
        }
        h ^= h &>> 29
        return UInt32(truncatingIfNeeded: h ^ (h &>> 32))
    }

    @inline(__always)
    private func word(at i: Int) -> UInt64 {
        unsafe UnsafeRawPointer(base + i).loadUnaligned(as: UInt64.self)
    }

    @inline(__always)
    private static func mixed(_ h: UInt64, _ word: UInt64) -> UInt64 {
        let product = (h ^ word) &* 0xFF51_AFD7_ED55_8CCD
        return product ^ (product &>> 32)
    }

    /// The text as a string; for messages and other cold paths.
    package var string: String {
        unsafe String(decoding: UnsafeBufferPointer(start: base, count: count), as: UTF8.self)
    }

    @unsafe
    var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(start: base, count: count)
    }
}

/// Compares two runs of `count` bytes by a few overlapping words.
@unsafe
@inline(__always)
func equalBytes(_ a: UnsafePointer<UInt8>, _ b: UnsafePointer<UInt8>, _ count: Int) -> Bool {
    let x = unsafe UnsafeRawPointer(a)
    let y = unsafe UnsafeRawPointer(b)
    if count >= 8 {
        var i = 0
        while i &+ 8 <= count {
            let p = unsafe x.loadUnaligned(fromByteOffset: i, as: UInt64.self)
            let q = unsafe y.loadUnaligned(fromByteOffset: i, as: UInt64.self)
            if p != q { return false }
            i &+= 8
        }
        let p = unsafe x.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        let q = unsafe y.loadUnaligned(fromByteOffset: count &- 8, as: UInt64.self)
        return p == q
    }
    if count >= 4 {
        let p = unsafe x.loadUnaligned(as: UInt32.self)
        let q = unsafe y.loadUnaligned(as: UInt32.self)
        let r = unsafe x.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        let s = unsafe y.loadUnaligned(fromByteOffset: count &- 4, as: UInt32.self)
        return p == q && r == s
    }
    if count >= 2 {
        let p = unsafe x.loadUnaligned(as: UInt16.self)
        let q = unsafe y.loadUnaligned(as: UInt16.self)
        return unsafe p == q && a[count &- 1] == b[count &- 1]
    }
    return unsafe count == 0 || a[0] == b[0]
}

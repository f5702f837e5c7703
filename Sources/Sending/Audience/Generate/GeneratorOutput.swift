/// Collects generated rows before they are written.
///
/// Rows make room for themselves once, so that appending is a store: an array checks its uniqueness
/// and its capacity for every byte.
// SAFETY: it owns its memory for its whole life, and `require` comes before every row.
@safe
struct GeneratorOutput: ~Copyable {
    private(set) var count = 0
    private let bytes: UnsafeMutablePointer<UInt8>
    private let capacity: Int

    init(capacity: Int) {
        self.capacity = capacity
        unsafe bytes = UnsafeMutablePointer<UInt8>.allocate(capacity: capacity)
    }

    deinit { unsafe bytes.deallocate() }

    /// Makes sure that there is room: what is appended next must fit it.
    mutating func require(_ room: Int) {
        precondition(capacity - count >= room, "a generated row has no room in the buffer")
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        unsafe bytes[count] = byte
        count &+= 1
    }

    @inline(__always)
    mutating func append(_ text: StaticString) {
        unsafe (bytes + count).update(from: text.utf8Start, count: text.utf8CodeUnitCount)
        count &+= text.utf8CodeUnitCount
    }

    @inline(__always)
    mutating func append(_ text: [UInt8]) {
        unsafe text.withUnsafeBufferPointer { text in
            guard let start = text.baseAddress else { return }
            unsafe (bytes + count).update(from: start, count: text.count)
            count &+= text.count
        }
    }

    /// Appends a number in decimal, with zeros before it up to a number of digits.
    @inline(__always)
    mutating func append(_ number: UInt64, digitsMin: Int = 1) {
        var digits = 1
        var rest = number / 10
        while rest > 0 {
            digits += 1
            rest /= 10
        }
        digits = max(digits, digitsMin)
        rest = number
        var place = count &+ digits
        while place > count {
            place &-= 1
            unsafe bytes[place] = UInt8(ascii: "0") &+ UInt8(truncatingIfNeeded: rest % 10)
            rest /= 10
        }
        count &+= digits
    }

    /// Lends the bytes, and empties the buffer.
    mutating func flush(
        _ body: (UnsafeRawBufferPointer) throws(AudienceError) -> Void
    ) throws(AudienceError) {
        try unsafe body(UnsafeRawBufferPointer(start: bytes, count: count))
        count = 0
    }
}

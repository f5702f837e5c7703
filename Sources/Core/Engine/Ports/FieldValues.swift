import Jinja

/// Values of header fields, in memory that somebody else owns.
///
/// What the fields are called stands elsewhere, in the same order. Each value is four bytes of its
/// length, in the machine's order and of any alignment, and then its bytes. The values lie one
/// behind the other, in one run or in two.
///
/// It is its own cursor: a copy begins where the original stands.
// SAFETY: whoever makes one of memory says `unsafe`, and so promises its life and its form.
@safe
package struct FieldValues: BitwiseCopyable {
    /// Bytes in front of each value.
    package static let lengthBytes = 4

    @usableFromInline var start: UnsafeRawPointer?
    @usableFromInline var left: Int
    @usableFromInline var moreStart: UnsafeRawPointer?
    @usableFromInline var moreLeft: Int

    /// No values.
    @inlinable
    package init() {
        unsafe start = nil
        left = 0
        unsafe moreStart = nil
        moreLeft = 0
    }

    /// Values in one run.
    @unsafe
    @inlinable
    package init(start: UnsafeRawPointer?, count: Int) {
        unsafe self.init(start: start, count: count, moreStart: nil, moreCount: 0)
    }

    /// Values in two runs.
    @unsafe
    @inlinable
    package init(
        start: UnsafeRawPointer?, count: Int, moreStart: UnsafeRawPointer?, moreCount: Int
    ) {
        unsafe self.start = start
        left = count
        unsafe self.moreStart = moreStart
        moreLeft = moreCount
    }

    /// How many values are left.
    @inlinable
    package var count: Int { left &+ moreLeft }

    /// Takes the next value, `nil` behind the last.
    ///
    /// - Returns: The value where it lies.
    @unsafe
    @inlinable
    package mutating func next() -> UnsafeRawBufferPointer? {
        if left == 0 {
            guard moreLeft > 0 else { return nil }
            left = moreLeft
            unsafe start = moreStart
            moreLeft = 0
        }
        guard let position = unsafe start else { return nil }
        let length = unsafe Int(position.loadUnaligned(as: UInt32.self))
        let value = unsafe position + Self.lengthBytes
        unsafe start = value + length
        left &-= 1
        return unsafe UnsafeRawBufferPointer(start: value, count: length)
    }

    /// The value that comes so many places later; empty when there are fewer.
    @unsafe
    package subscript(index: Int) -> UnsafeRawBufferPointer {
        var rest = self
        for _ in 0..<index { _ = unsafe rest.next() }
        return unsafe rest.next() ?? UnsafeRawBufferPointer(start: nil, count: 0)
    }
}

extension ByteBuffer {
    /// Appends a value that is written where it will lie.
    ///
    /// - Parameters:
    ///   - room: Bytes that it has at the most.
    ///   - write: Writes it into memory of that size, and returns its length.
    @inline(__always)
    mutating func appendFieldValue(
        atMost room: Int, _ write: (UnsafeMutablePointer<UInt8>) -> Int
    ) {
        unsafe append(atMost: FieldValues.lengthBytes + room) { start in
            let length = unsafe write(start + FieldValues.lengthBytes)
            assert(length <= room, "a value is longer than was said")
            unsafe UnsafeMutableRawPointer(start).storeBytes(
                of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
            return FieldValues.lengthBytes + length
        }
    }

    /// Begins a value that `endFieldValue` ends; what is appended meanwhile is its bytes.
    ///
    /// - Returns: Where it begins.
    mutating func beginFieldValue() -> Int {
        let start = count
        // Filled in at its end.
        unsafe append(atMost: FieldValues.lengthBytes) { _ in FieldValues.lengthBytes }
        return start
    }

    /// Ends a value.
    ///
    /// - Returns: How long it is.
    @discardableResult
    mutating func endFieldValue(_ start: Int) -> Int {
        let length = count - start - FieldValues.lengthBytes
        unsafe UnsafeMutableRawPointer(self.start + start).storeBytes(
            of: UInt32(truncatingIfNeeded: length), as: UInt32.self)
        return length
    }
}

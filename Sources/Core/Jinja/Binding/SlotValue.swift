/// One variable of one recipient, borrowed from the bytes of the page it was read from.
///
/// A template's names are resolved at compile time to slots; before a render the caller fills one
/// `SlotValue` per slot. A value does not own its bytes: the page must outlive the render.
///
/// The union is 16 bytes: scalars live in `bits`, text and JSON are a pointer and a length.
// SAFETY: the bytes are borrowed by the initialisers that say `unsafe`: who calls them promises
// that the page outlives every render of the slot. `kind` says which initialiser it was.
@safe
package struct SlotValue {
    /// What a slot holds.
    package enum Kind: UInt8, Sendable {
        /// The recipient has no such variable: the template sees it as undefined.
        case missing = 0
        case null = 1
        case `false` = 2
        case `true` = 3
        /// A signed 64-bit integer.
        case integer = 4
        /// An IEEE 754 double.
        case double = 5
        /// Text as UTF-8 bytes, valid, not terminated.
        case string = 6
        /// An array, an object or a number beyond 64 bits, as the bytes of one valid JSON value.
        case json = 7
    }

    /// Which of the accessors has the value.
    package let kind: Kind
    /// The number of bytes behind `bytes`, 0 for scalars.
    package let length: UInt32
    @usableFromInline let bits: UInt64

    @inlinable init(kind: Kind, length: UInt32, bits: UInt64) {
        self.kind = kind
        self.length = length
        self.bits = bits
    }

    /// The value of a variable that the recipient does not have.
    package static let missing = SlotValue(kind: .missing, length: 0, bits: 0)
    /// JSON's null, which templates see as `none`.
    package static let null = SlotValue(kind: .null, length: 0, bits: 0)

    /// A truth value, which borrows nothing.
    package init(_ value: Bool) {
        self.init(kind: value ? .true : .false, length: 0, bits: 0)
    }

    /// An integer, which borrows nothing.
    package init(_ value: Int64) {
        self.init(kind: .integer, length: 0, bits: UInt64(bitPattern: value))
    }

    /// A floating-point number, which borrows nothing.
    package init(_ value: Double) {
        self.init(kind: .double, length: 0, bits: value.bitPattern)
    }

    /// Borrows valid UTF-8 text of less than 4 GiB.
    @unsafe
    package init(string bytes: UnsafeRawBufferPointer) {
        unsafe self.init(borrowing: bytes, kind: .string)
    }

    /// Borrows the bytes of one valid JSON value of less than 4 GiB.
    @unsafe
    package init(json bytes: UnsafeRawBufferPointer) {
        unsafe self.init(borrowing: bytes, kind: .json)
    }

    @unsafe
    private init(borrowing bytes: UnsafeRawBufferPointer, kind: Kind) {
        let address = unsafe bytes.baseAddress.map { UInt(bitPattern: $0) } ?? 0
        self.init(kind: kind, length: UInt32(bytes.count), bits: UInt64(address))
    }

    /// The integer of an `integer` slot.
    package var integer: Int64 { Int64(bitPattern: bits) }

    /// The number of a `double` slot.
    package var double: Double { Double(bitPattern: bits) }

    /// The borrowed bytes of a `string` or `json` slot, empty for every other kind.
    @unsafe
    package var bytes: UnsafeRawBufferPointer {
        unsafe UnsafeRawBufferPointer(
            start: UnsafeRawPointer(bitPattern: UInt(bits)), count: Int(length))
    }

    /// The borrowed text of a `string` or `json` slot.
    @inline(__always)
    var text: Text {
        unsafe Text(
            base: UnsafePointer(bitPattern: UInt(bits)) ?? Text("").base, count: Int(length))
    }

    /// A value of a `JSONDocument`, by its address.
    ///
    /// It is a `json` slot without bytes, which no JSON value is.
    @unsafe
    init(document address: UnsafeRawPointer) {
        self.init(kind: .json, length: 0, bits: UInt64(UInt(bitPattern: address)))
    }

    @inline(__always)
    var isDocument: Bool { kind == .json && length == 0 }

    /// The value of a slot that is a part of a document.
    var documentValue: Value {
        guard let address = unsafe UnsafePointer<Value>(bitPattern: UInt(bits)) else {
            return .none
        }
        return unsafe address.pointee
    }
}

/// A value of a running template: 16 bytes without any reference counting.
///
/// Scalars are inside; everything else is an address: of bytes (page, template or arena) for
/// strings, of an object in the arena or in a template's constants for the rest. A value must not
/// outlive the render that made it.
struct Value {
    enum Tag: UInt8 {
        /// No value: an argument that was not given, a local variable that was not assigned.
        case absent = 0
        case undefined
        case none
        case bool
        case int
        case float
        case bigInt
        case string
        case tuple
        case list
        case dict
        case range
        /// What a lazy filter returns: items that can be walked once.
        case iterator
        /// `keys()`, `values()` or `items()` of a dict; `aux` says which.
        case view
        case namespace
        case loop
        case cycler
        case joiner
        case macro
        /// A method bound to its object.
        case method
        /// A global function; `aux` is its `GlobalFunction`.
        case function
        /// An imported template; its object is its context.
        case module
        /// `self`
        case templateReference
        /// A block as `self.name` or `super`.
        case block
        case bytes
    }

    let tag: Tag
    /// For strings, whether they are markup that needs no escaping.
    let isMarkup: Bool
    let aux: UInt16
    /// The bytes of a string.
    let length: UInt32
    let bits: UInt64

    @inline(__always)
    init(tag: Tag, isMarkup: Bool = false, aux: UInt16 = 0, length: UInt32 = 0, bits: UInt64 = 0) {
        self.tag = tag
        self.isMarkup = isMarkup
        self.aux = aux
        self.length = length
        self.bits = bits
    }

    static var absent: Value { Value(tag: .absent) }
    static var none: Value { Value(tag: .none) }
    static var `true`: Value { Value(tag: .bool, bits: 1) }
    static var `false`: Value { Value(tag: .bool) }
    static var emptyString: Value { Value(Text("")) }

    @inline(__always)
    init(_ value: Bool) { self.init(tag: .bool, bits: value ? 1 : 0) }

    @inline(__always)
    init(_ value: Int) { self.init(tag: .int, bits: UInt64(bitPattern: Int64(value))) }

    @inline(__always)
    init(_ value: Double) { self.init(tag: .float, bits: value.bitPattern) }

    @inline(__always)
    init(_ text: Text, isMarkup: Bool = false) {
        unsafe self.init(
            tag: .string, isMarkup: isMarkup, length: UInt32(truncatingIfNeeded: text.count),
            bits: UInt64(UInt(bitPattern: text.base)))
    }

    @unsafe
    @inline(__always)
    init(_ tag: Tag, at address: UnsafeRawPointer, aux: UInt16 = 0) {
        self.init(tag: tag, aux: aux, bits: UInt64(UInt(bitPattern: address)))
    }

    // MARK: Reading

    @inline(__always)
    var int: Int { Int(Int64(bitPattern: bits)) }
    @inline(__always)
    var bool: Bool { bits != 0 }
    @inline(__always)
    var float: Double { Double(bitPattern: bits) }

    /// The bytes of a string.
    @inline(__always)
    var text: Text {
        unsafe Text(
            base: UnsafePointer(bitPattern: UInt(bits)).unsafelyUnwrapped, count: Int(length))
    }

    @unsafe
    @inline(__always)
    var address: UnsafeMutableRawPointer {
        unsafe UnsafeMutableRawPointer(bitPattern: UInt(bits)).unsafelyUnwrapped
    }

    /// Whether both are the same object, or the same scalar.
    @inline(__always)
    func isIdentical(to other: Value) -> Bool {
        tag == other.tag && bits == other.bits && length == other.length && aux == other.aux
    }

    @inline(__always)
    var isAbsent: Bool { tag == .absent }
    @inline(__always)
    var isUndefined: Bool { tag == .undefined }
    @inline(__always)
    var isNone: Bool { tag == .none }
    @inline(__always)
    var isString: Bool { tag == .string }
    var isNumber: Bool { tag == .int || tag == .float || tag == .bool || tag == .bigInt }
    /// A list or a tuple.
    var isSequence: Bool { tag == .list || tag == .tuple }

    /// The value of an int or a bool that fits a machine integer.
    var asInt: Int? { tag == .int || tag == .bool ? int : nil }

    func asMarkup() -> Value {
        Value(tag: tag, isMarkup: true, aux: aux, length: length, bits: bits)
    }

    func asPlain() -> Value {
        Value(tag: tag, isMarkup: false, aux: aux, length: length, bits: bits)
    }
}

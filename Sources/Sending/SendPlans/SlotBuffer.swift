package import JSON
package import Jinja

/// One recipient's values as slots, together with the memory that the slots borrow.
///
/// Filled anew for each recipient; what it grew to is kept.
package struct SlotBuffer: ~Copyable {
    private enum Entry {
        case scalar(SlotValue)
        case text(start: Int, count: Int)
        case json(start: Int, count: Int)
    }

    private var entries: [Entry] = []
    private var bytes: [UInt8] = []
    private var slots: [SlotValue] = []

    /// An empty buffer, which allocates nothing until it is filled.
    package init() {}

    /// How many values there are.
    package var count: Int { entries.count }

    /// Empties it for the next recipient.
    package mutating func removeAll() {
        entries.removeAll(keepingCapacity: true)
        bytes.removeAll(keepingCapacity: true)
    }

    /// Appends a text; nil is a variable that the recipient does not have.
    package mutating func append(text: String?) {
        unsafe Self.withBytes(text) { unsafe append(text: $0) }
    }

    /// Appends a text; no bytes at all are a variable that the recipient does not have.
    package mutating func append(text: UnsafeRawBufferPointer) {
        guard unsafe text.baseAddress != nil else { return entries.append(.scalar(.missing)) }
        let start = bytes.count
        unsafe bytes.append(contentsOf: text)
        entries.append(.text(start: start, count: text.count))
    }

    /// Appends a value; nil is a variable that the recipient does not have.
    package mutating func append(_ value: JSONValue?) {
        switch value {
        case nil: entries.append(.scalar(.missing))
        case .null: entries.append(.scalar(.null))
        case .bool(let value): entries.append(.scalar(SlotValue(value)))
        case .integer(let value): entries.append(.scalar(SlotValue(value)))
        case .number(let value): entries.append(.scalar(SlotValue(value)))
        case .string(let value): append(text: value)
        case .array, .object: append(json: value?.encoded)
        }
    }

    /// Appends a value that is given as JSON; nil is a variable that the recipient does not have.
    ///
    /// Arrays and objects are taken as they are: the caller vouches that they are valid.
    package mutating func append(json text: String?) {
        unsafe Self.withBytes(text) { unsafe append(json: $0) }
    }

    /// Appends a value that is given as JSON, likewise; no bytes at all are a missing variable.
    package mutating func append(json text: UnsafeRawBufferPointer) {
        guard let first = unsafe text.first else { return entries.append(.scalar(.missing)) }
        switch first {
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            let start = bytes.count
            unsafe bytes.append(contentsOf: text)
            entries.append(.json(start: start, count: text.count))
        case UInt8(ascii: "\"") where unsafe !text.contains(UInt8(ascii: "\\")):
            unsafe append(text: UnsafeRawBufferPointer(rebasing: text.dropFirst().dropLast()))
        default: append(try? JSONValue(parsing: unsafe Array(text)))
        }
    }

    private static func withBytes(
        _ text: String?, _ body: (UnsafeRawBufferPointer) -> Void
    ) {
        guard var text else { return unsafe body(UnsafeRawBufferPointer(start: nil, count: 0)) }
        text.withUTF8 { unsafe body(UnsafeRawBufferPointer($0)) }
    }

    /// Lends the slots for a call.
    package mutating func withSlots<Result, Failure: Error>(
        _ body: (UnsafeBufferPointer<SlotValue>) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        slots.removeAll(keepingCapacity: true)
        defer { slots.removeAll(keepingCapacity: true) }
        return try unsafe bytes.withUnsafeBufferPointer { buffer throws(Failure) in
            let bytes = UnsafeRawBufferPointer(buffer)
            for entry in entries {
                switch entry {
                case .scalar(let value): slots.append(value)
                case .text(let start, let count):
                    unsafe slots.append(
                        SlotValue(string: .init(rebasing: bytes[start..<start + count])))
                case .json(let start, let count):
                    unsafe slots.append(
                        SlotValue(json: .init(rebasing: bytes[start..<start + count])))
                }
            }
            return try unsafe slots.withUnsafeBufferPointer(body)
        }
    }
}

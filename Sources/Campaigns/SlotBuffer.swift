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
        guard let text else { return entries.append(.scalar(.missing)) }
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        entries.append(.text(start: start, count: bytes.count - start))
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
        case .array, .object: append(document: value?.encoded ?? "null")
        }
    }

    /// Appends a value that is given as JSON; nil is a variable that the recipient does not have.
    ///
    /// Arrays and objects are taken as they are: the caller vouches that they are valid.
    package mutating func append(json text: String?) {
        guard let text else { return entries.append(.scalar(.missing)) }
        switch text.utf8.first {
        case UInt8(ascii: "{"), UInt8(ascii: "["): append(document: text)
        case UInt8(ascii: "\"") where !text.utf8.contains(UInt8(ascii: "\\")):
            append(text: String(text.dropFirst().dropLast()))
        default: append(try? JSONValue(parsing: text))
        }
    }

    private mutating func append(document text: String) {
        let start = bytes.count
        bytes.append(contentsOf: text.utf8)
        entries.append(.json(start: start, count: bytes.count - start))
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

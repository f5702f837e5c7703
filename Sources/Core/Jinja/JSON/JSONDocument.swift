/// JSON that is parsed once and rendered many times: the variables of a preview or of a group of
/// recipients.
///
/// It belongs to one thread, since taking slots out of it adds to its memory. A slot is valid as
/// long as the document is alive.
// SAFETY: it owns the memory that its values lie in, and gives none of it back before it ends.
@safe
package final class JSONDocument {
    private var arena: Arena
    private let root: UnsafeMutablePointer<Value>
    /// The document that a part of it points into.
    private let whole: JSONDocument?

    /// Parses one JSON value; nil where the bytes are something else, or not UTF-8.
    package init?(_ bytes: [UInt8]) {
        // The reader looks at the syntax only, and everything behind it relies on whole letters.
        guard String(validating: bytes, as: UTF8.self) != nil else { return nil }
        whole = nil
        arena = Arena(chunkSize: max(1024, bytes.count * 2), limit: .max)
        unsafe root = .allocate(capacity: 1)
        unsafe root.initialize(to: .none)
        let text: Text? = unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return nil }
            return unsafe arena.copy(Text(base: base, count: buffer.count))
        }
        guard let text else { return nil }
        var reader = JSONReader(text)
        reader.freezes = true
        guard let value = reader.read(&arena) else { return nil }
        unsafe root.pointee = value
    }

    /// The offset of the first byte that cannot be part of one JSON value; nil where there is none.
    package static func firstMistake(in bytes: [UInt8]) -> Int? {
        var arena = Arena(chunkSize: max(1024, bytes.count * 2), limit: .max)
        return unsafe bytes.withUnsafeBufferPointer { buffer in
            guard let base = buffer.baseAddress else { return 0 }
            var reader = unsafe JSONReader(Text(base: base, count: buffer.count))
            return reader.read(&arena) == nil ? reader.at : nil
        }
    }

    fileprivate init(part: Value, of whole: JSONDocument) {
        self.whole = whole.whole ?? whole
        arena = Arena(chunkSize: 256, limit: .max)
        unsafe root = .allocate(capacity: 1)
        unsafe root.initialize(to: part)
    }

    deinit {
        unsafe root.deallocate()
    }

    /// The whole value, which the document must outlive.
    var value: Value { unsafe root.pointee }

    /// The whole value as a slot, which the document must outlive.
    package var slot: SlotValue {
        unsafe SlotValue(document: UnsafeRawPointer(box(root.pointee)))
    }

    /// Whether the value is an object, and `field` may find something.
    package var isObject: Bool { value.tag == .dict }

    /// The names of the fields of an object, in order; empty for any other value.
    package var fieldNames: [String] {
        let value = unsafe root.pointee
        guard value.tag == .dict else { return [] }
        let dict = DictObject(value)
        return (0..<dict.count).map { dict.key($0).text.string }
    }

    /// A field of an object as a slot, missing where there is none of that name.
    package func field(_ name: String) -> SlotValue {
        let value = unsafe root.pointee
        guard value.tag == .dict else { return .missing }
        var name = name
        return name.withUTF8 { utf8 in
            guard let base = utf8.baseAddress else { return .missing }
            guard let i = unsafe DictObject(value).index(of: Text(base: base, count: utf8.count))
            else { return .missing }
            return slot(of: DictObject(value).value(i))
        }
    }

    private func slot(of value: Value) -> SlotValue {
        switch value.tag {
        case .none: return .null
        case .bool: return SlotValue(value.bool)
        case .int: return SlotValue(Int64(value.int))
        case .float: return SlotValue(value.float)
        case .string: return unsafe SlotValue(string: value.text.bytes)
        default:
            // The box lives in the document's own memory.
            return unsafe SlotValue(document: UnsafeRawPointer(box(value)))
        }
    }

    /// Puts a value where it lives as long as the whole document.
    private func box(_ value: Value) -> UnsafeMutablePointer<Value> {
        if let whole { return unsafe whole.box(value) }
        return unsafe arena.box(value)
    }
}

extension JSONDocument {
    /// The text of a field that is a string.
    package func string(_ name: String) -> String? {
        let slot = field(name)
        return slot.kind == .string ? slot.text.string : nil
    }

    /// The texts of a field that is an array of strings.
    package func strings(_ name: String) -> [String] {
        let slot = field(name)
        guard slot.isDocument, slot.documentValue.tag == .list else { return [] }
        let list = ListObject(slot.documentValue)
        return (0..<list.count).compactMap { list[$0].isString ? list[$0].text.string : nil }
    }

    /// A field that is an array or an object, as a document of its own that keeps this one alive.
    package func document(_ name: String) -> JSONDocument? {
        let slot = field(name)
        guard slot.isDocument else { return nil }
        return JSONDocument(part: slot.documentValue, of: self)
    }

    /// The items of an array that are arrays or objects.
    package var items: [JSONDocument] {
        let value = slot.documentValue
        guard value.tag == .list else { return [] }
        let list = ListObject(value)
        return (0..<list.count).map { JSONDocument(part: list[$0], of: self) }
    }
}

extension ByteBuffer {
    /// Appends a string as a JSON string with its quotes; for answers and reports.
    package mutating func appendJSON(_ string: String) {
        var string = string
        append(UInt8(ascii: "\""))
        string.withUTF8 { utf8 in
            guard let base = utf8.baseAddress else { return }
            unsafe JSONEscaping.append(Text(base: base, count: utf8.count), to: &self)
        }
        append(UInt8(ascii: "\""))
    }
}

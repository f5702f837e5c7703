/// Finds the strings of a JSON document that are templates.
struct PayloadReader {
    /// A string with a template in it.
    struct Field {
        /// The way to it, such as `notification.title`.
        let path: String
        /// The bytes between its quotes, as a range of the document.
        let range: Range<Int>
    }

    private let bytes: [UInt8]
    private var at = 0
    private var fields: [Field] = []

    /// The fields of a document, which is known to be JSON, in their order.
    static func fields(of bytes: [UInt8]) -> [Field] {
        var reader = PayloadReader(bytes: bytes)
        reader.readValue("")
        return reader.fields
    }

    private init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    private mutating func skipSpace() {
        while at < bytes.count, [0x20, 0x0A, 0x0D, 0x09].contains(bytes[at]) { at += 1 }
    }

    private mutating func readValue(_ path: String) {
        skipSpace()
        guard at < bytes.count else { return }
        switch bytes[at] {
        case UInt8(ascii: "{"): readObject(path)
        case UInt8(ascii: "["): readArray(path)
        case UInt8(ascii: "\""):
            let range = readString()
            if Self.isTemplate(bytes[range]) { fields.append(Field(path: path, range: range)) }
        default:
            // A number or a word: up to white space, a comma or a closing bracket.
            while at < bytes.count, ![0x20, 0x0A, 0x0D, 0x09, 0x2C, 0x5D, 0x7D].contains(bytes[at])
            {
                at += 1
            }
        }
    }

    private mutating func readObject(_ path: String) {
        at += 1
        while true {
            skipSpace()
            guard at < bytes.count, bytes[at] == UInt8(ascii: "\"") else { break }
            let key = String(decoding: bytes[readString()], as: UTF8.self)
            skipSpace()
            at += 1
            readValue(path.isEmpty ? key : "\(path).\(key)")
            guard skipComma() else { break }
        }
        at += 1
    }

    private mutating func readArray(_ path: String) {
        at += 1
        var index = 0
        skipSpace()
        while at < bytes.count, bytes[at] != UInt8(ascii: "]") {
            readValue("\(path)[\(index)]")
            index += 1
            guard skipComma() else { break }
        }
        at += 1
    }

    private mutating func skipComma() -> Bool {
        skipSpace()
        guard at < bytes.count, bytes[at] == UInt8(ascii: ",") else { return false }
        at += 1
        return true
    }

    /// The bytes between the quotes.
    private mutating func readString() -> Range<Int> {
        at += 1
        let start = at
        while at < bytes.count, bytes[at] != UInt8(ascii: "\"") {
            at += bytes[at] == UInt8(ascii: "\\") ? 2 : 1
        }
        at += 1
        return start..<(at - 1)
    }

    private static func isTemplate(_ text: ArraySlice<UInt8>) -> Bool {
        zip(text, text.dropFirst()).contains { first, second in
            first == UInt8(ascii: "{")
                && [UInt8(ascii: "{"), UInt8(ascii: "%"), UInt8(ascii: "#")].contains(second)
        }
    }
}

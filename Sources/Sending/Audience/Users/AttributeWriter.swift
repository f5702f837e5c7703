import JSON
import Jinja
import Structures

// Copies a user's attributes without spaces, and checks them on the way.
//
// What is stored must read the same everywhere: each key once in its object, and without escapes
// where it can be. Most documents are so already and are copied piece by piece; where a key is
// there twice or has an escape, where a string may hold a NUL, where a number needs more than a
// double, or where an object has very many keys, the document is read into a tree, of equal keys
// the last one counts, and the tree's own text is copied instead.

/// Writes attributes into a batch.
struct AttributeWriter: ~Copyable {
    private let root: AttributeNode
    /// The hashes of the keys of all objects that are open.
    private var hashes: [UInt64] = []
    private var values = 0
    /// Whether the text is a tree's own, which needs no second look.
    private var isCanonical = false

    /// Keys of an object that are compared with each other here.
    private static let keysMax = 32

    init(_ rules: UserRules) { root = rules.attributes }

    /// Copies the object that is next.
    mutating func write(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) -> UserBatch.Text {
        let start = batch.byteCount
        let place = unsafe cursor.place
        guard cursor.next == UInt8(ascii: "{") else {
            try cursor.passValue(depth: UserLimits.attributeDepth)
            throw .user("/attributes", "wrong_type", "expected an object")
        }
        reset()
        if try !object(&cursor, &batch, root, depth: UserLimits.attributeDepth) {
            unsafe cursor.place = unsafe place
            batch.cut(to: start, tags: batch.tags.count)
            try tree(&cursor, &batch)
        }
        guard batch.byteCount - start <= UserLimits.attributeBytes else {
            throw .user(
                "/attributes", "too_large",
                "expected at most \(UserLimits.attributeBytes) bytes of JSON")
        }
        return batch.text(from: start)
    }

    private mutating func reset() {
        hashes.removeAll(keepingCapacity: true)
        values = 0
    }

    /// Copies an object by way of a tree.
    private mutating func tree(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) {
        let start = unsafe cursor.place
        try cursor.passValue(depth: UserLimits.attributeDepth)
        let bytes = unsafe Array(UnsafeBufferPointer(start: start, count: cursor.place - start))
        guard let value = try? JSONValue(parsing: bytes) else {
            throw .user("/attributes", "wrong_format", "expected numbers that are finite")
        }
        guard !value.hasNUL else {
            throw .user("/attributes", "wrong_format", "a NUL is not allowed")
        }
        reset()
        isCanonical = true
        defer { isCanonical = false }
        // With a line feed and the room that scans of strings may look at.
        var text = Array(value.encoded.utf8)
        let count = text.count
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: repeatElement(0, count: 16))
        var fault: RowFault?
        unsafe text.withUnsafeMutableBufferPointer { text in
            guard let base = text.baseAddress else { return }
            var cursor = unsafe JSONCursor(
                base, base + count, depthMax: UserLimits.attributeDepth)
            do throws(RowFault) {
                let isWritten = try object(
                    &cursor, &batch, root, depth: UserLimits.attributeDepth)
                precondition(isWritten, "a tree's own text is copied as it is")
            } catch { fault = error }
        }
        if let fault { throw fault }
    }

    // MARK: Values

    /// - Returns: False for what only a tree can tell.
    private mutating func object(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch, _ node: AttributeNode?, depth: Int
    ) throws(RowFault) -> Bool {
        try count(&cursor, depth: depth)
        unsafe cursor.place += 1
        batch.append(UInt8(ascii: "{"))
        let first = hashes.count
        cursor.skipSpace()
        if !cursor.pass("}") {
            while true {
                guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
                let start = unsafe cursor.place
                try cursor.passString()
                let quoted = unsafe UnsafeRawBufferPointer(
                    start: start, count: cursor.place - start)
                let key = unsafe UnsafeRawBufferPointer(rebasing: quoted.dropFirst().dropLast())
                let hash = unsafe FNV1a.hash(key)
                if !isCanonical {
                    guard hashes.count - first < Self.keysMax,
                        !hashes[first...].contains(hash),
                        unsafe !key.contains(UInt8(ascii: "\\"))
                    else { return false }
                    hashes.append(hash)
                }
                unsafe batch.append(quoted)
                batch.append(UInt8(ascii: ":"))
                try cursor.passColon()
                let child = unsafe node?.child(key, hash: hash)
                if let child, let type = child.type { try Self.check(cursor, type, child) }
                guard try value(&cursor, &batch, child, depth: depth - 1) else { return false }
                cursor.skipSpace()
                if cursor.pass("}") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
                batch.append(UInt8(ascii: ","))
                cursor.skipSpace()
            }
        }
        batch.append(UInt8(ascii: "}"))
        hashes.removeLast(hashes.count - first)
        return true
    }

    private mutating func array(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch, depth: Int
    ) throws(RowFault) -> Bool {
        try count(&cursor, depth: depth)
        unsafe cursor.place += 1
        batch.append(UInt8(ascii: "["))
        cursor.skipSpace()
        if !cursor.pass("]") {
            while true {
                guard try value(&cursor, &batch, nil, depth: depth - 1) else { return false }
                cursor.skipSpace()
                if cursor.pass("]") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBracket) }
                batch.append(UInt8(ascii: ","))
                cursor.skipSpace()
            }
        }
        batch.append(UInt8(ascii: "]"))
        return true
    }

    private mutating func value(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch, _ node: AttributeNode?, depth: Int
    ) throws(RowFault) -> Bool {
        let start = unsafe cursor.place
        switch cursor.next {
        case UInt8(ascii: "{"): return try object(&cursor, &batch, node, depth: depth)
        case UInt8(ascii: "["): return try array(&cursor, &batch, depth: depth)
        case UInt8(ascii: "\""):
            try cursor.passString()
            let text = unsafe UnsafeRawBufferPointer(start: start, count: cursor.place - start)
            if !isCanonical, unsafe Self.mayHoldNUL(text) { return false }
        case UInt8(ascii: "t"): try cursor.passWord("true")
        case UInt8(ascii: "f"): try cursor.passWord("false")
        case UInt8(ascii: "n"): try cursor.passWord("null")
        default:
            let number = try cursor.passNumber()
            if !isCanonical, !number.fitsMantissa || abs(number.exponent) > 280 { return false }
        }
        try count(&cursor, depth: depth + 1)
        unsafe batch.append(UnsafeRawBufferPointer(start: start, count: cursor.place - start))
        return true
    }

    private mutating func count(_ cursor: inout JSONCursor, depth: Int) throws(RowFault) {
        values += 1
        guard depth > 0, values <= UserLimits.attributeValues else {
            throw .user(
                "/attributes", "too_large",
                "expected at most \(UserLimits.attributeDepth) levels and "
                    + "\(UserLimits.attributeValues) values")
        }
    }

    private static func mayHoldNUL(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count > 5, unsafe text.contains(UInt8(ascii: "\\")) else { return false }
        for index in 0..<(text.count - 5) where unsafe text[index] == UInt8(ascii: "\\") {
            if unsafe text[(index + 1)...(index + 5)].elementsEqual("u0000".utf8) { return true }
        }
        return false
    }

    // MARK: Declared types

    /// Checks the value that is next, without passing it.
    private static func check(
        _ cursor: JSONCursor, _ type: UserRules.AttributeType, _ node: AttributeNode
    ) throws(RowFault) {
        var cursor = cursor
        if cursor.next == UInt8(ascii: "n") { return }
        let fits: Bool
        switch type {
        case .string: fits = cursor.next == UInt8(ascii: "\"")
        case .boolean: fits = cursor.next == UInt8(ascii: "t") || cursor.next == UInt8(ascii: "f")
        case .number, .integer:
            guard cursor.next == UInt8(ascii: "-") || 0x30...0x39 ~= cursor.next ?? 0 else {
                fits = false
                break
            }
            let number = try cursor.passNumber()
            fits = type == .number || number.isInteger && number.fitsMantissa
        case .time:
            guard cursor.next == UInt8(ascii: "\"") else {
                fits = false
                break
            }
            let start = unsafe cursor.place + 1
            try cursor.passString()
            let text = unsafe UnsafeRawBufferPointer(start: start, count: cursor.place - start - 1)
            fits = unsafe isTime(text)
        }
        guard fits else {
            throw .user(node.pointer, "wrong_type", "expected \(type.phrase)")
        }
    }

    /// Filters find times with a capital T only.
    static func isTime(_ text: UnsafeRawBufferPointer) -> Bool {
        guard text.count > 10, unsafe text[10] == UInt8(ascii: "T") else { return false }
        return unsafe RFC3339.milliseconds(text) != nil
    }
}

extension UserRules.AttributeType {
    /// With its article, for messages.
    var phrase: String {
        switch self {
        case .string: "a string"
        case .integer: "an integer"
        case .number: "a number"
        case .boolean: "true or false"
        case .time: "a time as RFC 3339, such as 2026-01-31T08:00:00Z"
        }
    }
}

extension JSONValue {
    /// Whether a text in it has a NUL.
    fileprivate var hasNUL: Bool {
        switch self {
        case .string(let text): text.utf8.contains(0)
        case .array(let items): items.contains { $0.hasNUL }
        case .object(let fields):
            fields.contains { $0.key.utf8.contains(0) || $0.value.hasNUL }
        default: false
        }
    }
}

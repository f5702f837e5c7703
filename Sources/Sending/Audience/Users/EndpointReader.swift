import Engine
import Providers

/// Reads and checks the endpoints of one user.
///
/// Its type is the provider that sends to it, and all that there are send to a URL. What an
/// endpoint of another one needs, such as a token, is a case of `write` and a field of `Parts`.
// SAFETY: what it borrows of a row is read within the call that hands it in.
@safe
struct EndpointReader {
    private var count = 0
    private var ids: [[UInt8]] = []
    /// The type of the first when that is its id, too, as with most: that takes no memory.
    private var defaultID: ProviderKind?

    /// The fields of an endpoint as they were given.
    // SAFETY: ranges of the row that is read, used before the cursor is moved to another.
    @safe
    private struct Parts {
        var type: UnsafeRawBufferPointer?
        var id: UnsafeRawBufferPointer?
        var url: UnsafeRawBufferPointer?
    }

    /// Copies the array that is next.
    mutating func read(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) -> UserBatch.Text {
        guard cursor.next == UInt8(ascii: "[") else {
            throw UserObjectReader.wrongType(&cursor, "/endpoints", "an array")
        }
        let start = begin(&batch)
        unsafe cursor.place += 1
        cursor.skipSpace()
        if !cursor.pass("]") {
            while true {
                let parts = try endpoint(&cursor)
                try write(parts, &batch)
                cursor.skipSpace()
                if cursor.pass("]") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBracket) }
                cursor.skipSpace()
            }
        }
        return end(start, &batch)
    }

    /// Writes the one endpoint that a URL makes.
    mutating func write(
        webhook url: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) -> UserBatch.Text {
        let start = begin(&batch)
        var parts = Parts()
        unsafe parts.url = unsafe url
        let type = ProviderKind.webhook.name
        unsafe parts.type = unsafe UnsafeRawBufferPointer(
            start: type.utf8Start, count: type.utf8CodeUnitCount)
        try write(parts, &batch)
        return end(start, &batch)
    }

    private func begin(_ batch: inout UserBatch) -> Int {
        batch.append(UInt8(ascii: "["))
        return batch.byteCount - 1
    }

    private func end(_ start: Int, _ batch: inout UserBatch) -> UserBatch.Text {
        batch.append(UInt8(ascii: "]"))
        return batch.text(from: start)
    }

    private var path: String { "/endpoints/\(count)" }

    private func endpoint(_ cursor: inout JSONCursor) throws(RowFault) -> Parts {
        guard cursor.next == UInt8(ascii: "{") else {
            throw UserObjectReader.wrongType(&cursor, path, "an object")
        }
        var parts = Parts()
        unsafe cursor.place += 1
        cursor.skipSpace()
        if cursor.pass("}") { return parts }
        while true {
            guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
            let key = try unsafe cursor.readString()
            try cursor.passColon()
            let isNew: Bool
            if unsafe key.equals("url") {
                isNew = unsafe parts.url == nil
                unsafe parts.url = try UserObjectReader.string(&cursor, "\(path)/url")
            } else if unsafe key.equals("type") {
                isNew = unsafe parts.type == nil
                unsafe parts.type = try UserObjectReader.string(&cursor, "\(path)/type")
            } else if unsafe key.equals("id") {
                isNew = unsafe parts.id == nil
                unsafe parts.id = try UserObjectReader.string(&cursor, "\(path)/id")
            } else {
                throw .user(
                    "\(path)/\(unsafe UserObjectReader.shown(key))", "unknown_field",
                    "known here: type, url, id")
            }
            guard isNew else {
                throw .user(
                    "\(path)/\(unsafe UserObjectReader.shown(key))", "duplicate",
                    "the field is there twice")
            }
            cursor.skipSpace()
            if cursor.pass("}") { return parts }
            guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
            cursor.skipSpace()
        }
    }

    private mutating func write(_ parts: Parts, _ batch: inout UserBatch) throws(RowFault) {
        guard count < UserLimits.endpoints else {
            throw .user(
                "/endpoints", "wrong_count", "expected at most \(UserLimits.endpoints) items")
        }
        guard let type = unsafe parts.type else {
            throw .user("\(path)/type", "missing", "is required")
        }
        guard let kind = ProviderKind.allCases.first(where: { unsafe type.equals($0.name) }) else {
            let known = ProviderKind.names.joined(separator: ", ")
            throw .user("\(path)/type", "unknown_value", "expected one of \(known)")
        }
        guard let url = unsafe parts.url else {
            throw .user("\(path)/url", "missing", "is required")
        }
        guard unsafe Self.isURL(url) else {
            throw .user(
                "\(path)/url", "wrong_format",
                "expected a URL with http or https and a host, of printable ASCII, "
                    + "at most \(UserLimits.urlLength) characters")
        }
        if count > 0 { batch.append(UInt8(ascii: ",")) }
        batch.append("{\"id\":\"")
        if let id = unsafe parts.id {
            try unsafe check(id: id)
            unsafe batch.append(id)
        } else if count == 0 {
            defaultID = kind
            batch.append(kind.name)
        } else {
            let id = freeID(kind)
            ids.append(id)
            unsafe id.withUnsafeBytes { unsafe batch.append($0) }
        }
        batch.append("\",\"type\":\"")
        batch.append(kind.name)
        batch.append("\",\"url\":\"")
        unsafe batch.appendEscaped(url)
        batch.append("\"}")
        count += 1
    }

    /// An endpoint without an id gets the same one each time.
    private func freeID(_ kind: ProviderKind) -> [UInt8] {
        var number = count + 1
        while true {
            let id = Array("\(kind.rawValue)_\(number)".utf8)
            if !ids.contains(id) { return id }
            number += 1
        }
    }

    private mutating func check(id: UnsafeRawBufferPointer) throws(RowFault) {
        let isClean =
            unsafe 1...UserLimits.endpointIDLength ~= id.count
            && id.allSatisfy { Self.isIDByte($0) }
        guard isClean else {
            throw .user(
                "\(path)/id", "wrong_format",
                "expected 1 to \(UserLimits.endpointIDLength) letters, digits and _ . : -")
        }
        let copy = unsafe Array(id)
        let isDefault = defaultID.map { copy.elementsEqual($0.rawValue.utf8) } ?? false
        guard !isDefault, !ids.contains(copy) else {
            throw .user("\(path)/id", "duplicate", "expected each id once")
        }
        ids.append(copy)
    }

    private static func isIDByte(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "A")...UInt8(ascii: "Z"), UInt8(ascii: "a")...UInt8(ascii: "z"),
            UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "."),
            UInt8(ascii: ":"), UInt8(ascii: "-"):
            true
        default: false
        }
    }

    /// Whether a text can be the address of a webhook; whether it may be called is asked at the
    /// time of the call.
    private static func isURL(_ text: UnsafeRawBufferPointer) -> Bool {
        unsafe text.count <= UserLimits.urlLength && text.allSatisfy { $0 < 0x7F }
            && (try? HTTPURL(text)) != nil
    }
}

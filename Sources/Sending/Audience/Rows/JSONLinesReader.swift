import Engine
import Glibc
import Jinja

/// Reads the rows of a JSON Lines input into slots.
///
/// A row is `{"user_id": …, "variables": {…}}`. The user id is a string, or an integer, which is
/// taken as it is written. Scalars keep their type; arrays and objects are kept as the JSON that
/// they are. A key that is not expected, or is there twice, rejects the row: ignored, it would be
/// data that is dropped in silence. Within arrays and objects keys are not compared.
struct JSONLinesReader: RowReader, ~Copyable {
    private(set) var reject: Reject?
    private var lines: LineScanner
    private let limits: AudienceLimits

    var fileBytesRead: UInt64 { lines.window.fileBytesRead }

    init(_ window: consuming InputWindow, limits: AudienceLimits) throws(AudienceError) {
        lines = try LineScanner(window, rowBytesMax: limits.rowBytesMax)
        self.limits = limits
    }

    mutating func next(
        into row: RowSlots, _ columns: inout ColumnTable
    ) throws(AudienceError) -> RowOutcome {
        switch try lines.next() {
        case .end: return .end
        case .rejected(let fault):
            setReject(fault.reason, at: fault.offset)
            return .rejected
        case .line: break
        }
        var cursor = unsafe JSONCursor(lines.start, lines.end, depthMax: limits.jsonDepthMax)
        cursor.skipSpace()
        do throws(RowFault) {
            try read(&cursor, into: row, &columns)
            return .row
        } catch {
            setReject(error.reason, at: error.offset)
            return .rejected
        }
    }

    private mutating func setReject(_ reason: RejectReason, at offset: Int) {
        let line = lines.line
        reject = Reject(line: line, column: offset + 1, reason: reason, skippedLines: line...line)
    }

    // MARK: One row

    private func read(
        _ cursor: inout JSONCursor, into row: RowSlots, _ columns: inout ColumnTable
    ) throws(RowFault) {
        let slots = unsafe row.slots
        for slot in 0...columns.count { unsafe slots[slot] = .missing }
        guard cursor.pass("{") else { throw cursor.fault(.object) }
        var hasVariables = false
        cursor.skipSpace()
        if !cursor.pass("}") {
            while true {
                let keyOffset = cursor.offset
                guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
                let key = try unsafe cursor.readString()
                try cursor.passColon()
                switch unsafe Self.topKey(key) {
                case .userID:
                    if case .missing = unsafe slots[0].kind {
                    } else {
                        throw unsafe Self.fault(RejectReason.duplicateKey, key, keyOffset)
                    }
                    unsafe slots[0] = try readUserID(&cursor)
                case .variables:
                    if hasVariables {
                        throw unsafe Self.fault(RejectReason.duplicateKey, key, keyOffset)
                    }
                    hasVariables = true
                    try readVariables(&cursor, into: row, &columns)
                case nil:
                    throw unsafe Self.fault(RejectReason.unknownKey, key, keyOffset)
                }
                cursor.skipSpace()
                if cursor.pass("}") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
                cursor.skipSpace()
            }
        }
        let rowEnd = cursor.offset
        cursor.skipSpace()
        if cursor.next != nil { throw cursor.fault(.endOfRow) }
        if case .missing = unsafe slots[0].kind {
            throw RowFault(reason: .missingUserID, offset: rowEnd - 1)
        }
    }

    private func readUserID(_ cursor: inout JSONCursor) throws(RowFault) -> SlotValue {
        let offset = cursor.offset
        let start = unsafe cursor.place
        var id: UnsafeRawBufferPointer
        switch cursor.next {
        case UInt8(ascii: "\""):
            unsafe id = try unsafe cursor.readString()
        case UInt8(ascii: "-"), .some(0x30...0x39):
            guard try cursor.passNumber().isInteger else {
                throw RowFault(reason: .userIDType, offset: offset)
            }
            unsafe id = unsafe UnsafeRawBufferPointer(start: start, count: cursor.place - start)
        default:
            // Broken JSON is called so, rather than a wrong type.
            try cursor.passValue(depth: limits.jsonDepthMax)
            throw RowFault(reason: .userIDType, offset: offset)
        }
        if let fault = unsafe UserIDCheck.fault(id, limits) {
            throw RowFault(reason: fault.reason, offset: offset)
        }
        return unsafe SlotValue(string: id)
    }

    private func readVariables(
        _ cursor: inout JSONCursor, into row: RowSlots, _ columns: inout ColumnTable
    ) throws(RowFault) {
        guard cursor.pass("{") else {
            let offset = cursor.offset
            try cursor.passValue(depth: limits.jsonDepthMax)
            throw RowFault(reason: .variablesType, offset: offset)
        }
        cursor.skipSpace()
        if cursor.pass("}") { return }
        var guess = 0
        while true {
            let keyOffset = cursor.offset
            guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
            let name = try unsafe cursor.readString()
            let column = try unsafe self.column(named: name, guess: guess, &columns, keyOffset)
            guess = column + 1
            try cursor.passColon()
            if case .missing = unsafe row.slots[column + 1].kind {
            } else {
                throw unsafe Self.fault(RejectReason.duplicateKey, name, keyOffset)
            }
            unsafe row.slots[column + 1] = try readValue(&cursor)
            cursor.skipSpace()
            if cursor.pass("}") { return }
            guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
            cursor.skipSpace()
        }
    }

    /// The column of a variable, a new one if it is met for the first time.
    @inline(__always)
    private func column(
        named name: UnsafeRawBufferPointer, guess: Int, _ columns: inout ColumnTable, _ offset: Int
    ) throws(RowFault) -> Int {
        if let column = unsafe columns.column(of: name, guess: guess) { return column }
        if name.count == 0 { throw RowFault(reason: .emptyName, offset: offset) }
        if name.count > limits.columnNameBytesMax {
            let limit = limits.columnNameBytesMax
            throw RowFault(reason: .nameTooLong(limit: limit), offset: offset)
        }
        if let column = unsafe columns.insert(name) { return column }
        let limit = columns.columnsMax
        throw unsafe Self.fault({ .tooManyColumns(limit: limit, name: $0) }, name, offset)
    }

    private func readValue(_ cursor: inout JSONCursor) throws(RowFault) -> SlotValue {
        let start = unsafe cursor.place
        switch cursor.next {
        case UInt8(ascii: "\""): return try unsafe SlotValue(string: cursor.readString())
        case UInt8(ascii: "{"), UInt8(ascii: "["):
            try cursor.passValue(depth: limits.jsonDepthMax)
            return unsafe SlotValue(
                json: UnsafeRawBufferPointer(start: start, count: cursor.place - start))
        case UInt8(ascii: "t"):
            try cursor.passWord("true")
            return SlotValue(true)
        case UInt8(ascii: "f"):
            try cursor.passWord("false")
            return SlotValue(false)
        case UInt8(ascii: "n"):
            try cursor.passWord("null")
            return .null
        default: return try cursor.readNumber()
        }
    }

    private enum TopKey {
        case userID
        case variables
    }

    private static func topKey(_ key: UnsafeRawBufferPointer) -> TopKey? {
        func equals(_ name: StaticString) -> Bool {
            guard key.count == name.utf8CodeUnitCount, let start = key.baseAddress else {
                return false
            }
            return unsafe memcmp(start, name.utf8Start, key.count) == 0
        }
        if equals("user_id") || equals("userId") { return .userID }
        return equals("variables") ? .variables : nil
    }

    /// A fault that names a key, shortened and without what could disturb a list of rejects.
    private static func fault(
        _ reason: (String) -> RejectReason, _ key: UnsafeRawBufferPointer, _ offset: Int
    ) -> RowFault {
        let shown = unsafe String(decoding: key, as: UTF8.self).unicodeScalars.prefix(64)
        let clean = String(String.UnicodeScalarView(shown.map { $0.value < 0x20 ? " " : $0 }))
        return RowFault(reason: reason(clean), offset: offset)
    }
}

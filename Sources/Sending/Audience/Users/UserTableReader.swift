import Structures

/// Reads users from the rows of a CSV input.
///
/// An empty field is no value. Every column that is not a field of users is an attribute.
struct UserTableReader: ~Copyable {
    private var scanner: CSVScanner
    private let columns: UserColumns
    private var builder: UserBuilder

    var fileBytesRead: UInt64 { scanner.window.fileBytesRead }

    init(_ window: consuming InputWindow, _ rules: UserRules) throws(AudienceError) {
        var scanner = CSVScanner(
            window, fieldsMax: UserLimits.columns + 1, rowBytesMax: UserLimits.rowBytes)
        try scanner.skipByteOrderMark()
        columns = try UserColumns(&scanner, rules)
        self.scanner = scanner
        builder = UserBuilder(rules: rules)
    }

    /// Goes on with other rules: attributes are declared at any time.
    mutating func use(_ rules: UserRules) { builder = UserBuilder(rules: rules) }

    /// Reads the next row into the batch, as a user or as a reject.
    ///
    /// - Returns: False at the end of the input.
    mutating func next(into batch: inout UserBatch) throws(AudienceError) -> Bool {
        switch try scanner.next() {
        case .end: return false
        case .row: break
        case .rejected:
            guard let reject = scanner.reject else {
                preconditionFailure("a rejected row has its reason")
            }
            batch.reject(UserFault(reject), line: reject.line, lines: reject.count)
            return true
        }
        let line = scanner.rowLine
        builder.begin(batch, line: line)
        do throws(RowFault) {
            try row(&batch)
            try builder.finish(&batch)
        } catch {
            builder.discard(&batch)
            batch.reject(UserFault(error), line: line)
        }
        return true
    }

    private mutating func row(_ batch: inout UserBatch) throws(RowFault) {
        let row = scanner.row
        if unsafe !ByteScan.isPlain(row.start, row.end),
            let fault = unsafe UTF8Check.firstFault(row.start, row.end)
        {
            throw RowFault(
                reason: fault.isZero ? .zeroByte : .invalidUTF8, offset: fault.offset)
        }
        guard row.fieldCount == columns.kinds.count else {
            throw RowFault(
                reason: .fieldCount(found: row.fieldCount, expected: columns.kinds.count),
                offset: 0)
        }
        if columns.hasConsent { builder.row.consent = .merged }
        for (index, kind) in columns.kinds.enumerated() {
            let field = unsafe scanner.fields[index]
            // Attributes are read in the order of their document.
            if unsafe field.start == field.end || kind == .attribute { continue }
            let text = unsafe field.text
            switch kind {
            case .id: try unsafe builder.setID(text, &batch)
            case .name: try unsafe builder.setName(text, &batch)
            case .locale: try unsafe builder.setLocale(text, &batch)
            case .timezone: try unsafe builder.setTimezone(text, &batch)
            case .lastActiveAt: try unsafe builder.setLastActive(text)
            case .tags: try unsafe tags(text, &batch)
            case .webhookURL:
                var reader = EndpointReader()
                builder.row.endpoints = try unsafe reader.write(webhook: text, &batch)
            case .consent(let type): try unsafe builder.setConsent(type, text)
            case .attribute: break
            }
        }
        try attributes(&batch)
    }

    private mutating func tags(
        _ text: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) {
        builder.beginTags(&batch)
        var start = 0
        for index in 0...text.count
        where unsafe index == text.count || text[index] == UInt8(ascii: ";") {
            var from = start
            var to = index
            while from < to, unsafe text[from] == 0x20 { from += 1 }
            while from < to, unsafe text[to - 1] == 0x20 { to -= 1 }
            if from < to {
                try unsafe builder.addTag(
                    UnsafeRawBufferPointer(rebasing: text[from..<to]), &batch)
            }
            start = index + 1
        }
        builder.endTags(&batch)
    }

    // MARK: Attributes

    private mutating func attributes(_ batch: inout UserBatch) throws(RowFault) {
        guard !columns.attributes.isEmpty else { return }
        let start = batch.byteCount
        _ = try members(columns.attributes, &batch, builder.rules.attributes)
        guard batch.byteCount - start <= UserLimits.attributeBytes else {
            throw .user(
                "/attributes", "too_large",
                "expected at most \(UserLimits.attributeBytes) bytes of JSON")
        }
        builder.row.attributes = batch.text(from: start)
    }

    /// Writes an object of the members that have a value.
    ///
    /// - Returns: How many there were.
    private func members(
        _ members: [UserColumns.Member], _ batch: inout UserBatch, _ node: AttributeNode?
    ) throws(RowFault) -> Int {
        var count = 0
        batch.append(UInt8(ascii: "{"))
        for member in members {
            let mark = batch.byteCount
            if count > 0 { batch.append(UInt8(ascii: ",")) }
            unsafe member.quotedKey.withUnsafeBytes { unsafe batch.append($0) }
            batch.append(UInt8(ascii: ":"))
            let child = unsafe member.key.withUnsafeBytes {
                unsafe node?.child($0, hash: FNV1a.hash($0))
            }
            let isThere: Bool
            switch member.content {
            case .field(let index):
                isThere = try value(unsafe scanner.fields[index], child, &batch)
            case .object(let inner):
                isThere = try self.members(inner, &batch, child) > 0
            }
            if isThere {
                count += 1
            } else {
                batch.cut(to: mark, tags: batch.tags.count)
            }
        }
        batch.append(UInt8(ascii: "}"))
        return count
    }

    /// Writes a field as a JSON value of the declared type, a string where none is declared.
    private func value(
        _ field: CSVField, _ node: AttributeNode?, _ batch: inout UserBatch
    ) throws(RowFault) -> Bool {
        if unsafe field.start == field.end { return false }
        let text = unsafe field.text
        let type = node?.type ?? .string
        let fits: Bool
        switch type {
        case .boolean:
            fits = unsafe text.elementsEqual("true".utf8) || text.elementsEqual("false".utf8)
        case .integer, .number: fits = unsafe Self.isNumber(text, isInteger: type == .integer)
        case .time: fits = unsafe AttributeWriter.isTime(text)
        case .string: fits = true
        }
        guard fits else {
            throw .user(node?.pointer ?? "/attributes", "wrong_type", "expected \(type.phrase)")
        }
        let isQuoted = type == .string || type == .time
        if isQuoted { batch.append(UInt8(ascii: "\"")) }
        unsafe batch.appendEscaped(text)
        if isQuoted { batch.append(UInt8(ascii: "\"")) }
        return true
    }

    /// Whether a text is a number as JSON has it that a double or a 64-bit integer holds.
    private static func isNumber(_ text: UnsafeRawBufferPointer, isInteger: Bool) -> Bool {
        guard text.count <= 64 else { return false }
        var copy = unsafe Array(text)
        copy.append(UInt8(ascii: "\n"))
        return unsafe copy.withUnsafeMutableBufferPointer { bytes in
            guard let base = bytes.baseAddress else { return false }
            var cursor = unsafe JSONCursor(base, base + text.count, depthMax: 1)
            guard let number = try? cursor.passNumber(), cursor.next == nil else { return false }
            return isInteger
                ? number.isInteger && number.fitsMantissa
                : number.fitsMantissa && abs(number.exponent) <= 280
        }
    }
}

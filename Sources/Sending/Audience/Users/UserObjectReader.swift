/// Reads users that are JSON objects, in the form that the API has.
///
/// A field that is not known, or is there twice, is a fault: ignored, it would be data that is
/// dropped in silence.
package struct UserObjectReader: ~Copyable {
    private var builder: UserBuilder
    private var attributes: AttributeWriter

    /// A reader for users of one app, by its rules as they are.
    package init(_ rules: UserRules) {
        builder = UserBuilder(rules: rules)
        attributes = AttributeWriter(rules)
    }

    /// Reads one user from JSON.
    ///
    /// - Throws: The first mistake.
    package mutating func read(
        _ json: [UInt8], line: UInt64 = 0, into batch: inout UserBatch
    ) throws(UserFault) {
        // With the line feed and the room that scans of strings rely on.
        var text = json
        text.append(UInt8(ascii: "\n"))
        text.append(contentsOf: repeatElement(0, count: 16))
        var fault: RowFault?
        unsafe text.withUnsafeMutableBufferPointer { text in
            guard let base = text.baseAddress else { return }
            do throws(RowFault) {
                try unsafe read(base, base + json.count, line: line, into: &batch)
            } catch { fault = error }
        }
        if let fault { throw UserFault(fault) }
    }

    /// Reads one user from bytes that are UTF-8, and that a control character follows.
    mutating func read(
        _ start: UnsafeMutablePointer<UInt8>, _ end: UnsafeMutablePointer<UInt8>, line: UInt64,
        into batch: inout UserBatch
    ) throws(RowFault) {
        var cursor = unsafe JSONCursor(start, end, depthMax: UserLimits.attributeDepth)
        builder.begin(batch, line: line)
        do throws(RowFault) {
            try object(&cursor, &batch)
            try builder.finish(&batch)
        } catch {
            builder.discard(&batch)
            throw error
        }
    }

    private mutating func object(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) {
        cursor.skipSpace()
        guard cursor.pass("{") else { throw cursor.fault(.object) }
        var seen: UInt16 = 0
        cursor.skipSpace()
        if !cursor.pass("}") {
            while true {
                guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
                let key = try unsafe cursor.readString()
                try cursor.passColon()
                guard let field = unsafe Field(key) else {
                    let name = unsafe Self.shown(key)
                    let known = Field.allCases.map(\.name).joined(separator: ", ")
                    throw .user("/\(name)", "unknown_field", "known here: \(known)")
                }
                guard seen & field.rawValue == 0 else {
                    throw .user("/\(field.name)", "duplicate", "the field is there twice")
                }
                seen |= field.rawValue
                try value(of: field, &cursor, &batch)
                cursor.skipSpace()
                if cursor.pass("}") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
                cursor.skipSpace()
            }
        }
        cursor.skipSpace()
        if cursor.next != nil { throw cursor.fault(.endOfRow) }
    }

    private mutating func value(
        of field: Field, _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) {
        switch field {
        case .id: try unsafe builder.setID(Self.string(&cursor, "/id"), &batch)
        case .name:
            if let text = try unsafe Self.stringOrNull(&cursor, "/name") {
                try unsafe builder.setName(text, &batch)
            }
        case .locale:
            if let text = try unsafe Self.stringOrNull(&cursor, "/locale") {
                try unsafe builder.setLocale(text, &batch)
            }
        case .timezone:
            if let text = try unsafe Self.stringOrNull(&cursor, "/timezone") {
                try unsafe builder.setTimezone(text, &batch)
            }
        case .lastActiveAt:
            builder.row.namesLastActive = true
            if let text = try unsafe Self.stringOrNull(&cursor, "/last_active_at") {
                try unsafe builder.setLastActive(text)
            }
        case .attributes: builder.row.attributes = try attributes.write(&cursor, &batch)
        case .tags: try tags(&cursor, &batch)
        case .consent: try consent(&cursor)
        case .endpoints:
            var reader = EndpointReader()
            builder.row.endpoints = try reader.read(&cursor, &batch)
        }
    }

    private mutating func tags(
        _ cursor: inout JSONCursor, _ batch: inout UserBatch
    ) throws(RowFault) {
        guard cursor.next == UInt8(ascii: "[") else {
            throw Self.wrongType(&cursor, "/tags", "an array")
        }
        builder.beginTags(&batch)
        unsafe cursor.place += 1
        cursor.skipSpace()
        if !cursor.pass("]") {
            while true {
                let index = builder.row.tagCount
                try unsafe builder.addTag(Self.string(&cursor, "/tags/\(index)"), &batch)
                cursor.skipSpace()
                if cursor.pass("]") { break }
                guard cursor.pass(",") else { throw cursor.fault(.commaOrBracket) }
                cursor.skipSpace()
            }
        }
        builder.endTags(&batch)
    }

    private mutating func consent(_ cursor: inout JSONCursor) throws(RowFault) {
        guard cursor.next == UInt8(ascii: "{") else {
            throw Self.wrongType(&cursor, "/consent", "an object")
        }
        builder.row.consent = .replaced
        unsafe cursor.place += 1
        cursor.skipSpace()
        if cursor.pass("}") { return }
        while true {
            guard cursor.next == UInt8(ascii: "\"") else { throw cursor.fault(.key) }
            let key = try unsafe cursor.readString()
            guard let type = unsafe builder.consentType(key) else {
                let known = builder.rules.consentTypes.map { String(decoding: $0, as: UTF8.self) }
                throw .user(
                    "/consent/\(unsafe Self.shown(key))", "unknown_field",
                    "known here: \(known.joined(separator: ", "))")
            }
            try cursor.passColon()
            try unsafe builder.setConsent(type, Self.string(&cursor, "/consent"))
            cursor.skipSpace()
            if cursor.pass("}") { return }
            guard cursor.pass(",") else { throw cursor.fault(.commaOrBrace) }
            cursor.skipSpace()
        }
    }

    // MARK: Values

    static func string(
        _ cursor: inout JSONCursor, _ path: @autoclosure () -> String
    ) throws(RowFault) -> UnsafeRawBufferPointer {
        guard cursor.next == UInt8(ascii: "\"") else {
            throw wrongType(&cursor, path(), "a string")
        }
        return try unsafe cursor.readString()
    }

    private static func stringOrNull(
        _ cursor: inout JSONCursor, _ path: @autoclosure () -> String
    ) throws(RowFault) -> UnsafeRawBufferPointer? {
        if cursor.next == UInt8(ascii: "n") {
            try cursor.passWord("null")
            return nil
        }
        return try unsafe string(&cursor, path())
    }

    /// The fault of a value of another type; broken JSON is called so instead.
    static func wrongType(
        _ cursor: inout JSONCursor, _ path: String, _ expected: String
    ) -> RowFault {
        do throws(RowFault) {
            try cursor.passValue(depth: UserLimits.attributeDepth)
        } catch { return error }
        return .user(path, "wrong_type", "expected \(expected)")
    }

    /// A name from outside as faults repeat it.
    static func shown(_ key: UnsafeRawBufferPointer) -> String {
        let shown = unsafe String(decoding: key, as: UTF8.self).unicodeScalars.prefix(64)
        return String(String.UnicodeScalarView(shown.map { $0.value < 0x20 ? " " : $0 }))
            .replacing("~", with: "~0").replacing("/", with: "~1")
    }

    /// What can be set of a user, each a bit.
    enum Field: UInt16, CaseIterable {
        case id = 1
        case name = 2
        case locale = 4
        case timezone = 8
        case attributes = 16
        case tags = 32
        case consent = 64
        case endpoints = 128
        case lastActiveAt = 256

        var name: String { self == .lastActiveAt ? "last_active_at" : "\(self)" }

        init?(_ key: UnsafeRawBufferPointer) {
            if unsafe key.equals("id") {
                self = .id
            } else if unsafe key.equals("name") {
                self = .name
            } else if unsafe key.equals("attributes") {
                self = .attributes
            } else if unsafe key.equals("tags") {
                self = .tags
            } else if unsafe key.equals("locale") {
                self = .locale
            } else if unsafe key.equals("timezone") {
                self = .timezone
            } else if unsafe key.equals("endpoints") {
                self = .endpoints
            } else if unsafe key.equals("consent") {
                self = .consent
            } else if unsafe key.equals("last_active_at") {
                self = .lastActiveAt
            } else {
                return nil
            }
        }
    }
}

import Structures

/// Checks the fields of one user after the other and puts them into a batch, whatever they are read
/// from.
struct UserBuilder: ~Copyable {
    let rules: UserRules
    var row = UserBatch.Row()
    private var bytesMark = 0
    private var tagsMark = 0
    private var timezones = NameCache()
    private var tagHashes: [UInt64] = []

    init(rules: UserRules) { self.rules = rules }

    /// Begins a user; what was begun before and not finished must have been discarded.
    mutating func begin(_ batch: borrowing UserBatch, line: UInt64) {
        row = UserBatch.Row()
        row.line = line
        bytesMark = batch.byteCount
        tagsMark = batch.tags.count
        row.firstTag = Int32(tagsMark)
        escaped.removeAll(keepingCapacity: true)
    }

    /// Adds the user to the batch.
    mutating func finish(_ batch: inout UserBatch) throws(RowFault) {
        guard row.id.exists else { throw .user("/id", "missing", "is required") }
        batch.append(row)
    }

    /// Takes back what the user has put into the batch.
    func discard(_ batch: inout UserBatch) { batch.cut(to: bytesMark, tags: tagsMark) }

    // MARK: Texts

    /// Counts Unicode scalars: all bytes that do not continue one.
    static func length(_ text: UnsafeRawBufferPointer) -> Int {
        var count = 0
        for index in 0..<text.count where unsafe text[index] & 0xC0 != 0x80 { count += 1 }
        return count
    }

    /// Checks the length of a text and that it has no NUL.
    static func check(
        _ text: UnsafeRawBufferPointer, _ lengths: ClosedRange<Int>,
        _ path: @autoclosure () -> String
    ) throws(RowFault) {
        // Characters are at most bytes, so that most texts need no count.
        if text.count > lengths.upperBound || text.count < lengths.lowerBound {
            let count = unsafe length(text)
            guard lengths.contains(count) else {
                throw .user(
                    path(), count < lengths.lowerBound ? "too_short" : "too_long",
                    "expected \(lengths.lowerBound) to \(lengths.upperBound) characters, "
                        + "got \(count)")
            }
        }
        guard unsafe !text.contains(0) else {
            throw .user(path(), "wrong_format", "a NUL is not allowed")
        }
    }

    mutating func setID(_ text: UnsafeRawBufferPointer, _ batch: inout UserBatch) throws(RowFault) {
        try unsafe Self.check(text, 1...UserLimits.idLength, "/id")
        let isClean = unsafe text.allSatisfy {
            $0 > 0x20 && $0 != 0x7F && $0 != UInt8(ascii: "/")
        }
        guard isClean else {
            throw .user(
                "/id", "wrong_format", "expected no spaces, control characters or slashes")
        }
        row.id = unsafe batch.copy(text)
    }

    mutating func setName(
        _ text: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) {
        try unsafe Self.check(text, 1...UserLimits.nameLength, "/name")
        row.name = unsafe batch.copy(text)
    }

    /// Takes a language with subtags of letters and digits, such as `en`, `pt-BR`, `zh-Hant-TW`.
    mutating func setLocale(
        _ text: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) {
        guard unsafe Self.isLocale(text) else {
            throw .user(
                "/locale", "wrong_format", "expected a language tag (BCP 47), such as en or pt-BR")
        }
        row.locale = unsafe batch.copy(text)
    }

    static func isLocale(_ text: UnsafeRawBufferPointer) -> Bool {
        guard 2...UserLimits.localeLength ~= text.count else { return false }
        var length = 0
        var isFirst = true
        for index in 0..<text.count {
            switch unsafe text[index] {
            case UInt8(ascii: "-"):
                guard length >= (isFirst ? 2 : 1) else { return false }
                isFirst = false
                length = 0
            case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"):
                length += 1
            case UInt8(ascii: "0")...UInt8(ascii: "9") where !isFirst: length += 1
            default: return false
            }
            if length > 8 { return false }
        }
        return length >= (isFirst ? 2 : 1)
    }

    mutating func setTimezone(
        _ text: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) {
        let isKnown =
            unsafe 1...UserLimits.timezoneLength ~= text.count
            && timezones.accepts(text, rules.isTimeZone)
        guard isKnown else {
            throw .user(
                "/timezone", "unknown_value",
                "expected a name of the time zone database, such as Europe/Berlin")
        }
        row.timezone = unsafe batch.copy(text)
    }

    mutating func setLastActive(_ text: UnsafeRawBufferPointer) throws(RowFault) {
        guard let time = unsafe RFC3339.milliseconds(text) else {
            throw .user(
                "/last_active_at", "wrong_format",
                "expected a time as RFC 3339, such as 2026-01-31T08:00:00Z")
        }
        row.lastActiveAt = time
        row.namesLastActive = true
    }

    // MARK: Consent

    /// Notes the consent for a type of channels; of two words for one, the later counts.
    mutating func setConsent(
        _ type: Int, _ word: UnsafeRawBufferPointer
    ) throws(RowFault) {
        let bit = UInt32(1) << UInt32(type)
        row.granted &= ~bit
        row.denied &= ~bit
        if unsafe word.equals("granted") {
            row.granted |= bit
        } else if unsafe word.equals("denied") {
            row.denied |= bit
        } else {
            let name = String(decoding: rules.consentTypes[type], as: UTF8.self)
            throw .user(
                "/consent/\(name)", "unknown_value", "expected one of granted, denied")
        }
    }

    func consentType(_ name: UnsafeRawBufferPointer) -> Int? {
        rules.consentTypes.firstIndex { unsafe $0.elementsEqual(name) }
    }

    // MARK: Tags

    mutating func beginTags(_ batch: inout UserBatch) {
        tagHashes.removeAll(keepingCapacity: true)
        row.tags = batch.text(from: batch.byteCount)
        batch.append(UInt8(ascii: "["))
    }

    mutating func addTag(
        _ text: UnsafeRawBufferPointer, _ batch: inout UserBatch
    ) throws(RowFault) {
        let index = Int(row.tagCount)
        guard index < UserLimits.tags else {
            throw .user("/tags", "wrong_count", "expected at most \(UserLimits.tags) items")
        }
        try unsafe Self.check(text, 1...UserLimits.tagLength, "/tags/\(index)")
        let hash = unsafe FNV1a.hash(text)
        if let other = tagHashes.firstIndex(of: hash), unsafe isTag(other, text, batch) {
            throw .user("/tags/\(index)", "duplicate", "expected each tag once")
        }
        tagHashes.append(hash)
        if index > 0 { batch.append(UInt8(ascii: ",")) }
        batch.append(UInt8(ascii: "\""))
        let start = batch.byteCount
        unsafe batch.appendEscaped(text)
        let isPlain = batch.byteCount - start == text.count
        let plain = batch.text(from: start)
        batch.append(UInt8(ascii: "\""))
        batch.append(tag: isPlain ? plain : .init())
        row.tagCount += 1
        // What was escaped is kept once more as it is, after the array: see `endTags`.
        if !isPlain { escaped.append((Int(row.firstTag) + index, unsafe Array(text))) }
    }

    private var escaped: [(tag: Int, text: [UInt8])] = []

    private func isTag(
        _ index: Int, _ text: UnsafeRawBufferPointer, _ batch: borrowing UserBatch
    ) -> Bool {
        let tag = Int(row.firstTag) + index
        if let own = escaped.first(where: { $0.tag == tag }) {
            return unsafe own.text.elementsEqual(text)
        }
        return unsafe batch.bytes(batch.tags[tag]).elementsEqual(text)
    }

    mutating func endTags(_ batch: inout UserBatch) {
        batch.append(UInt8(ascii: "]"))
        batch.extend(&row.tags)
        guard !escaped.isEmpty else { return }
        for (tag, text) in escaped {
            unsafe text.withUnsafeBytes { batch.setTag(tag, unsafe batch.copy($0)) }
        }
        escaped.removeAll(keepingCapacity: true)
    }
}

/// Names that were accepted before, so that most are looked up by their bytes alone.
struct NameCache: ~Copyable {
    private var slots: [[UInt8]] = Array(repeating: [], count: 256)

    mutating func accepts(
        _ name: UnsafeRawBufferPointer, _ isKnown: (String) -> Bool
    ) -> Bool {
        let slot = unsafe Int(truncatingIfNeeded: FNV1a.hash(name) & 255)
        if slots[slot].count == name.count, unsafe slots[slot].elementsEqual(name) { return true }
        guard unsafe isKnown(String(decoding: name, as: UTF8.self)) else { return false }
        slots[slot] = unsafe Array(name)
        return true
    }
}

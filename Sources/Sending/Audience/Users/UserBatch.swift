/// Users that were read and checked, ready to be written: one run of bytes and what lies where.
///
/// It is reused from batch to batch, so that reading a million users allocates next to nothing.
// SAFETY: it owns its memory for its whole life, and the texts are ranges of what was appended.
@safe
package struct UserBatch: ~Copyable {
    /// A text in the batch's bytes; none where a user lacks the field.
    package struct Text: BitwiseCopyable, Sendable {
        fileprivate var offset: UInt32 = .max
        fileprivate var length: UInt32 = 0

        /// Whether there is a text, an empty one included.
        package var exists: Bool { offset != .max }
    }

    /// What is to happen to the consent that a known user has.
    package enum ConsentChange: BitwiseCopyable, Sendable {
        /// It stays: the input does not name consent.
        case kept
        /// What the input names is all that there is.
        case replaced
        /// The types that are named change, others stay.
        case merged
    }

    /// One user.
    package struct Row: BitwiseCopyable, Sendable {
        /// Where the user was in the input: a line, or an index.
        package var line: UInt64 = 0
        /// The user id, unique within an app; every row has one.
        package var id = Text()
        /// The name for people to read.
        package var name = Text()
        /// A language tag of BCP 47, as it was given.
        package var locale = Text()
        /// The name of a time zone, such as `Europe/Berlin`.
        package var timezone = Text()
        /// A JSON object without spaces.
        package var attributes = Text()
        /// A JSON array.
        package var tags = Text()
        /// A JSON array.
        package var endpoints = Text()
        /// When the user was last active, in Unix milliseconds; nil when that is unknown.
        package var lastActiveAt: Int64?
        /// Whether the input names the time; else a known user keeps its own.
        package var namesLastActive = false
        /// The tags one by one: a range of the batch's tags.
        package var firstTag: Int32 = 0
        /// How many tags the range has.
        package var tagCount: Int32 = 0
        /// The types of channels with consent, as bits in the order of the rules.
        package var granted: UInt32 = 0
        /// The types of channels without consent, as bits likewise; never one of `granted`.
        package var denied: UInt32 = 0
        /// What `granted` and `denied` do to the consent that a known user has.
        package var consent = ConsentChange.kept
    }

    /// The users in the order of the input.
    package private(set) var rows: [Row] = []
    /// The tags of all rows.
    package private(set) var tags: [Text] = []
    /// Rows that gave no user.
    package private(set) var rejects: [UserReject] = []
    /// Lines that were rejected, of which several can be one reject.
    package private(set) var rejectedLines: UInt64 = 0

    private var base: UnsafeMutablePointer<UInt8>
    private var capacity: Int
    /// Bytes in use.
    package private(set) var byteCount = 0

    /// An empty batch with room for so many bytes; it grows as needed.
    package init(capacity: Int = 64 << 10) {
        self.capacity = capacity
        unsafe base = .allocate(capacity: capacity)
    }

    deinit { unsafe base.deallocate() }

    /// Forgets all users, and keeps the memory.
    package mutating func removeAll() {
        rows.removeAll(keepingCapacity: true)
        tags.removeAll(keepingCapacity: true)
        rejects.removeAll(keepingCapacity: true)
        rejectedLines = 0
        byteCount = 0
    }

    /// The bytes of a text, in place until the batch changes.
    package func bytes(_ text: Text) -> UnsafeRawBufferPointer {
        guard text.exists else { return unsafe UnsafeRawBufferPointer(start: nil, count: 0) }
        return unsafe UnsafeRawBufferPointer(
            start: base + Int(text.offset), count: Int(text.length))
    }

    /// A copy of a text.
    package func string(_ text: Text) -> String {
        unsafe String(decoding: bytes(text), as: UTF8.self)
    }

    // MARK: Filling

    mutating func append(_ row: Row) { rows.append(row) }
    mutating func append(tag: Text) { tags.append(tag) }

    mutating func reject(_ fault: UserFault, line: UInt64, lines: UInt64 = 1) {
        rejects.append(UserReject(line: line, fault: fault))
        rejectedLines += lines
    }

    mutating func setTag(_ index: Int, _ text: Text) { tags[index] = text }

    /// Makes a text reach to the end of the bytes.
    func extend(_ text: inout Text) { text.length = UInt32(byteCount) - text.offset }

    /// Forgets what was appended after a place.
    mutating func cut(to bytes: Int, tags count: Int) {
        byteCount = bytes
        tags.removeLast(tags.count - count)
    }

    @inline(__always)
    private mutating func reserve(_ count: Int) {
        if byteCount + count > capacity { grow(count) }
    }

    @inline(never)
    private mutating func grow(_ count: Int) {
        let room = max(capacity * 2, byteCount + count)
        precondition(room < Int(UInt32.max), "a batch is cut long before")
        let next = UnsafeMutablePointer<UInt8>.allocate(capacity: room)
        unsafe next.update(from: base, count: byteCount)
        unsafe base.deallocate()
        unsafe base = unsafe next
        capacity = room
    }

    @inline(__always)
    mutating func append(_ byte: UInt8) {
        reserve(1)
        unsafe base[byteCount] = byte
        byteCount += 1
    }

    @inline(__always)
    mutating func append(_ bytes: UnsafeRawBufferPointer) {
        guard let start = bytes.baseAddress else { return }
        reserve(bytes.count)
        unsafe UnsafeMutableRawPointer(base + byteCount).copyMemory(
            from: start, byteCount: bytes.count)
        byteCount += bytes.count
    }

    mutating func append(_ text: StaticString) {
        unsafe append(UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// What was appended since a place, as a text.
    @inline(__always)
    func text(from start: Int, to end: Int? = nil) -> Text {
        Text(offset: UInt32(start), length: UInt32((end ?? byteCount) - start))
    }

    /// Appends a copy.
    mutating func copy(_ bytes: UnsafeRawBufferPointer) -> Text {
        let start = byteCount
        unsafe append(bytes)
        return text(from: start)
    }

    /// Appends a text as a JSON string, without quotes.
    mutating func appendEscaped(_ bytes: UnsafeRawBufferPointer) {
        guard unsafe Self.needsEscape(bytes) else { return unsafe append(bytes) }
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            switch byte {
            case UInt8(ascii: "\""), UInt8(ascii: "\\"):
                append(UInt8(ascii: "\\"))
                append(byte)
            case 0..<0x20:
                append("\\u00")
                append(byte < 0x10 ? UInt8(ascii: "0") : UInt8(ascii: "1"))
                append(Self.digits[Int(byte & 0xF)])
            default: append(byte)
            }
        }
    }

    @inline(__always)
    private static func needsEscape(_ bytes: UnsafeRawBufferPointer) -> Bool {
        // Without a branch for each byte, so that many are looked at together.
        var found: UInt8 = 0
        for index in 0..<bytes.count {
            let byte = unsafe bytes[index]
            found |= byte < 0x20 ? 1 : 0
            found |= byte == UInt8(ascii: "\"") ? 1 : 0
            found |= byte == UInt8(ascii: "\\") ? 1 : 0
        }
        return found != 0
    }

    private static let digits = Array("0123456789abcdef".utf8)
}

package import Jinja

/// Builds the blobs of pages, one after the other, in one buffer that is allocated once.
///
/// Recipients are appended as slots, the form in which `AudiencePage` gives them back: slot 0 is
/// the user id, slot `i + 1` is column `i`. Nothing is allocated per recipient or per page.
// SAFETY: it owns its memory, and hands it out only for the length of a call.
@safe
package struct AudiencePageBuilder: ~Copyable {
    /// What became of a recipient that was to be appended.
    package enum Appended: Sendable {
        case added
        /// The page is full: finish it, then append the recipient again.
        case pageFull
        /// The record is larger than `PageLayout.recordBytesMax`, and fits no page.
        case recordTooLarge
    }

    /// The number of recipients in the page so far.
    package private(set) var count = 0

    private let bytes: UnsafeMutableRawPointer
    private let offsets: UnsafeMutablePointer<UInt32>
    private var end = PageLayout.headerBytes

    // One record more than a page's limit, because a record's size is known only once it is
    // written, and a word more, because short payloads are copied by words. Memory that no page
    // reaches is never touched, so it is not resident.
    private static let capacity = PageLayout.bytesMax + PageLayout.recordBytesMax + copySlack
    private static let copySlack = 32

    /// Allocates the buffer, of which only what pages reach becomes resident.
    package init() {
        unsafe bytes = UnsafeMutableRawPointer.allocate(
            byteCount: Self.capacity, alignment: 16)
        unsafe offsets = UnsafeMutablePointer<UInt32>.allocate(
            capacity: PageLayout.recipientsMax)
    }

    deinit {
        unsafe bytes.deallocate()
        unsafe offsets.deallocate()
    }

    /// Appends one recipient.
    ///
    /// The text and JSON of the slots are copied; the caller vouches that they are valid UTF-8 and
    /// valid JSON.
    ///
    /// - Parameters:
    ///   - slots: The user id as a `string` slot that is not empty, then the columns.
    ///   - slotCount: How many slots to read, at least 1. Missing columns at the end cost nothing.
    /// - Returns: Whether the recipient was added; if not, the page is as it was.
    package mutating func append(
        _ slots: UnsafePointer<SlotValue>, count slotCount: Int
    ) -> Appended {
        precondition(
            unsafe slotCount >= 1 && slotCount <= PageLayout.columnsMax + 1
                && PageTag.bits(slots[0].kind) == PageTag.string && slots[0].length > 0,
            "a recipient starts with its user id")
        if count == PageLayout.recipientsMax { return .pageFull }
        var used = slotCount
        while unsafe PageTag.bits(slots[used - 1].kind) == PageTag.missing { used -= 1 }

        let start = end
        var cursor = unsafe bytes + start
        let limit = unsafe cursor + PageLayout.recordBytesMax
        for index in 0..<used {
            let value = unsafe slots[index]
            // A tag, a varint and a scalar take at most 14 bytes.
            guard unsafe Int(value.length) + 14 <= limit - cursor else { return .recordTooLarge }
            unsafe Self.write(value, at: &cursor)
        }
        let newEnd = unsafe cursor - UnsafeMutableRawPointer(bytes)
        let blobBytes = newEnd + 4 * (count + 1) + PageLayout.checksumBytes
        if blobBytes > PageLayout.bytesMax && count > 0 { return .pageFull }
        unsafe offsets[count] = UInt32(start)
        count += 1
        end = newEnd
        return .added
    }

    /// Completes the page, lends its blob, and starts the next page.
    ///
    /// - Parameters:
    ///   - columnCount: The number of columns of the column table now.
    ///   - body: Receives the blob, which is valid for the call only.
    /// - Returns: What `body` returns.
    /// - Throws: What `body` throws; the page is dropped then too.
    package mutating func finish<Result, Failure: Error>(
        columnCount: Int,
        _ body: (_ blob: UnsafeRawBufferPointer) throws(Failure) -> Result
    ) throws(Failure) -> Result {
        precondition(columnCount <= PageLayout.columnsMax, "a page counts at most 65,535 columns")
        put(PageLayout.magic, at: 0)
        // The version, the columns; the recipients, and two bytes that are zero.
        put(UInt32(PageLayout.version) | UInt32(columnCount) << 16, at: 4)
        put(UInt32(count), at: 8)
        put(UInt32(end), at: 12)
        var tail = end
        for index in 0..<count {
            unsafe put(offsets[index], at: tail)
            tail += 4
        }
        let content = unsafe UnsafeRawBufferPointer(start: bytes, count: tail)
        let checksum = unsafe Checksum.of(content)
        put(UInt32(truncatingIfNeeded: checksum), at: tail)
        put(UInt32(truncatingIfNeeded: checksum >> 32), at: tail + 4)
        count = 0
        end = PageLayout.headerBytes
        return try unsafe body(
            UnsafeRawBufferPointer(start: bytes, count: tail + PageLayout.checksumBytes))
    }

    // MARK: Encoding

    private func put(_ value: UInt32, at offset: Int) {
        unsafe bytes.storeBytes(of: value.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inline(__always)
    private static func write(_ value: SlotValue, at cursor: inout UnsafeMutableRawPointer) {
        switch value.kind {
        case .string, .json:
            let payload = unsafe value.bytes
            unsafe writeHeader(PageTag.bits(value.kind), payload.count, at: &cursor)
            if let source = payload.baseAddress {
                unsafe cursor.copyMemory(from: source, byteCount: payload.count)
                unsafe cursor += payload.count
            }
        case .integer:
            let length = bytesNeeded(value.integer)
            unsafe writeHeader(PageTag.integer, length, at: &cursor)
            unsafe cursor.storeBytes(of: value.integer.littleEndian, as: Int64.self)
            unsafe cursor += length
        case .double:
            unsafe writeHeader(PageTag.double, 8, at: &cursor)
            unsafe cursor.storeBytes(of: value.double.bitPattern.littleEndian, as: UInt64.self)
            unsafe cursor += 8
        case .missing, .null, .true, .false:
            unsafe writeHeader(PageTag.bits(value.kind), 0, at: &cursor)
        }
    }

    @inline(__always)
    private static func writeHeader(
        _ kind: UInt8, _ length: Int, at cursor: inout UnsafeMutableRawPointer
    ) {
        let short = min(length, PageLayout.inlineLengthMax)
        unsafe cursor.storeBytes(of: UInt8(short << 3) | kind, as: UInt8.self)
        unsafe cursor += 1
        guard short == PageLayout.inlineLengthMax else { return }
        var rest = length - short
        while rest >= 0x80 {
            unsafe cursor.storeBytes(of: UInt8(rest & 0x7F) | 0x80, as: UInt8.self)
            unsafe cursor += 1
            rest >>= 7
        }
        unsafe cursor.storeBytes(of: UInt8(rest), as: UInt8.self)
        unsafe cursor += 1
    }

    /// The bytes of the shortest two's complement form, 0 for zero.
    private static func bytesNeeded(_ value: Int64) -> Int {
        if value == 0 { return 0 }
        let magnitude = value < 0 ? ~value : value
        return (64 - magnitude.leadingZeroBitCount) / 8 + 1
    }
}

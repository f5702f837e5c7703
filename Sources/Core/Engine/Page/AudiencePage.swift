package import Jinja

/// A page of recipients, read in place from the bytes of its blob.
///
/// The blob is checked once, when the page is opened; after that reads cannot fail and check
/// nothing but the recipient's index. The page borrows the blob: it and every slot filled from it
/// are valid as long as the blob's bytes are, and unchanged.
// SAFETY: opening a page is the unsafe act, by which the caller promises the lifetime.
@safe
package struct AudiencePage: BitwiseCopyable {
    /// The number of recipients.
    package let count: Int
    /// The number of columns that the column table had when the page was written.
    package let columnCount: Int

    let base: UnsafeRawPointer
    let recordsEnd: Int

    /// Opens a page over the bytes of its blob, and checks all of them.
    ///
    /// - Parameter blob: The bytes of one page, which must stay valid and unchanged while the page
    ///   and the slots filled from it are in use.
    /// - Throws: What is damaged, and where.
    @unsafe
    package init(checking blob: UnsafeRawBufferPointer) throws(AudiencePageError) {
        guard let base = blob.baseAddress, blob.count >= PageLayout.bytesMin else {
            throw AudiencePageError(.truncated, offset: blob.count)
        }
        unsafe self.base = unsafe base
        count = Int(unsafe Self.load(UInt16.self, base, 8))
        columnCount = Int(unsafe Self.load(UInt16.self, base, 6))
        recordsEnd = Int(unsafe Self.load(UInt32.self, base, 12))
        try unsafe check(blob)
    }

    /// The bytes of a recipient's user id.
    ///
    /// - Parameter index: The recipient's index in the page, from 0.
    /// - Returns: Valid UTF-8, never empty, borrowed from the blob.
    package func userID(at index: Int) -> UnsafeRawBufferPointer {
        var cursor = unsafe base + recordOffset(index)
        let (_, length) = unsafe Self.header(&cursor)
        return unsafe UnsafeRawBufferPointer(start: cursor, count: length)
    }

    /// Decodes one recipient into slots: slot 0 is the user id, slot `i + 1` is column `i`.
    ///
    /// So a slot's number is the same for every page of a campaign, however the column table has
    /// grown since. Columns that the recipient does not have become `missing`; columns beyond the
    /// slots are left out.
    ///
    /// - Parameters:
    ///   - slots: At least `slotCount` slots, all of which are overwritten.
    ///   - slotCount: The number of columns wanted, plus one.
    ///   - index: The recipient's index in the page, from 0.
    package func fill(
        _ slots: UnsafeMutablePointer<SlotValue>, count slotCount: Int, recipientAt index: Int
    ) {
        var cursor = unsafe base + recordOffset(index)
        let end = unsafe base + (index + 1 < count ? recordOffset(index + 1) : recordsEnd)
        var slot = 0
        while unsafe slot < slotCount && cursor < end {
            let (kind, length) = unsafe Self.header(&cursor)
            unsafe slots[slot] = Self.value(kind, cursor, length)
            unsafe cursor += length
            slot += 1
        }
        while slot < slotCount {
            unsafe slots[slot] = .missing
            slot += 1
        }
    }

    // MARK: Decoding

    /// Where a recipient's record starts in the blob.
    @inline(__always)
    func recordOffset(_ index: Int) -> Int {
        precondition(index >= 0 && index < count, "no recipient with this index in the page")
        return Int(unsafe Self.load(UInt32.self, base, recordsEnd + 4 * index))
    }

    @inline(__always)
    static func load<T: FixedWidthInteger & BitwiseCopyable>(
        _ type: T.Type, _ base: UnsafeRawPointer, _ offset: Int
    ) -> T {
        unsafe T(littleEndian: base.loadUnaligned(fromByteOffset: offset, as: type))
    }

    /// Reads a value's tag and length, and moves the cursor to its payload.
    @inline(__always)
    private static func header(_ cursor: inout UnsafeRawPointer) -> (kind: UInt8, length: Int) {
        let tag = unsafe PageTag(byte: cursor.load(as: UInt8.self))
        unsafe cursor += 1
        var length = tag.shortLength
        if length == PageLayout.inlineLengthMax {
            var shift = 0
            var byte: UInt8
            repeat {
                byte = unsafe cursor.load(as: UInt8.self)
                unsafe cursor += 1
                length &+= Int(byte & 0x7F) &<< shift
                shift &+= 7
            } while byte >= 0x80
        }
        return (tag.kind, length)
    }

    @inline(__always)
    private static func value(
        _ kind: UInt8, _ payload: UnsafeRawPointer, _ length: Int
    ) -> SlotValue {
        switch kind {
        case PageTag.string:
            return unsafe SlotValue(string: UnsafeRawBufferPointer(start: payload, count: length))
        case PageTag.json:
            return unsafe SlotValue(json: UnsafeRawBufferPointer(start: payload, count: length))
        case PageTag.integer:
            // Eight bytes may be loaded at any place of a record: the checksum lies behind them.
            let unused = 64 - 8 * length
            let word = unsafe load(UInt64.self, payload, 0)
            return SlotValue(Int64(bitPattern: word << unused) >> unused)
        case PageTag.double:
            return unsafe SlotValue(Double(bitPattern: load(UInt64.self, payload, 0)))
        case PageTag.true: return SlotValue(true)
        case PageTag.false: return SlotValue(false)
        case PageTag.null: return .null
        default: return .missing
        }
    }
}

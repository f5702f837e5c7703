import Engine
package import Jinja

/// Cuts recipients into pages, and marks those that came before.
///
/// The importer's second half, for recipients that come from anywhere: append them in order, then
/// finish. Memory does not depend on their number.
package struct PageAssembler: ~Copyable {
    /// Asked once per page and partition: whether to stop.
    package typealias CancelCheck = () -> Bool

    /// The recipients appended, duplicates included.
    package private(set) var count: UInt64 = 0
    /// The pages given to the sink.
    package private(set) var pages: UInt32 = 0
    /// The bytes of those pages.
    package private(set) var pageBytes: UInt64 = 0

    private var builder = AudiencePageBuilder()
    private var spool: UserIDSpool
    private let hashKey: UserIDHashKey
    private let sink: any PageSink

    /// The pages whose ordinals fit 32 bits.
    private static let pagesMax = UInt32.max / UInt32(PageLayout.recipientsMax)

    /// Starts with no recipients.
    ///
    /// - Parameters:
    ///   - sink: Receives the pages.
    ///   - hashKey: A key drawn at random.
    ///   - spoolDirectory: Where a temporary file may be, of 16 bytes a recipient.
    ///   - spoolSizes: How duplicates are searched.
    package init(
        sink: any PageSink, hashKey: UserIDHashKey, spoolDirectory: String,
        spoolSizes: SpoolSizes = .standard
    ) {
        self.sink = sink
        self.hashKey = hashKey
        spool = UserIDSpool(directory: spoolDirectory, sizes: spoolSizes)
    }

    /// Appends one recipient, and gives a page to the sink when it is full.
    ///
    /// - Parameters:
    ///   - slots: Slot 0 is the user id, slot `i + 1` is column `i`; at most `recordBytesMax`
    ///     bytes.
    ///   - slotCount: The number of slots.
    ///   - columnCount: The number of columns that the table has now.
    /// - Returns: Whether a page was given to the sink.
    /// - Throws: `file`, `tooManyRecipients`, or what the sink throws as `sink`.
    @inline(__always)
    package mutating func append(
        _ slots: UnsafePointer<SlotValue>, count slotCount: Int, columnCount: Int
    ) throws(AudienceError) -> Bool {
        var closed = false
        switch unsafe builder.append(slots, count: slotCount) {
        case .added: break
        case .recordTooLarge:
            preconditionFailure("a recipient's record passes the page's limit")
        case .pageFull:
            try closePage(columnCount: columnCount)
            closed = true
            let again = unsafe builder.append(slots, count: slotCount)
            precondition(again == .added, "an empty page has room for any record")
        }
        let index = UInt32(builder.count - 1)
        let hash = unsafe UserIDHash(slots[0].bytes, key: hashKey)
        try spool.append(hash, ordinal: pages * UInt32(PageLayout.recipientsMax) + index)
        count += 1
        return closed
    }

    /// Gives the last page to the sink, then marks the duplicates.
    ///
    /// - Parameters:
    ///   - columnCount: The number of columns that the table has.
    ///   - isCancelled: Whether to stop.
    /// - Returns: The number of duplicates.
    /// - Throws: `file`, `cancelled`, or what the sink throws as `sink`.
    package mutating func finish(
        columnCount: Int, isCancelled: CancelCheck = { false }
    ) throws(AudienceError) -> UInt64 {
        if builder.count > 0 { try closePage(columnCount: columnCount) }
        var search = DuplicateSearch()
        return try search.run(spool, pages: pages, sink: sink, isCancelled: isCancelled)
    }

    @inline(never)
    private mutating func closePage(columnCount: Int) throws(AudienceError) {
        if pages == Self.pagesMax { throw .tooManyRecipients }
        let page = PageIndex(pages)
        let recipients = builder.count
        let sink = sink
        do {
            pageBytes += try unsafe builder.finish(columnCount: columnCount) { blob throws in
                try unsafe sink.append(page: page, blob: blob, count: recipients)
                return UInt64(blob.count)
            }
        } catch { throw .sink(error) }
        pages += 1
    }
}

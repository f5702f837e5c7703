package import Engine

/// A page as a scan shows it; the memory is the scan's, valid until its next step.
// SAFETY: the memory is the scan's, and stays until its next step, as said; the scan checks the
// lengths against the page.
@safe
package struct ScannedPage: BitwiseCopyable {
    /// Which page it is; a scan gives them in ascending order.
    package let page: PageIndex
    /// How many rows it holds, duplicates included.
    package let count: Int
    /// Where the page stood when the scan began.
    package let state: PageState
    /// When it is due, or was before it was claimed; `nil` when it was never parked.
    package let dueMilliseconds: Int64?
    /// The encoded recipients; empty when the scan was not asked for them.
    package let recipients: UnsafeRawBufferPointer
    /// One per row; `nil` when nothing is stored yet, so that all are pending.
    package let records: UnsafeBufferPointer<DeliveryRecord>?
}

/// All pages ascending, as they stood at one moment, in the memory of a single page.
///
/// The scan is a read transaction: a writer beside it goes on, but its log cannot shrink until the
/// scan ends, which is when the value goes away. On the writer's own connection nothing may be
/// written meanwhile, and there is one scan at a time.
// SAFETY: it owns the room for recipients for its whole life.
@safe
package struct PageScan: ~Copyable {
    private let connection: Connection
    private let scratch: RecordBuffer
    private let includesRecipients: Bool
    private let endsTransaction: Bool
    private let rows: PreparedStatement
    private var recipients: UnsafeMutableRawBufferPointer
    private var isFinished = false

    init(
        _ connection: Connection, scratch: RecordBuffer, includesRecipients: Bool
    ) throws(StorageError) {
        let endsTransaction = !connection.isInTransaction
        if endsTransaction { try connection.execute("BEGIN", "begin a scan") }
        do throws(StorageError) {
            rows = try connection.statement(.scanPages)
        } catch {
            if endsTransaction { connection.rollback() }
            throw error
        }
        self.connection = connection
        self.scratch = scratch
        self.includesRecipients = includesRecipients
        self.endsTransaction = endsTransaction
        unsafe recipients = .allocate(byteCount: 0, alignment: 16)
    }

    deinit {
        rows.reset()
        // Lets go of the snapshot. Not by a rollback, which would also undo what the caller should
        // not have written meanwhile.
        if endsTransaction {
            try? connection.execute("COMMIT", "end a scan")
            connection.rollback()
        }
        unsafe recipients.deallocate()
    }

    /// The next page, `nil` after the last.
    ///
    /// - Throws: `damaged` with the page when its content does not match its checksum or is
    ///   missing; the scan may go on to the next page then, unless the list of pages itself cannot
    ///   be read.
    package mutating func next() throws(StorageError) -> ScannedPage? {
        guard let row = try nextRow() else { return nil }
        if includesRecipients { try readRecipients(of: row) }
        let records = try unsafe readRecords(of: row)
        return unsafe ScannedPage(
            page: row.page, count: row.count, state: row.state,
            dueMilliseconds: row.dueMilliseconds,
            recipients: includesRecipients
                ? UnsafeRawBufferPointer(rebasing: recipients[..<row.recipientsBytes])
                : UnsafeRawBufferPointer(start: nil, count: 0),
            records: records.map { UnsafeBufferPointer($0) })
    }

    /// The next row of the page table, its blobs not yet read; `nil` after the last.
    mutating func nextRow() throws(StorageError) -> PageRow? {
        guard !isFinished else { return nil }
        isFinished = true
        guard try rows.step() else { return nil }
        guard let row = PageRow(rows) else {
            throw StorageError(
                .damaged, "list the pages", path: connection.path,
                message: "a row holds impossible values")
        }
        isFinished = false
        return row
    }

    /// Reads and checks a page's recipients into the scan's memory.
    mutating func readRecipients(of row: PageRow) throws(StorageError) {
        if unsafe recipients.count < row.recipientsBytes {
            unsafe recipients.deallocate()
            unsafe recipients = .allocate(
                byteCount: row.recipientsBytes.roundedUpToPowerOfTwo, alignment: 16)
        }
        let room = unsafe UnsafeMutableRawBufferPointer(
            rebasing: recipients[..<row.recipientsBytes])
        guard try unsafe connection.readContent(of: row.page, from: .audience, into: room) else {
            throw StorageError(
                .damaged, ContentTable.audience.readOperation, path: connection.path,
                page: row.page, message: "there are none")
        }
    }

    /// Reads and checks a page's records into the scan's memory.
    func readRecords(
        of row: PageRow
    ) throws(StorageError) -> UnsafeMutableBufferPointer<DeliveryRecord>? {
        let records = unsafe scratch.records(row.count)
        let isStored = try unsafe connection.readContent(
            of: row.page, from: .result, into: UnsafeMutableRawBufferPointer(records))
        return unsafe isStored ? records : nil
    }
}

extension CampaignDatabase {
    /// Begins a scan over all pages, with or without their encoded recipients.
    package func scan(includingRecipients: Bool) throws(StorageError) -> PageScan {
        thread.check()
        return try PageScan(connection, scratch: scratch, includesRecipients: includingRecipients)
    }

    /// Shows every page to `body`, ascending.
    package func forEachPage(
        includingRecipients: Bool, _ body: (ScannedPage) throws(StorageError) -> Void
    ) throws(StorageError) {
        var scan = try scan(includingRecipients: includingRecipients)
        while let page = try scan.next() { try body(page) }
    }
}

extension Int {
    /// The smallest power of two that is not smaller.
    var roundedUpToPowerOfTwo: Int {
        self <= 1 ? 1 : 1 << (Int.bitWidth - (self - 1).leadingZeroBitCount)
    }
}

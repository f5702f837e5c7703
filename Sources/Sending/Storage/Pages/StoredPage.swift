package import Engine

/// One page as it is stored, in memory of its own: for views of single recipients.
// SAFETY: it owns the bytes for its whole life; who asks for them says `unsafe`.
@safe
package final class StoredPage {
    /// Which page of its campaign it is.
    package let page: PageIndex
    /// One per row; fresh ones where nothing is stored yet.
    package let records: [DeliveryRecord]
    private let blob: UnsafeMutableRawBufferPointer

    init(page: PageIndex, records: [DeliveryRecord], blob: UnsafeMutableRawBufferPointer) {
        self.page = page
        self.records = records
        unsafe self.blob = blob
    }

    deinit { unsafe blob.deallocate() }

    /// The encoded recipients, valid as long as the page.
    @unsafe
    package var recipients: UnsafeRawBufferPointer { unsafe UnsafeRawBufferPointer(blob) }

    /// The recipients, which must not outlive the page.
    package func audience() throws -> AudiencePage { try unsafe AudiencePage(checking: recipients) }
}

extension CampaignDatabase {
    /// How many pages there are.
    package var pageCount: Int {
        thread.check()
        return table.entries.count
    }

    /// Reads the records of a page.
    ///
    /// Beside a writer the newest that are stored: rows of pages do not change, their records do.
    ///
    /// - Throws: `damaged` for a page that cannot be read.
    package func readRecords(of page: PageIndex) throws(StorageError) -> [DeliveryRecord] {
        thread.check()
        let count = Int(table[page].count)
        let room = unsafe scratch.records(count)
        let isStored = try unsafe connection.readContent(
            of: page, from: .result, into: UnsafeMutableRawBufferPointer(room))
        guard isStored else { return Array(repeating: DeliveryRecord(), count: count) }
        return unsafe Array(room)
    }

    /// Reads a page with its recipients.
    ///
    /// - Throws: `damaged` for a page that cannot be read.
    package func readPage(_ page: PageIndex) throws(StorageError) -> StoredPage {
        let records = try readRecords(of: page)
        let blob = UnsafeMutableRawBufferPointer.allocate(
            byteCount: Int(table[page].recipientsBytes), alignment: 16)
        let stored = unsafe StoredPage(page: page, records: records, blob: blob)
        try unsafe readRecipients(of: page, into: blob)
        return stored
    }
}

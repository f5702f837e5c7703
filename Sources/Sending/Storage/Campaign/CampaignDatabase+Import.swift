package import Engine

/// The import: no journal and no synchronisation, because a broken import is simply done anew.
///
/// The campaign row says `importing` before the first unprotected write and until everything has
/// reached the disk. So a crash at any moment leaves a file that `open` refuses as unfinished or as
/// damaged, never one that looks ready and lacks pages.
///
/// After an error the import cannot go on: without a journal nothing can be undone. Close and
/// `remove` the database.
extension CampaignDatabase {
    /// Begins the import of a database that was just created.
    package func beginImport() throws(StorageError) {
        try writable()
        precondition(row.state == .importing, "The audience was imported already.")
        precondition(!connection.isInTransaction, "The import has begun already.")
        let operation = "begin the import"
        try connection.execute("PRAGMA synchronous = OFF", operation)
        let mode = try connection.value("PRAGMA journal_mode = OFF", operation)
        guard mode == "off" else {
            throw StorageError(
                .failed, operation, path: path, message: "the journal mode stays \(mode)")
        }
        try connection.execute("BEGIN IMMEDIATE", operation)
    }

    /// Appends the next page: one copy into the page cache, which goes to the file as it fills.
    ///
    /// - Parameters:
    ///   - page: The number of pages appended so far.
    ///   - count: How many rows it holds, 1…1,024.
    ///   - recipients: The encoded rows, opaque to the store.
    /// - Throws: `tooLarge`, `full`, `inputOutput`.
    package func appendPage(
        _ page: PageIndex, count: Int, recipients: UnsafeRawBufferPointer
    ) throws(StorageError) {
        try importing()
        precondition(Int(page.rawValue) == table.entries.count, "Pages are appended in order.")
        precondition(
            (1...PageLayout.recipientsMax).contains(count),
            "A page holds between one and \(PageLayout.recipientsMax) rows.")
        guard recipients.count <= StorageLimits.recipientsBytesMax,
            table.entries.count < StorageLimits.pagesMax
        else {
            throw StorageError(
                .tooLarge, "append a page", path: path, page: page,
                message: "it has \(recipients.count) bytes and is number \(page.rawValue)")
        }
        let audience = try connection.statement(.insertAudience)
        audience.bind(1, page.rawValue)
        audience.bind(
            2, Int64(bitPattern: unsafe Checksum.of(recipients, salt: UInt64(page.rawValue))))
        unsafe audience.bind(3, recipients)
        try audience.run(page: page)
        let insert = try connection.statement(.insertPage)
        insert.bind(1, page.rawValue)
        insert.bind(2, count)
        insert.bind(3, recipients.count)
        insert.bind(4, PageState.fresh.rawValue)
        try insert.run(page: page)
        table.append(
            PageQueue.Entry(
                count: count, recipientsBytes: recipients.count, state: .fresh,
                dueMilliseconds: nil, hasRecords: false))
        imported.rows += count
    }

    /// Marks rows of an appended page as later rows of user ids that the audience holds already.
    ///
    /// May be called for any page, in any order, more than once; a row that is marked already is
    /// not counted again.
    package func markDuplicates(
        of page: PageIndex, rows: some Sequence<some BinaryInteger>
    ) throws(StorageError) {
        try importing()
        let count = table[page].count
        let records = unsafe scratch.records(Int(count))
        if table[page].hasRecords {
            try readStored(page)
        } else {
            unsafe records.update(repeating: DeliveryRecord())
        }
        for row in rows where unsafe records[Int(row)].status != .duplicate {
            unsafe records[Int(row)].status = .duplicate
            imported.duplicates += 1
        }
        try unsafe writeRecords(UnsafeBufferPointer(records), of: page)
        let isEnded = unsafe records.allSatisfy { $0.status.isEnded }
        if isEnded, table[page].state == .fresh {
            try writeState(of: page, .done, dueMilliseconds: nil)
            table.endFresh(page)
        }
    }

    /// Makes the audience durable and the campaign `ready`, and turns to the settings of the run.
    ///
    /// - Returns: The closed counts, also found in `campaign`.
    /// - Throws: `inconsistent` when rows read are not the appended and the rejected ones; `full`,
    ///   `inputOutput`.
    package func finishImport(_ summary: ImportTotals) throws(StorageError) -> CampaignCounts {
        try importing()
        let operation = "finish the import"
        guard summary.rowsRead == imported.rows + summary.rejected else {
            throw StorageError(
                .inconsistent, operation, path: path,
                message: "\(summary.rowsRead) rows were read, \(imported.rows) appended, "
                    + "\(summary.rejected) rejected")
        }
        guard summary.columns.count <= StorageLimits.valueBytesMax else {
            throw StorageError(
                .tooLarge, operation, path: path,
                message: "the column list has \(summary.columns.count) bytes")
        }
        let counts = CampaignCounts(
            rowsRead: summary.rowsRead, recipients: imported.rows - imported.duplicates,
            duplicates: imported.duplicates, rejected: summary.rejected,
            pages: table.entries.count)
        try connection.execute("COMMIT", operation)
        // The first commit with synchronisation flushes the whole file, all earlier writes
        // included.
        try connection.execute("PRAGMA synchronous = FULL", operation)
        try writeFigures(counts, columns: summary.columns)
        // Only now, with everything on the disk, may the file say that it is complete.
        try Self.enterRunPhase(connection)
        try writeState(.ready)
        try ImportMark.remove(for: path, operation)
        row.counts = counts
        row.columns = summary.columns
        return counts
    }

    private func importing() throws(StorageError) {
        try writable()
        precondition(
            row.state == .importing && connection.isInTransaction, "There is no import under way.")
    }

    private func writeFigures(
        _ counts: CampaignCounts, columns: [UInt8]
    ) throws(StorageError) {
        let update = try connection.statement(.updateCampaignFigures)
        update.bind(2, counts.rowsRead)
        update.bind(3, counts.recipients)
        update.bind(4, counts.duplicates)
        update.bind(5, counts.rejected)
        update.bind(6, counts.pages)
        try unsafe columns.withUnsafeBufferPointer { bytes throws(StorageError) in
            unsafe update.bind(1, UnsafeRawBufferPointer(bytes))
            try update.run()
        }
    }
}

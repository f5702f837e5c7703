/// The limits of the store, each with its reason and what happens beyond it.
package enum StorageLimits {
    /// Bytes of one page's encoded recipients.
    ///
    /// Bounds the buffer that a reader needs, and what a damaged file can make the process
    /// allocate; far above what the page codec builds. Beyond it `appendPage` throws `tooLarge`.
    package static let recipientsBytesMax = 64 << 20

    /// Bytes of the campaign's document: a template and its settings, not an audience.
    ///
    /// Beyond it `create` throws `tooLarge`.
    package static let documentBytesMax = 8 << 20

    /// Bytes of one value beside the pages, and of the column list.
    ///
    /// Beyond it `setValue` and `finishImport` throw `tooLarge`.
    package static let valueBytesMax = 4 << 20

    /// Pages of a campaign, which is four billion recipients.
    ///
    /// Beyond it `appendPage` throws `tooLarge`.
    package static let pagesMax = 4 << 20

    /// Deliberate resends of one delivery.
    ///
    /// The generation is one byte of the record, and one that wrapped would repeat an old
    /// idempotency key. Beyond it a retry leaves the delivery out.
    package static let generationMax: UInt8 = 255

    /// Milliseconds that a statement waits for another process's lock, before it throws `busy`.
    ///
    /// Readers never block the writer, so only recovery and checkpoints of another process count.
    static let busyTimeoutMilliseconds: Int32 = 5_000

    /// Bytes of a database page.
    ///
    /// Measured with 24 KB of results and 100 KB of recipients, state and waste per recipient: 24.9
    /// bytes at 4,096, 25.4 at 8,192, 32.4 at 16,384, which fits the results badly; 8,192 takes a
    /// quarter less CPU than 4,096, and larger ones next to nothing less.
    static let databasePageBytes = 8_192

    /// KiB of SQLite's page cache, which bounds resident memory.
    ///
    /// Beyond it dirty pages go to the file early.
    static let cacheKibibytes = 8_192

    /// Database pages in the write-ahead log before a commit copies them into the main file.
    ///
    /// At 16 MB one checkpoint serves some 500 committed pages. A reader in the middle of a scan
    /// delays checkpoints, so the log grows until that reader ends.
    static let checkpointDatabasePages = 2_048

    /// Bytes that the write-ahead log file keeps after a checkpoint.
    ///
    /// What a retry of a whole campaign or a long reader added is given back.
    static let logBytesKept = 32 << 20
}

import Audience
package import Engine
package import Storage

/// Writes the pages of an import to the database.
package final class DatabasePageSink: PageSink {
    private let database: CampaignDatabase

    /// Writes into a database that is in its import, on the thread that owns it.
    package init(_ database: CampaignDatabase) { self.database = database }

    /// Appends a page, whose index must be the next one; the bytes are copied.
    ///
    /// - Throws: `StorageError`.
    package func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) throws {
        try unsafe database.appendPage(page, count: count, recipients: blob)
    }

    /// Marks rows of a page that was appended before.
    ///
    /// - Throws: `StorageError`.
    package func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) throws {
        try database.markDuplicates(of: page, rows: unsafe indexes.map(Int.init))
    }
}

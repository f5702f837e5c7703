import Audience
package import Engine
package import Storage

/// Writes the pages of an import to the database.
package final class DatabasePageSink: PageSink {
    private let database: CampaignDatabase

    package init(_ database: CampaignDatabase) { self.database = database }

    package func append(page: PageIndex, blob: UnsafeRawBufferPointer, count: Int) throws {
        try unsafe database.appendPage(page, count: count, recipients: blob)
    }

    package func markDuplicates(page: PageIndex, indexes: UnsafeBufferPointer<UInt16>) throws {
        try database.markDuplicates(of: page, rows: unsafe indexes.map(Int.init))
    }
}

package import Engine
package import Runtime
package import Storage

/// The campaign's SQLite file as the runtime's store.
///
/// A class of its own and not a conformance: the runtime speaks of memory it owns, the database of
/// its file.
package final class DatabaseStore: CampaignStore {
    package let database: CampaignDatabase

    package init(_ database: CampaignDatabase) { self.database = database }

    package func beginTransaction() throws { try database.begin() }

    package func commitTransaction() throws { try database.commitTransaction() }

    package func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> StoreClaim
    {
        switch try database.claimNextPage(nowMilliseconds: nowMilliseconds) {
        case .claimed(let claim):
            try unsafe database.readRecipients(
                of: claim.page, into: buffer.prepare(byteCount: claim.recipientsBytes))
            if claim.hasRecords {
                _ = try unsafe database.readRecords(
                    of: claim.page, into: buffer.prepareRecords(count: claim.count))
            }
            return .page(claim.page)
        case .nothingDue(let untilMilliseconds):
            return .nothingDue(untilMilliseconds: untilMilliseconds)
        case .finished:
            return .finished
        }
    }

    package func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID, dueMilliseconds: Int64?
    ) throws {
        precondition(page.send == .first, "the file has no pages of a further send")
        try unsafe database.commit(page.index, records: records, dueMilliseconds: dueMilliseconds)
    }

    package func letGo() { database.handOver() }

    package func unsettledPages() throws -> [UnsettledPage] {
        try database.recoverClaims().map { page in
            UnsettledPage(
                page: PageID(page.page),
                records: page.records
                    ?? Array(repeating: DeliveryRecord(), count: page.count))
        }
    }
}

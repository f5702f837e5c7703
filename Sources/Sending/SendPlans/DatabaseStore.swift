package import Engine
package import Runtime
package import Storage

/// The campaign's SQLite file as the runtime's store.
///
/// A class of its own and not a conformance: the runtime speaks of memory it owns, the database of
/// its file.
package final class DatabaseStore: CampaignStore {
    /// The file behind the store; while a run has it, it belongs to the store's thread.
    package let database: CampaignDatabase

    /// Wraps a database that is open for writing and past its import.
    package init(_ database: CampaignDatabase) { self.database = database }

    /// Begins the one transaction that the writes of a batch share.
    ///
    /// - Throws: `StorageError`.
    package func beginTransaction() throws { try database.begin() }

    /// Makes the batch durable before it returns.
    ///
    /// - Throws: `StorageError`, after which nothing of the batch is in the file.
    package func commitTransaction() throws { try database.commitTransaction() }

    package func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> PageClaim
    {
        let claim = try database.claimNextPage(nowMilliseconds: nowMilliseconds)
        if case .claimed(let page) = claim {
            try unsafe database.readRecipients(
                of: page.page, into: buffer.prepare(byteCount: page.recipientsBytes))
            if page.hasRecords {
                _ = try unsafe database.readRecords(
                    of: page.page, into: buffer.prepareRecords(count: page.count))
            }
        }
        return claim
    }

    /// Writes a page's records and lets go of the claim: until `dueMilliseconds`, or for good when
    /// it is nil.
    ///
    /// - Throws: `StorageError`.
    package func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID, dueMilliseconds: Int64?
    ) throws {
        precondition(page.send == .first, "the file has no pages of a further send")
        try unsafe database.commit(page.index, records: records, dueMilliseconds: dueMilliseconds)
    }

    package var isFinished: Bool {
        let tally = database.tally
        return tally.fresh == 0 && tally.claimed == 0 && tally.parked == 0
    }

    package func abandon(_ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID) {}

    package func letGo() { database.handOver() }

    package func unsettledPages() throws -> [UnsettledPage] { try database.recoverClaims() }
}

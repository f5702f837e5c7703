import Engine
import Runtime
import Storage

/// The campaign's SQLite file as the runtime's store.
///
/// A class of its own and not a conformance: the runtime speaks of memory it owns, the database of
/// its file.
final class DatabaseStore: CampaignStore {
    let database: CampaignDatabase

    init(_ database: CampaignDatabase) { self.database = database }

    func beginTransaction() throws { try database.begin() }

    func commitTransaction() throws { try database.commitTransaction() }

    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> StoreClaim {
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

    func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageIndex, dueMilliseconds: Int64?
    ) throws {
        try unsafe database.commit(page, records: records, dueMilliseconds: dueMilliseconds)
    }

    func letGo() { database.handOver() }

    func unsettledPages() throws -> [UnsettledPage] {
        try database.recoverClaims().map { page in
            UnsettledPage(
                page: page.page,
                records: page.records
                    ?? Array(repeating: DeliveryRecord(), count: page.count))
        }
    }
}

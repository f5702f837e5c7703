import ControlDirectory
import Engine
import Storage

/// Which deliveries a retry makes pending again: by how they ended and why.
struct RetryScope: Sendable {
    /// Names of statuses; `pending` takes up again what has not ended.
    let statuses: Set<String>
    /// Reasons as the API shows them; nil for any.
    let reasons: Set<String>?

    /// Makes ended deliveries pending again, each with a key of its next generation; blocks.
    ///
    /// - Returns: How many, and what the records add up to then.
    func reset(_ folder: CampaignFolder, now: Timestamp) throws -> (Int, CampaignLedger) {
        guard try folder.hasSnapshot() else { return (0, CampaignLedger()) }
        let directory = try StateDirectory.open(folder.path)
        defer { withExtendedLifetime(directory) {} }
        let database = try CampaignDatabase.open(at: directory.databasePath)
        let count = try database.resetForRetry(nowMilliseconds: now.milliseconds) { record in
            statuses.contains(record.status.name)
                && (reasons.map { $0.contains(record.reason.label(code: record.code)) } ?? true)
        }
        var ledger = try CampaignLedger(database)
        try ledger.recount(database)
        try database.transaction { () throws(StorageError) in
            do { try ledger.save(database) } catch let error as StorageError { throw error } catch {
                preconditionFailure("a ledger failed with another error: \(error)")
            }
        }
        try database.close()
        return (count, ledger)
    }
}

import Engine
import Foundation
import Storage

/// Where a campaign's snapshot and results lie: a state directory as `fanfare send` makes them, so
/// that `fanfare verify` and `fanfare outcomes` read it too.
struct CampaignFolder: Sendable {
    let path: String

    init(dataDirectory: String, engineID: String) {
        path = "\(dataDirectory)/campaigns/\(engineID)"
    }

    var databasePath: String { path + "/campaign.sqlite" }

    /// Where journals are kept for a campaign that could not be settled.
    var journalDirectory: String { path + "/journal" }

    /// Bytes of the snapshot and the results; 0 when there are none.
    var fileBytes: Int { CampaignDatabase.fileBytes(at: databasePath) }

    /// Whether there is a snapshot whose import has ended.
    func hasSnapshot() throws -> Bool {
        guard FileManager.default.fileExists(atPath: databasePath) else { return false }
        do throws(StorageError) {
            try CampaignDatabase.open(at: databasePath, access: .readOnly).close()
            return true
        } catch {
            if error.code == .importUnfinished { return false }
            throw error
        }
    }

    /// Opens the snapshot to read beside a run; nil when there is none whose import has ended.
    func readingIfThere() throws -> CampaignDatabase? {
        guard FileManager.default.fileExists(atPath: databasePath) else { return nil }
        do throws(StorageError) {
            return try CampaignDatabase.open(at: databasePath, access: .readOnly)
        } catch {
            if error.code == .importUnfinished { return nil }
            throw error
        }
    }

    /// Opens the snapshot to read beside a run.
    func reading() throws -> CampaignDatabase {
        try CampaignDatabase.open(at: databasePath, access: .readOnly)
    }

    /// How many recipients the snapshot has.
    func recipientCount() throws -> Int {
        let database = try reading()
        let count = database.campaign.counts.recipients
        try database.close()
        return count
    }

    /// Removes everything; there may be nothing.
    func remove() throws {
        guard FileManager.default.fileExists(atPath: path) else { return }
        try FileManager.default.removeItem(atPath: path)
    }
}

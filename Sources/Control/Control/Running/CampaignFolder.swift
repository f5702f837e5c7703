import ControlDirectory
import Foundation
import Storage

/// Where a campaign's snapshot and results lie: a state directory as `fanfare send` makes them, so
/// that `fanfare verify` and `fanfare outcomes` read it too.
struct CampaignFolder: Sendable {
    let path: String
    /// Whether the campaign's row says that a whole snapshot is here: without one, what is known of
    /// its recipients is lost.
    private let isPromised: Bool

    /// The folder of a campaign.
    init(of record: CampaignRecord, _ options: ControlOptions) {
        path = Self.path(record.engineID, options)
        isPromised = record.recipients > 0
    }

    /// A folder for a snapshot that nobody launches.
    init(temporary name: String, _ options: ControlOptions) {
        path = Self.path(name, options)
        isPromised = false
    }

    private static func path(_ name: String, _ options: ControlOptions) -> String {
        "\(options.dataDirectory)/campaigns/\(name)"
    }

    var databasePath: String { path + "/campaign.sqlite" }

    /// Where journals are kept for a campaign that could not be settled.
    var journalDirectory: String { path + "/journal" }

    /// Bytes of the snapshot and the results; 0 when there are none.
    var fileBytes: Int { CampaignDatabase.fileBytes(at: databasePath) }

    /// Whether there is a snapshot whose import has ended.
    ///
    /// - Throws: `SnapshotLost` when there is none and was one; what the storage throws.
    func hasSnapshot() throws -> Bool {
        guard let database = try readingIfThere() else { return false }
        try database.close()
        return true
    }

    /// Opens the snapshot to read beside a run; nil when there is none whose import has ended.
    ///
    /// - Throws: `SnapshotLost` when there is none and was one; what the storage throws.
    func readingIfThere() throws -> CampaignDatabase? {
        if FileManager.default.fileExists(atPath: databasePath) {
            do throws(StorageError) {
                return try CampaignDatabase.open(at: databasePath, access: .readOnly)
            } catch {
                guard error.code == .importUnfinished else { throw error }
            }
        }
        // Not made anew: nobody could say who has been sent to.
        if isPromised { throw SnapshotLost(path: databasePath) }
        return nil
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

/// A campaign was launched, and the file with its recipients and their records is not there.
struct SnapshotLost: Error, CustomStringConvertible {
    let path: String

    /// What callers are told.
    static let reason =
        "campaign.sqlite is not there: nobody can be sent to until it is back, and the campaign "
        + "resumed"

    var description: String { "\(path): \(Self.reason)" }
}

import ControlDirectory
import Engine
import Foundation
import GRDB
import JSON
import Logging
import Runtime
import Storage

/// What runs left that did not come to an end of their own.
extension CampaignRunner {
    /// Settles the pages that a dead process had claimed, before the journals are begun anew.
    ///
    /// A campaign that cannot be settled keeps a copy of the journals, for the next time.
    ///
    /// - Returns: The campaigns that were not settled, each with the reason.
    /// - Throws: When nothing can be known of any.
    func settleOpenRuns() async throws -> [(CampaignRecord, reason: String)] {
        let open = try await database.read { db in
            try Row.fetchAll(db, sql: "SELECT * FROM campaign WHERE is_open = 1")
                .map(CampaignRecord.init)
        }
        var failed: [(CampaignRecord, reason: String)] = []
        for record in open {
            let folder = folder(record)
            // An earlier start may have failed to settle it, and kept what it needs.
            let kept = FileManager.default.fileExists(atPath: folder.journalDirectory)
            do {
                try await settle(
                    record, journalsIn: kept ? folder.journalDirectory : journalDirectory)
            } catch {
                logger.error(
                    "what was left of a campaign cannot be settled",
                    metadata: ["campaign": "\(record.id)", "error": "\(error)"])
                if !kept { keepJournals(for: record) }
                failed.append((record, error.statusReason))
            }
        }
        return failed
    }

    /// Settles one campaign's claimed pages, and says in its row that nothing of it is open.
    ///
    /// - Parameters:
    ///   - record: The campaign.
    ///   - journals: Where the journals lie that speak of it; without any, everybody who is pending
    ///     in a claimed page counts as unsure.
    /// - Throws: What the storage throws: what was not settled still is not.
    func settle(_ record: CampaignRecord, journalsIn journals: String) async throws {
        let folder = folder(record)
        let settled = try await BlockingQueue.run {
            [board, clock = database.clock] () throws -> CampaignLedger? in
            guard try folder.hasSnapshot() else { return nil }
            let directory = try StateDirectory.open(folder.path)
            defer { withExtendedLifetime(directory) {} }
            let database = try CampaignDatabase.open(at: directory.databasePath)
            let store = try QuotaGate(
                database, quota: QuotaAccount(limit: .max / 2), trims: false,
                clock: clock)
            let before = store.reports.durable.tally
            _ = try CrashRecovery.settle(
                store, campaign: database.campaign.id, guarantee: record.guarantee,
                journalsIn: journals, boot: BootIdentity.current,
                wallMilliseconds: clock.now.milliseconds)
            let ledger = store.reports.durable
            try database.close()
            board.addCrashed(ledger.tally.crashed - before.crashed)
            return ledger
        }
        try await database.write { db in
            if let settled { try settled.publish(of: record, db) }
            try db.execute(
                sql: "UPDATE campaign SET is_open = 0, storage_bytes = ? WHERE pk = ?",
                arguments: [folder.fileBytes, record.pk])
        }
        try? FileManager.default.removeItem(atPath: folder.journalDirectory)
    }

    /// Keeps a copy of the journals where the next settling of a campaign finds it.
    private func keepJournals(for record: CampaignRecord) {
        let directory = folder(record).journalDirectory
        do {
            try FileManager.default.createDirectory(
                atPath: directory, withIntermediateDirectories: true)
            for path in JournalFile.paths(in: journalDirectory) {
                let name = URL(fileURLWithPath: path).lastPathComponent
                try FileManager.default.copyItem(atPath: path, toPath: "\(directory)/\(name)")
            }
        } catch {
            // Without a whole copy everybody who is pending in a claimed page counts as unsure.
            try? FileManager.default.removeItem(atPath: directory)
            logger.error(
                "the journals of a campaign cannot be kept",
                metadata: ["campaign": "\(record.id)", "error": "\(error)"])
        }
    }
}

extension CampaignLedger {
    /// Writes a campaign's figures where views and the quota find them.
    func publish(of record: CampaignRecord, _ db: Database) throws {
        try db.execute(
            sql: "UPDATE campaign SET tally = ? WHERE pk = ?",
            arguments: [tally.json.encoded, record.pk])
        for (month, used) in used {
            try db.execute(
                sql: """
                    INSERT INTO quota_used (app, month, campaign, used) VALUES (?, ?, ?, ?)
                    ON CONFLICT (app, month, campaign) DO UPDATE SET used = excluded.used
                    """, arguments: [record.app, month, record.engineID, used])
        }
    }
}

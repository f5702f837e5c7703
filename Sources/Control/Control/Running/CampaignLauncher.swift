import ControlDirectory
import ControlMessages
import Engine
import Foundation
import GRDB
import JSON
import SendPlans
import Storage

/// Makes campaigns ready to run: what they send is fixed here, in a snapshot of their own.
///
/// A snapshot holds the settings and templates, the constants that templates see, and the audience.
/// It is made once, at the launch; a launch that dies in between is simply done anew.
package struct CampaignLauncher: Sendable {
    let database: ControlDatabase
    let options: ControlOptions
    let destinations: Destinations

    // MARK: Checks

    /// Checks that a campaign has all that a launch needs, and where it leads.
    ///
    /// Waits for the resolving of a name, within `Resolver.patience`, and holds nothing meanwhile.
    ///
    /// - Throws: `Problem` that says what is missing.
    func check(_ record: CampaignRecord) async throws {
        let document = try await database.read { [options] db in
            let material = try LaunchMaterial(record, options: options, db)
            guard try material.audience.hasAnybody(db) else {
                throw Problem(
                    .audienceEmpty,
                    "expected segments, user_ids or recipients with somebody in them")
            }
            return material.document
        }
        try await checkDestination(of: document)
    }

    /// Refuses a campaign whose one host is private; waits for the resolving of a name.
    func checkDestination(of document: CampaignDocument) async throws(Problem) {
        do throws(CampaignMistake) {
            try await destinations.check(document)
        } catch {
            throw Problem.invalid("/template_id", "template_invalid", error.message)
        }
    }

    /// How many recipients a campaign has now, or would have if it started now.
    func audienceSize(of record: CampaignRecord) async throws -> Int {
        try await database.read { db in
            try AudienceSnapshot.Audience(of: record, db).size(db)
        }
    }

    /// What happens when the quota ends: the campaign's own word, or its app's.
    func quotaPolicy(of record: CampaignRecord) async throws -> QuotaPolicy {
        if let policy = record.quotaPolicy { return policy }
        let name = try await database.read { db in
            try String.fetchOne(
                db, sql: "SELECT quota_policy FROM app WHERE pk = ?", arguments: [record.app])
        }
        return name.flatMap(QuotaPolicy.init(rawValue:)) ?? .pause
    }

    // MARK: Snapshots

    /// Makes the snapshot of a campaign that has none, and writes how many recipients there are.
    ///
    /// - Throws: `Problem` of `audienceEmpty` when nobody is left, or when its one host is private;
    ///   `SnapshotLost`; what the storage throws.
    func makeSnapshot(of record: CampaignRecord) async throws {
        let folder = CampaignFolder(of: record, options)
        let made = try await BlockingQueue.runLongRead { () throws -> (Int, CampaignDocument?)? in
            if try folder.hasSnapshot() {
                // Made by a process that died before it could say how many there are.
                return record.recipients == 0 ? (try folder.recipientCount(), nil) : nil
            }
            try folder.remove()
            return try writeSnapshot(of: record, to: folder)
        }
        guard let (count, document) = made else { return }
        do {
            guard count > 0 else {
                throw Problem(.audienceEmpty, "nobody is in the audience any more")
            }
            if let document { try await checkDestination(of: document) }
        } catch {
            try await BlockingQueue.run { try folder.remove() }
            throw error
        }
        // From here on the row promises the snapshot: see `CampaignFolder`.
        try await database.write { db in
            try db.execute(
                sql: "UPDATE campaign SET recipients = ? WHERE pk = ?",
                arguments: [count, record.pk])
        }
    }

    /// Writes a campaign's snapshot into a new folder, in one read that lasts as long; blocks.
    ///
    /// - Returns: How many recipients there are, and what they are sent.
    @discardableResult
    func writeSnapshot(
        of record: CampaignRecord, to folder: CampaignFolder
    ) throws -> (Int, CampaignDocument) {
        try database.pool.read { db in
            let material = try LaunchMaterial(record, options: options, db)
            return (try write(record, material, to: folder, db), material.document)
        }
    }

    /// Writes settings, constants and audience into a new folder.
    ///
    /// - Returns: How many recipients there are.
    private func write(
        _ record: CampaignRecord, _ material: LaunchMaterial, to folder: CampaignFolder,
        _ db: Database
    ) throws -> Int {
        guard let id = CampaignID(record.engineID) else {
            throw Problem(.internalError, "the campaign's engine id is damaged")
        }
        let directory = try StateDirectory.create(folder.path)
        defer { withExtendedLifetime(directory) {} }
        let snapshot = try CampaignDatabase.create(
            at: directory.databasePath, campaign: id,
            createdAtMilliseconds: database.clock.now.milliseconds,
            document: try material.document.encoded())
        try material.message.save(snapshot)
        try snapshot.beginImport()
        let count = try AudienceSnapshot(
            record: record, audience: material.audience, layout: material.layout
        ).write(db, into: snapshot, folder: folder)
        try snapshot.close()
        return count
    }

    /// Opens a snapshot for a run.
    func open(
        _ record: CampaignRecord, quota: QuotaAccount, trims: Bool
    ) async throws -> PreparedCampaign.Box {
        let folder = CampaignFolder(of: record, options)
        return try await BlockingQueue.run { [clock = database.clock] in
            let directory = try StateDirectory.open(folder.path)
            let database = try CampaignDatabase.open(at: directory.databasePath)
            let (document, templates, message) = try Self.message(database)
            let store = try QuotaGate(database, quota: quota, trims: trims, clock: clock)
            let prepared = PreparedCampaign(
                directory: directory, store: store, document: document, templates: templates,
                message: message)
            database.handOver()
            return PreparedCampaign.Box(value: prepared)
        }
    }

    /// What a snapshot sends: its settings and its bound templates.
    static func message(
        _ database: CampaignDatabase
    ) throws -> (CampaignDocument, CampaignTemplates, MessageTemplates) {
        let document = try CampaignDocument.decoded(database.campaign.document)
        let templates = try CampaignTemplates(parsing: document)
        let constants = try MessageConstants(database)
        let layout = MessageLayout(templates.references, constants.variables)
        let message = try templates.bind(
            layout.layout(constants.scope), slotCount: layout.slotCount)
        return (document, templates, message)
    }
}

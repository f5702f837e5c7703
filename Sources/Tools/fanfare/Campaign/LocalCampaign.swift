import Audience
import CurlTransport
import Engine
import Foundation
import Pacing
import Providers
import Runtime
import SendPlans
import Storage

/// A campaign in a state directory that this process owns.
final class LocalCampaign {
    let directory: StateDirectory
    let database: CampaignDatabase
    private(set) var document: CampaignDocument
    /// The variables of the audience, by column.
    let columns: ColumnTable
    /// How many shards can have work: a page is one shard's.
    let shards: Int
    /// What the import took, when this process did it.
    private(set) var importUsage: ImportUsage?

    /// What an import took.
    struct ImportUsage {
        var seconds: Double
        var cpuSeconds: Double
    }

    private init(
        _ directory: StateDirectory, _ database: CampaignDatabase, _ document: CampaignDocument,
        _ columns: ColumnTable
    ) {
        self.directory = directory
        self.database = database
        self.document = document
        self.columns = columns
        shards = max(1, min(document.shards, database.campaign.counts.pages))
    }

    var id: CampaignID { database.campaign.id }

    // MARK: Making and opening

    /// Makes a campaign: reads the audience into a new state directory.
    ///
    /// A failed or interrupted import leaves nothing but the list of rejects.
    static func create(
        at path: String, id: CampaignID, document: CampaignDocument,
        importing source: AudienceSource,
        quiet: Bool
    ) throws -> LocalCampaign {
        let directory = try newDirectory(path)
        let before = ResourceUsage.now
        let interrupt = InterruptFlag()
        defer { interrupt.close() }
        do {
            let database = try CampaignDatabase.create(
                at: directory.databasePath, campaign: id,
                createdAtMilliseconds: SystemClock.wallMilliseconds,
                document: try document.encoded())
            try database.beginImport()
            let sink = DatabasePageSink(database)
            let summary = try source.importing(
                into: sink, directory: directory.path, isQuiet: quiet,
                isCancelled: { interrupt.isSet })
            guard summary.recipients > 0 else {
                if summary.rejected == 0 { unsafe unlink(directory.rejectsPath) }
                throw CommandFailure.usage("--audience: \(source.path): it has no recipients")
            }
            let columns = try JSONEncoder().encode(summary.columns.names)
            _ = try database.finishImport(
                .init(
                    rowsRead: Int(summary.rows), rejected: Int(summary.rejected),
                    columns: Array(columns)))
            let campaign = LocalCampaign(directory, database, document, summary.columns)
            let after = ResourceUsage.now
            campaign.importUsage = ImportUsage(
                seconds: after.monotonicSeconds - before.monotonicSeconds,
                cpuSeconds: after.cpuSeconds - before.cpuSeconds)
            return campaign
        } catch let error as StorageError {
            throw CommandFailure.other("\(error)")
        } catch {
            directory.removeFailedImport()
            throw error
        }
    }

    private static func newDirectory(_ path: String) throws -> StateDirectory {
        let parent = URL(fileURLWithPath: path).deletingLastPathComponent().path
        do {
            try FileManager.default.createDirectory(
                atPath: parent, withIntermediateDirectories: true)
        } catch {
            throw CommandFailure.usage(
                "--state: cannot make \(parent): \(error.localizedDescription)")
        }
        do {
            return try StateDirectory.create(path)
        } catch  where error.code == .exists {
            return try replaceUnfinished(path)
        } catch {
            throw CommandFailure.usage("--state: \(error)")
        }
    }

    /// Takes over a directory whose import was cut off: nothing was sent from it.
    private static func replaceUnfinished(_ path: String) throws -> StateDirectory {
        do {
            let directory = try StateDirectory.open(path)
            do {
                try CampaignDatabase.open(at: directory.databasePath).close()
            } catch  where error.code == .importUnfinished {
                try directory.removeCampaign()
                return directory
            }
        } catch {
            throw CommandFailure.usage("--state: \(error)")
        }
        throw CommandFailure.usage(
            "--state: \(path) holds a campaign already; to go on with it: fanfare resume \(path)")
    }

    /// Opens a campaign to go on with it.
    static func open(_ path: String) throws -> LocalCampaign {
        do {
            let directory = try StateDirectory.open(path)
            let database = try CampaignDatabase.open(at: directory.databasePath)
            let (document, columns) = try describe(database)
            return LocalCampaign(directory, database, document, columns)
        } catch let error as StorageError {
            throw CommandFailure(error, path: path)
        }
    }

    /// Reads what a database says about its campaign.
    static func describe(
        _ database: CampaignDatabase
    ) throws -> (CampaignDocument, ColumnTable) {
        do {
            let names = try JSONDecoder().decode(
                [String].self, from: Data(database.campaign.columns))
            return (
                try CampaignDocument.decoded(
                    try database.value(changedDocument).map {
                        String(decoding: $0, as: UTF8.self)
                    } ?? database.campaign.document),
                try ColumnTable(names: names, columnsMax: AudienceLimits.standard.columnsMax)
            )
        } catch {
            throw CommandFailure.other(
                "\(database.path): the campaign's settings cannot be read: \(error)")
        }
    }

    /// Ends the work on the campaign in this process.
    func close() throws {
        do {
            try database.close()
        } catch {
            throw CommandFailure.other("\(error)")
        }
    }

    // MARK: Before a run

    /// Settles what an earlier process left behind.
    func recover() throws -> CrashRecovery.Outcome {
        do {
            return try CrashRecovery.settle(
                DatabaseStore(database), campaign: id, guarantee: document.deliveryGuarantee,
                journalsIn: directory.path, boot: BootIdentity.current,
                wallMilliseconds: SystemClock.wallMilliseconds)
        } catch {
            throw CommandFailure.other("cannot settle what the last run left: \(error)")
        }
    }

    /// Changes the rate for this run and those after it.
    func change(rate: String?, burst: Int?) throws {
        guard rate != nil || burst != nil else { return }
        if let rate { document.rate = rate }
        if let burst { document.burst = burst }
        do {
            _ = try document.rateLimit()
        } catch {
            throw CommandFailure.usage("\(rate == nil ? "--burst" : "--rate"): \(error)")
        }
        do {
            try database.setValue(Self.changedDocument, Array(try document.encoded().utf8))
        } catch {
            throw CommandFailure.other("\(error)")
        }
    }

    /// The value that holds the settings once they were changed after the start.
    private static let changedDocument = "document"

    /// Makes deliveries pending again that ended in a way.
    ///
    /// - Returns: How many.
    func resetForRetry(status: DeliveryStatus, reason: String?) throws -> Int {
        do {
            _ = try recover()
            return try database.resetForRetry(nowMilliseconds: SystemClock.wallMilliseconds) {
                $0.status == status && (reason == nil || $0.reason.label(code: $0.code) == reason)
            }
        } catch let error as StorageError {
            throw CommandFailure.other("\(error)")
        }
    }

    /// Counts the records.
    func accounting() throws -> Accounting {
        do {
            return try database.accounting(checkingRecipients: false)
        } catch {
            throw CommandFailure.other("\(error)")
        }
    }

    // MARK: Running

    /// Lets a runtime use the database.
    func handOver<Value>(_ body: (StoreHandover) throws -> Value) rethrows -> Value {
        database.handOver()
        return try body(StoreHandover(DatabaseStore(database)))
    }

    /// Has the database back from a runtime that has shut down.
    func takeBack(isCompleted: Bool) throws {
        guard isCompleted else { return }
        do {
            try database.setState(.completed)
        } catch {
            throw CommandFailure.other("\(error)")
        }
    }
}

extension CommandFailure {
    /// A state directory that cannot be used.
    init(_ error: StorageError, path: String) {
        switch error.code {
        case .importUnfinished:
            self = .usage(
                "\(path): the audience was not read to its end, and nothing was sent; start again with fanfare send --state \(path)"
            )
        case .missing, .notACampaign, .newerVersion, .olderVersion, .locked:
            self = .usage("\(error)")
        default:
            self = .other("\(error)")
        }
    }
}

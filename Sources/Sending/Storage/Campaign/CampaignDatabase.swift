package import Engine
import Glibc

/// One campaign in one SQLite file: its audience, its results and where each page stands.
///
/// Life: `create` → `beginImport` → `appendPage`… → `finishImport` → `claimNextPage` / `commit`… →
/// `close`; later `open` → `recoverClaims` → `claimNextPage`…
///
/// Guarantees:
/// 1. A transaction that was committed survives a power loss: the write-ahead log is synchronised
///    at each commit. Only the import works without, and marks the file until its end.
/// 2. A page is exactly one of fresh, claimed, parked and done, in the file and in memory.
/// 3. A record in the file is never `inFlight`, and a done page holds no pending one.
/// 4. Every blob carries a checksum that is compared at each read.
///
/// Every call blocks. One thread makes the calls, and others trap; `handOver` lets the next thread
/// have it. A failure inside a transaction leaves it to the caller to roll back, which
/// `transaction` does.
// SAFETY: `Sendable` because every entry point begins with the thread check, which traps before any
// state is touched.
package final class CampaignDatabase: @unchecked Sendable {
    /// What an open database may be used for.
    package enum Access: Sendable {
        /// The one writer. The caller holds the state directory's lock.
        case readWrite
        /// Beside a writer or alone: scans, accounting and values only.
        case readOnly
    }

    /// The main file as it was given; its log and index lie beside it.
    package let path: String
    /// Whether this object may write; a call that writes traps where it may not.
    package let access: Access
    let connection: Connection
    /// The file that is open.
    private let file: FileIdentity
    let thread = ThreadBinding()
    var row: CampaignRow
    var table: PageQueue
    /// What the import has appended so far.
    var imported = ImportFigures()
    /// Room for one page's records, for recovery, retries and scans.
    let scratch = RecordBuffer()

    init(
        connection: Connection, row: CampaignRow, table: PageQueue
    ) throws(StorageError) {
        path = connection.path
        file = try FileIdentity(of: connection.path, "open the database")
        access = connection.isReadOnly ? .readOnly : .readWrite
        self.connection = connection
        self.row = row
        self.table = table
        thread.check()
    }

    /// Makes a new database file, readable and writable by its owner only, in state `importing`.
    ///
    /// - Parameters:
    ///   - path: Where; its folder exists.
    ///   - campaign: The campaign's identity.
    ///   - createdAtMilliseconds: Unix milliseconds.
    ///   - document: The campaign's settings as JSON, kept as it is.
    /// - Returns: The database, ready for `beginImport`.
    /// - Throws: `exists`, `tooLarge`, `inputOutput`, `full`. A file that was begun is removed.
    package static func create(
        at path: String, campaign: CampaignID, createdAtMilliseconds: Int64, document: String
    ) throws(StorageError) -> CampaignDatabase {
        let operation = "create the database"
        guard document.utf8.count <= StorageLimits.documentBytesMax else {
            throw StorageError(
                .tooLarge, operation, path: path,
                message: "the campaign's document has \(document.utf8.count) bytes")
        }
        try makePrivateFile(path, operation)
        do throws(StorageError) {
            try ImportMark.set(for: path, operation)
            let connection = try Connection(path: path, isReadOnly: false)
            try connection.execute(
                "PRAGMA page_size = \(StorageLimits.databasePageBytes)", operation)
            try configure(connection)
            try Schema.migrate(connection, through: Schema.steps)
            try insertCampaign(connection, campaign, createdAtMilliseconds, document)
            return try CampaignDatabase(
                connection: connection, row: try readCampaign(connection), table: PageQueue())
        } catch {
            try? remove(at: path)
            throw error
        }
    }

    /// Opens the database of a campaign whose import has finished.
    ///
    /// An older layout is brought up to date first. The page table is read, which takes
    /// milliseconds per ten thousand pages.
    ///
    /// - Throws: `missing`, `notACampaign`, `newerVersion`, `olderVersion` (reading only),
    ///   `importUnfinished`, `damaged`, `busy`, `inputOutput`.
    package static func open(
        at path: String, access: Access = .readWrite
    ) throws(StorageError) -> CampaignDatabase {
        let operation = "open the database"
        _ = try FileIdentity(of: path, operation)
        if ImportMark.exists(for: path) { throw unfinished(path, operation) }
        let connection = try Connection(path: path, isReadOnly: access == .readOnly)
        try configure(connection)
        let identity = Int32(try connection.value("PRAGMA application_id", operation))
        // An empty file is what a crash at the very beginning of an import leaves.
        if identity == 0, try connection.value("PRAGMA page_count", operation) == "0" {
            throw unfinished(path, operation)
        }
        guard identity == Schema.applicationID else {
            throw StorageError(
                .notACampaign, operation, path: path,
                message: "it is a database of another program")
        }
        try Schema.migrate(connection, through: Schema.steps)
        let row = try readCampaign(connection)
        guard row.state != .importing else { throw unfinished(path, operation) }
        if access == .readWrite { try enterRunPhase(connection) }
        let table = try readPageTable(connection)
        return try CampaignDatabase(connection: connection, row: row, table: table)
    }

    /// Removes a database and its log files, as far as they exist; it must not be open.
    package static func remove(at path: String) throws(StorageError) {
        // The mark goes last: until then the rest is known to be worth nothing.
        for suffix in ["-journal", "-wal", "-shm", "", ImportMark.suffix]
        where unsafe unlink(path + suffix) != 0 {
            guard errno == ENOENT else {
                throw StorageError.system(errno, "remove the database", path: path + suffix)
            }
        }
    }

    /// Copies the write-ahead log into the main file, empties it and closes.
    ///
    /// An open transaction is undone. When a reader still needs the log, it is left to the reader
    /// or to the next open. Calls after this one are bugs.
    package func close() throws(StorageError) {
        thread.check()
        connection.rollback()
        var failure: StorageError?
        if access == .readWrite, row.state != .importing {
            do throws(StorageError) {
                try connection.execute("PRAGMA wal_checkpoint(TRUNCATE)", "empty the log")
                try requireFile("close the database")
            } catch { failure = error }
        }
        connection.close()
        if let failure { throw failure }
    }

    /// Makes the next thread that makes a call the owner.
    ///
    /// The owner calls it to give the database away, or, once the owner has ended, whoever takes it
    /// back: the caller promises that no call is under way.
    package func handOver() { thread.release() }

    /// The campaign: as last written by this object, or as read when it was opened.
    package var campaign: CampaignRow {
        thread.check()
        return row
    }

    /// How many pages are fresh, claimed, parked and done; of the opening for a read-only database.
    package var tally: PageTally {
        thread.check()
        return table.tally
    }

    /// Where a page stands.
    package func state(of page: PageIndex) -> PageState {
        thread.check()
        return table[page].state
    }

    /// The rows of a page, duplicates included.
    package func count(of page: PageIndex) -> Int {
        thread.check()
        return Int(table[page].count)
    }

    /// Records that the campaign has ended, or that it runs again.
    package func setState(_ state: CampaignState) throws(StorageError) {
        try writable()
        precondition(
            row.state != .importing && state != .importing,
            "Only an import begins and ends the state importing.")
        try writeState(state)
    }

    func writeState(_ state: CampaignState) throws(StorageError) {
        let update = try connection.statement(.updateCampaignState)
        update.bind(1, state.rawValue)
        try update.run()
        row.state = state
    }

    /// Insists that the file is still under its name: what is written to one that was removed is
    /// lost.
    ///
    /// - Throws: `missing`.
    func requireFile(_ operation: String) throws(StorageError) {
        guard try FileIdentity(of: path, operation) == file else {
            throw StorageError(
                .missing, operation, path: path, message: "another file has taken its place")
        }
    }

    /// The check that opens every call which writes.
    func writable() throws(StorageError) {
        thread.check()
        precondition(access == .readWrite, "A database that is open for reading was written.")
    }
}

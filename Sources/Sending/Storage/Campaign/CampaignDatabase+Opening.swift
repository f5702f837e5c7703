import Engine
import Glibc

/// What `create` and `open` are made of.
extension CampaignDatabase {
    /// Makes an empty file with mode 0600 whatever the umask is; it must not exist.
    static func makePrivateFile(_ path: String, _ operation: String) throws(StorageError) {
        let descriptor = unsafe Glibc.open(path, O_CREAT | O_EXCL | O_RDWR | O_CLOEXEC, 0o600)
        guard descriptor >= 0 else { throw StorageError.system(errno, operation, path: path) }
        // The umask can only have taken bits away from 0600.
        let result = fchmod(descriptor, 0o600)
        let failure = errno
        Glibc.close(descriptor)
        guard result == 0 else { throw StorageError.system(failure, operation, path: path) }
    }

    /// Settings that every connection of the store has.
    static func configure(_ connection: Connection) throws(StorageError) {
        try connection.execute(
            """
            PRAGMA cache_size = -\(StorageLimits.cacheKibibytes);
            PRAGMA mmap_size = 0;
            PRAGMA temp_store = MEMORY;
            PRAGMA cell_size_check = ON;
            PRAGMA trusted_schema = OFF;
            """, "configure the database")
    }

    /// The durable settings of the run: a log that is synchronised at each commit, and bounded.
    static func enterRunPhase(_ connection: Connection) throws(StorageError) {
        let operation = "configure the database"
        try connection.execute("PRAGMA synchronous = FULL", operation)
        let mode = try connection.value("PRAGMA journal_mode = WAL", operation)
        guard mode == "wal" else {
            throw StorageError(
                .inputOutput, operation, path: connection.path,
                message: "the file system does not support a write-ahead log")
        }
        try connection.execute(
            """
            PRAGMA wal_autocheckpoint = \(StorageLimits.checkpointDatabasePages);
            PRAGMA journal_size_limit = \(StorageLimits.logBytesKept);
            """, operation)
    }

    static func insertCampaign(
        _ connection: Connection, _ campaign: CampaignID, _ createdAtMilliseconds: Int64,
        _ document: String
    ) throws(StorageError) {
        let insert = try connection.statement(.insertCampaign)
        insert.bind(1, Int64(bitPattern: campaign.high))
        insert.bind(2, Int64(bitPattern: campaign.low))
        insert.bind(3, createdAtMilliseconds)
        insert.bind(4, CampaignState.importing.rawValue)
        try unsafe Array(document.utf8).withUnsafeBufferPointer { bytes throws(StorageError) in
            unsafe insert.bindText(5, bytes)
            try insert.run()
        }
    }

    static func readCampaign(_ connection: Connection) throws(StorageError) -> CampaignRow {
        let read = try connection.statement(.readCampaign)
        defer { read.reset() }
        guard try read.step(), let state = UInt8(exactly: read.integer(3)),
            let state = CampaignState(rawValue: state)
        else {
            throw StorageError(
                .damaged, "read the campaign", path: connection.path,
                message: "there is no campaign in the database, or in no known state")
        }
        return CampaignRow(
            id: CampaignID(
                high: UInt64(bitPattern: read.integer(0)),
                low: UInt64(bitPattern: read.integer(1))),
            createdAtMilliseconds: read.integer(2), state: state,
            document: String(decoding: read.bytes(4), as: UTF8.self), columns: read.bytes(5),
            counts: CampaignCounts(
                rowsRead: Int(read.integer(6)), recipients: Int(read.integer(7)),
                duplicates: Int(read.integer(8)), rejected: Int(read.integer(9)),
                pages: Int(read.integer(10))))
    }

    static func readPageTable(_ connection: Connection) throws(StorageError) -> PageQueue {
        let list = try connection.statement(.listPages)
        defer { list.reset() }
        var table = PageQueue()
        while try list.step() {
            guard let entry = PageRow(list),
                Int(entry.page.rawValue) == table.entries.count
            else {
                throw StorageError(
                    .damaged, "list the pages", path: connection.path,
                    page: PageIndex(UInt32(table.entries.count)),
                    message: "its row is missing or holds impossible values")
            }
            table.append(
                PageQueue.Entry(
                    count: entry.count, recipientsBytes: entry.recipientsBytes, state: entry.state,
                    dueMilliseconds: entry.dueMilliseconds, hasRecords: list.integer(5) != 0))
        }
        return table
    }

    static func unfinished(_ path: String, _ operation: String) -> StorageError {
        StorageError(
            .importUnfinished, operation, path: path,
            message: "its audience is being imported, or the import was interrupted")
    }
}

/// Grouping: one synchronisation of the disk for many claims and commits.
extension CampaignDatabase {
    /// Whether a transaction is open.
    package var isInTransaction: Bool {
        thread.check()
        return connection.isInTransaction
    }

    /// Opens a transaction; there must be none.
    package func begin() throws(StorageError) {
        try writable()
        precondition(!connection.isInTransaction, "A transaction is open already.")
        try connection.execute("BEGIN IMMEDIATE", "begin a transaction")
    }

    /// Makes what was done since `begin` durable.
    ///
    /// When it fails, what was done may or may not be in the file: roll back.
    ///
    /// - Throws: `missing` when the file was removed while it was open, and what SQLite reports.
    package func commitTransaction() throws(StorageError) {
        try writable()
        let operation = "commit a transaction"
        try connection.execute("COMMIT", operation)
        try requireFile(operation)
    }

    /// Undoes what was done since `begin`, in the file and in memory.
    ///
    /// Also right after SQLite has ended the transaction by itself, as it does on a full disk.
    ///
    /// - Throws: A failure to read the pages anew; the database can only be closed then.
    package func rollback() throws(StorageError) {
        try writable()
        connection.rollback()
        row = try Self.readCampaign(connection)
        table = try Self.readPageTable(connection)
    }

    /// Runs `body` in one transaction: committed when it returns, undone when it throws.
    package func transaction<Value>(
        _ body: () throws(StorageError) -> Value
    ) throws(StorageError) -> Value {
        try begin()
        do throws(StorageError) {
            let value = try body()
            try commitTransaction()
            return value
        } catch {
            // The first failure says more than a second one while undoing.
            try? rollback()
            throw error
        }
    }

    /// Runs several statements as one: within the caller's transaction, or in one of their own.
    func together(_ body: () throws(StorageError) -> Void) throws(StorageError) {
        if connection.isInTransaction { try body() } else { try transaction(body) }
    }
}

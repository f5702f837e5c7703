/// The tables, as a list of steps from an empty file to the current layout.
///
/// `user_version` counts the steps that a file has taken. A step that was released never changes:
/// a new layout is a new step.
enum Schema {
    /// `FANF`, at its fixed place in the file's header, so that `file` and others can tell.
    static let applicationID: Int32 = 0x4641_4E46

    static let steps: [String] = [
        // A commit rewrites a row whole, so what changes apart lives apart: a claim touches only
        // `page`, a commit only `page` and `result`, and nothing touches `audience` after the
        // import.
        """
        CREATE TABLE campaign (
            id INTEGER PRIMARY KEY CHECK (id = 1),
            high INTEGER NOT NULL,
            low INTEGER NOT NULL,
            created_at INTEGER NOT NULL,
            state INTEGER NOT NULL,
            document TEXT NOT NULL,
            columns BLOB NOT NULL DEFAULT x'',
            rows_read INTEGER NOT NULL DEFAULT 0,
            recipients INTEGER NOT NULL DEFAULT 0,
            duplicates INTEGER NOT NULL DEFAULT 0,
            rejected INTEGER NOT NULL DEFAULT 0,
            pages INTEGER NOT NULL DEFAULT 0
        ) STRICT;
        CREATE TABLE page (
            page INTEGER PRIMARY KEY,
            count INTEGER NOT NULL,
            bytes INTEGER NOT NULL,
            state INTEGER NOT NULL,
            due INTEGER
        ) STRICT;
        CREATE TABLE audience (
            page INTEGER PRIMARY KEY,
            checksum INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE TABLE result (
            page INTEGER PRIMARY KEY,
            checksum INTEGER NOT NULL,
            content BLOB NOT NULL
        ) STRICT;
        CREATE TABLE value (
            name TEXT PRIMARY KEY,
            content BLOB NOT NULL
        ) STRICT, WITHOUT ROWID;
        """
    ]

    /// Brings a file to the last of `steps`, each in a transaction of its own with its number.
    ///
    /// - Throws: `newerVersion` for a file that took more steps than there are; `olderVersion` for
    ///   one that needs steps and may only be read; a failed step leaves the file as it was before
    ///   that step.
    static func migrate(_ connection: Connection, through steps: [String]) throws(StorageError) {
        let operation = "bring the database up to date"
        let version = Int(try connection.value("PRAGMA user_version", operation)) ?? 0
        guard version <= steps.count, version >= 0 else {
            throw StorageError(
                .newerVersion, "open the database", path: connection.path,
                message: "its layout is number \(version), the newest known one \(steps.count)")
        }
        guard version < steps.count else { return }
        guard !connection.isReadOnly else {
            throw StorageError(
                .olderVersion, "open the database", path: connection.path,
                message: "its layout is number \(version), and reading needs \(steps.count)")
        }
        for number in version..<steps.count {
            try connection.execute("BEGIN IMMEDIATE", operation)
            do throws(StorageError) {
                try connection.execute(steps[number], operation)
                try connection.execute(
                    """
                    PRAGMA application_id = \(applicationID);
                    PRAGMA user_version = \(number + 1);
                    COMMIT
                    """, operation)
            } catch {
                connection.rollback()
                throw error
            }
        }
    }
}

extension Connection {
    /// Undoes the open transaction, if SQLite has not done so already.
    func rollback() {
        guard isInTransaction else { return }
        // A rollback that fails leaves the transaction to the next open, which undoes it as well.
        _ = try? execute("ROLLBACK", "roll back")
    }
}

import CSQLite
import Engine

/// One connection to one database file: the only owner of an `sqlite3` handle.
///
/// Opened without SQLite's mutexes: whoever owns the connection keeps to one thread. Statements are
/// prepared once, at their first use, and live as long as the connection.
// SAFETY: it owns the handle and the statements until `close`; a use after that traps in `opened`.
@safe
final class Connection {
    let path: String
    let isReadOnly: Bool
    private var handle: OpaquePointer?
    private var statements: [OpaquePointer?]

    /// Opens an existing file: `sqlite3_open_v2`.
    ///
    /// Nothing of the file is read yet, so a file that is no database is found by the first
    /// statement.
    init(path: String, isReadOnly: Bool) throws(StorageError) {
        self.path = path
        self.isReadOnly = isReadOnly
        unsafe statements = [OpaquePointer?](repeating: nil, count: Query.allCases.count)
        // A relative path could begin with "file:", which SQLite would read as a URI.
        let name = path.hasPrefix("/") ? path : "./" + path
        let access = isReadOnly ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE
        let result = unsafe sqlite3_open_v2(
            name, &handle, access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nil)
        guard result == SQLITE_OK, let handle = unsafe handle else {
            let failure = failure("open the database")
            close()
            throw failure
        }
        _ = unsafe sqlite3_busy_timeout(handle, StorageLimits.busyTimeoutMilliseconds)
        // A length that a damaged file claims must not become an allocation.
        let lengthMax = max(StorageLimits.recipientsBytesMax, StorageLimits.documentBytesMax)
        _ = unsafe sqlite3_limit(handle, SQLITE_LIMIT_LENGTH, Int32(lengthMax + 65_536))
    }

    deinit { close() }

    /// Finalizes the statements and closes the handle; later calls are bugs.
    func close() {
        for index in unsafe statements.indices {
            _ = unsafe sqlite3_finalize(statements[index])
            unsafe statements[index] = nil
        }
        // `_v2` never refuses, not even while a blob handle is open.
        _ = unsafe sqlite3_close_v2(handle)
        unsafe handle = nil
    }

    /// Runs statements that bind nothing and whose rows do not matter: `sqlite3_exec`.
    func execute(_ sql: String, _ operation: String) throws(StorageError) {
        guard unsafe sqlite3_exec(opened, sql, nil, nil, nil) == SQLITE_OK else {
            throw failure(operation)
        }
    }

    /// The one value of a statement that is used once, as text: for pragmas.
    func value(_ sql: String, _ operation: String) throws(StorageError) -> String {
        var statement: OpaquePointer?
        defer { _ = unsafe sqlite3_finalize(statement) }
        guard unsafe sqlite3_prepare_v2(opened, sql, -1, &statement, nil) == SQLITE_OK else {
            throw failure(operation)
        }
        switch unsafe sqlite3_step(statement) {
        case SQLITE_ROW: break
        case SQLITE_DONE: return ""
        default: throw failure(operation)
        }
        guard let text = unsafe sqlite3_column_text(statement, 0) else { return "" }
        return unsafe String(cString: text)
    }

    /// The statement of a query, prepared at its first use: `sqlite3_prepare_v3`.
    func statement(_ query: Query) throws(StorageError) -> PreparedStatement {
        if let prepared = unsafe statements[query.rawValue] {
            return unsafe PreparedStatement(
                handle: prepared, connection: self, operation: query.operation)
        }
        var prepared: OpaquePointer?
        let result = unsafe sqlite3_prepare_v3(
            opened, query.sql, -1, UInt32(SQLITE_PREPARE_PERSISTENT), &prepared, nil)
        guard result == SQLITE_OK, let prepared = unsafe prepared else {
            throw failure("\(query.operation)")
        }
        unsafe statements[query.rawValue] = prepared
        return unsafe PreparedStatement(
            handle: prepared, connection: self, operation: query.operation)
    }

    /// Whether a transaction is open: `sqlite3_get_autocommit`.
    ///
    /// SQLite ends a transaction by itself after some failures, a full disk among them.
    var isInTransaction: Bool { unsafe sqlite3_get_autocommit(opened) == 0 }

    var opened: OpaquePointer {
        guard let handle = unsafe handle else {
            preconditionFailure("A closed database was called.")
        }
        return unsafe handle
    }

    /// What SQLite says of its last call, as this module's error.
    func failure(_ operation: String, page: PageIndex? = nil) -> StorageError {
        let extended = unsafe handle.map { unsafe sqlite3_extended_errcode($0) } ?? SQLITE_NOMEM
        let message =
            unsafe handle.flatMap { unsafe sqlite3_errmsg($0) }.map { unsafe String(cString: $0) }
            ?? "out of memory"
        let code: StorageError.Code =
            switch extended & 0xFF {
            case SQLITE_NOTADB: .notACampaign
            case SQLITE_CORRUPT: .damaged
            case SQLITE_BUSY, SQLITE_LOCKED: .busy
            case SQLITE_FULL: .full
            case SQLITE_IOERR, SQLITE_CANTOPEN, SQLITE_READONLY, SQLITE_PERM: .inputOutput
            case SQLITE_TOOBIG: .tooLarge
            default: .failed
            }
        return StorageError(
            code, operation, path: path, page: page, message: message, systemCode: extended)
    }
}

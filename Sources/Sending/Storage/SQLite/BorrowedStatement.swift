import CSQLite

/// A statement on a connection that another library opened, for bulk work where that library's own
/// binding would cost more than SQLite itself.
///
/// It is prepared when it is made and finalized when it goes away, which must be before the
/// connection closes; it keeps to the connection's thread. Bound bytes are not copied: they must
/// stay in place until `reset`. Columns count from 0 and parameters from 1, as in SQLite.
// SAFETY: it owns the statement from `init` to `deinit`; that the connection outlives it is what
// its maker promises.
@safe
package final class BorrowedStatement {
    private let connection: OpaquePointer
    private let handle: OpaquePointer
    private let operation: String

    /// Prepares a statement: `sqlite3_prepare_v2`.
    ///
    /// - Parameters:
    ///   - sql: One statement.
    ///   - connection: An `sqlite3` handle, which outlives the statement.
    ///   - operation: What it does, for errors.
    /// - Throws: `full` or `failed`.
    package init(
        _ sql: String, on connection: OpaquePointer, _ operation: String
    ) throws(StorageError) {
        var prepared: OpaquePointer?
        let result = unsafe sqlite3_prepare_v2(connection, sql, -1, &prepared, nil)
        guard result == SQLITE_OK, let prepared = unsafe prepared else {
            throw unsafe Self.failure(connection, operation)
        }
        unsafe self.connection = unsafe connection
        unsafe handle = unsafe prepared
        self.operation = operation
    }

    deinit { _ = unsafe sqlite3_finalize(handle) }

    /// Binds an integer: `sqlite3_bind_int64`.
    package func bind(_ parameter: Int32, _ value: Int64) {
        check(unsafe sqlite3_bind_int64(handle, parameter, value))
    }

    /// Binds an integer, or NULL for nil.
    package func bind(_ parameter: Int32, _ value: Int64?) {
        guard let value else { return bindNull(parameter) }
        check(unsafe sqlite3_bind_int64(handle, parameter, value))
    }

    /// Binds NULL: `sqlite3_bind_null`.
    package func bindNull(_ parameter: Int32) {
        check(unsafe sqlite3_bind_null(handle, parameter))
    }

    /// Binds borrowed bytes as UTF-8 text; NULL where there are none.
    package func bind(_ parameter: Int32, _ text: UnsafeRawBufferPointer) {
        guard let base = text.baseAddress else { return bindNull(parameter) }
        // A nil destructor is SQLITE_STATIC: SQLite reads the bytes in place.
        check(
            unsafe sqlite3_bind_text64(
                handle, parameter, base.assumingMemoryBound(to: CChar.self),
                UInt64(text.count), nil, UInt8(SQLITE_UTF8)))
    }

    /// Binds a copy of a text.
    package func bindCopy(_ parameter: Int32, _ text: String) {
        var text = text
        text.withUTF8 { text in
            unsafe UnsafeRawBufferPointer(text).withMemoryRebound(to: CChar.self) { text in
                // SQLITE_TRANSIENT, a cast in C that Swift does not import.
                let copied = unsafe unsafeBitCast(-1, to: sqlite3_destructor_type.self)
                check(
                    unsafe sqlite3_bind_text64(
                        handle, parameter, text.baseAddress, UInt64(text.count), copied,
                        UInt8(SQLITE_UTF8)))
            }
        }
    }

    /// Binds a text that does not move.
    package func bind(_ parameter: Int32, _ text: StaticString) {
        unsafe bind(
            parameter,
            UnsafeRawBufferPointer(start: text.utf8Start, count: text.utf8CodeUnitCount))
    }

    /// Moves to the next row: `sqlite3_step`.
    ///
    /// - Returns: `false` when there is none.
    package func step() throws(StorageError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = unsafe Self.failure(connection, operation)
            reset()
            throw failure
        }
    }

    /// Runs a statement that gives no rows, and resets it.
    ///
    /// - Returns: How many rows it changed.
    @discardableResult
    package func run() throws(StorageError) -> Int {
        while try step() {}
        reset()
        return Int(unsafe sqlite3_changes(connection))
    }

    /// Ends the statement's hold on the database and on bound bytes.
    package func reset() {
        // The result repeats the failure of the last step, which was thrown there.
        _ = unsafe sqlite3_reset(handle)
    }

    /// The row that the last step moved to.
    package var row: BorrowedRow { unsafe BorrowedRow(of: handle) }

    /// Binding fails only for a parameter that is not there or a value beyond a limit that was
    /// checked before.
    private func check(_ result: Int32) {
        precondition(result == SQLITE_OK, "A statement does not have the parameter that is bound.")
    }

    private static func failure(
        _ connection: OpaquePointer, _ operation: String
    ) -> StorageError {
        let extended = unsafe sqlite3_extended_errcode(connection)
        let message =
            unsafe sqlite3_errmsg(connection).map { unsafe String(cString: $0) } ?? "out of memory"
        let path =
            unsafe sqlite3_db_filename(connection, "main").map { unsafe String(cString: $0) } ?? ""
        return StorageError(
            extended & 0xFF == SQLITE_FULL ? .full : .failed, operation, path: path,
            message: message, systemCode: extended)
    }
}

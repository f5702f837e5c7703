import CSQLite
import Engine

/// A prepared statement that the connection keeps; a borrowed name for it, valid until `close`.
///
/// Bound bytes are not copied: they must stay in place until `reset`, which forgets them.
/// Columns count from 0 and parameters from 1, as in SQLite.
// SAFETY: the handle is the connection's, which the unowned reference proves alive.
@safe
struct PreparedStatement {
    private let handle: OpaquePointer
    private unowned let connection: Connection
    private let operation: StaticString

    init(handle: OpaquePointer, connection: Connection, operation: StaticString) {
        unsafe self.handle = handle
        self.connection = connection
        self.operation = operation
    }

    func bind(_ parameter: Int32, _ value: some BinaryInteger) {
        check(unsafe sqlite3_bind_int64(handle, parameter, Int64(value)))
    }

    func bind(_ parameter: Int32, _ value: Int64?) {
        guard let value else { return check(unsafe sqlite3_bind_null(handle, parameter)) }
        check(unsafe sqlite3_bind_int64(handle, parameter, value))
    }

    /// Binds borrowed bytes as a blob, an empty one included.
    func bind(_ parameter: Int32, _ bytes: UnsafeRawBufferPointer) {
        guard let base = bytes.baseAddress, bytes.count > 0 else {
            return check(unsafe sqlite3_bind_zeroblob(handle, parameter, 0))
        }
        // A nil destructor is SQLITE_STATIC: SQLite reads the bytes in place.
        check(unsafe sqlite3_bind_blob64(handle, parameter, base, UInt64(bytes.count), nil))
    }

    /// Binds borrowed bytes as UTF-8 text.
    func bindText(_ parameter: Int32, _ bytes: UnsafeBufferPointer<UInt8>) {
        let encoding = UInt8(SQLITE_UTF8)
        guard let base = bytes.baseAddress else {
            return check(unsafe sqlite3_bind_text64(handle, parameter, "", 0, nil, encoding))
        }
        unsafe base.withMemoryRebound(to: CChar.self, capacity: bytes.count) { text in
            check(
                unsafe sqlite3_bind_text64(
                    handle, parameter, text, UInt64(bytes.count), nil, encoding))
        }
    }

    /// Moves to the next row: `sqlite3_step`.
    ///
    /// - Returns: `false` when there is none.
    func step(page: PageIndex? = nil) throws(StorageError) -> Bool {
        switch unsafe sqlite3_step(handle) {
        case SQLITE_ROW: return true
        case SQLITE_DONE: return false
        default:
            let failure = connection.failure("\(operation)", page: page)
            reset()
            throw failure
        }
    }

    /// Runs a statement that gives no rows, and resets it.
    func run(page: PageIndex? = nil) throws(StorageError) {
        while try step(page: page) {}
        reset()
    }

    /// Ends the statement's hold on the database and on bound bytes.
    func reset() {
        // The result repeats the failure of the last step, which was thrown there.
        _ = unsafe sqlite3_reset(handle)
        _ = unsafe sqlite3_clear_bindings(handle)
    }

    func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(handle, column)
    }

    func optionalInteger(_ column: Int32) -> Int64? {
        isNull(column) ? nil : integer(column)
    }

    func isNull(_ column: Int32) -> Bool {
        unsafe sqlite3_column_type(handle, column) == SQLITE_NULL
    }

    /// A copy of a blob's or a text's bytes.
    func bytes(_ column: Int32) -> [UInt8] {
        let count = Int(unsafe sqlite3_column_bytes(handle, column))
        guard let base = unsafe sqlite3_column_blob(handle, column), count > 0 else { return [] }
        return unsafe [UInt8](UnsafeRawBufferPointer(start: base, count: count))
    }

    /// Binding fails only for a parameter that is not there or a value beyond a limit that was
    /// checked before.
    private func check(_ result: Int32) {
        precondition(result == SQLITE_OK, "A statement does not have the parameter that is bound.")
    }
}

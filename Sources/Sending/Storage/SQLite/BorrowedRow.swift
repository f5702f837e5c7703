import CSQLite

/// The current row of a statement that another library may have prepared, read in place.
///
/// It lasts until the statement's next step. Columns count from 0, as in SQLite.
// SAFETY: whoever makes one promises that the statement stands on a row; SQLite checks the column.
@safe
package struct BorrowedRow {
    private let statement: OpaquePointer

    /// Makes the view of a row.
    ///
    /// - Parameter statement: An `sqlite3_stmt` handle, whose last step gave a row.
    package init(of statement: OpaquePointer) { unsafe self.statement = unsafe statement }

    /// The value as an integer; 0 for NULL, and SQLite's conversion for anything else.
    package func integer(_ column: Int32) -> Int64 {
        unsafe sqlite3_column_int64(statement, column)
    }

    /// The bytes of a text; of NULL, and only of it, there is no base address.
    package func text(_ column: Int32) -> UnsafeRawBufferPointer {
        let base = unsafe sqlite3_column_text(statement, column)
        return unsafe UnsafeRawBufferPointer(
            start: base, count: Int(sqlite3_column_bytes(statement, column)))
    }
}

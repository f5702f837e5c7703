/// What the source had, for `finishImport`.
package struct ImportTotals: Sendable {
    /// Rows of the source, the header not counted.
    package var rowsRead: Int
    /// Rows that were not appended to any page.
    package var rejected: Int
    /// The audience's column list, in any encoding.
    package var columns: [UInt8]

    /// Takes the figures of a source that was read to its end.
    package init(rowsRead: Int, rejected: Int, columns: [UInt8]) {
        self.rowsRead = rowsRead
        self.rejected = rejected
        self.columns = columns
    }
}

/// What the database itself has counted of the import.
struct ImportFigures {
    var rows = 0
    var duplicates = 0
}

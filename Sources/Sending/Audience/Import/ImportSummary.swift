package import Engine

/// How far an import has come.
package struct ImportProgress: Sendable, Equatable {
    /// The rows read: recipients, duplicates and rejects.
    package var rows: UInt64 = 0
    /// The rows rejected so far.
    package var rejected: UInt64 = 0
    /// The bytes read from the file itself, compressed if it is.
    package var fileBytesRead: UInt64 = 0
    /// The size of the file, if it is known.
    package var fileBytes: UInt64?
}

/// What an import has brought in.
///
/// `rows = recipients + duplicates + rejected`: nothing is dropped without being counted.
package struct ImportSummary: Sendable, Equatable {
    /// The rows read: recipients, duplicates and rejects.
    package var rows: UInt64 = 0
    /// The distinct user ids: those who will be sent to.
    package var recipients: UInt64 = 0
    /// The rows whose user id an earlier row has: they are in the pages, and marked.
    package var duplicates: UInt64 = 0
    /// The lines rejected.
    package var rejected: UInt64 = 0
    /// The pages that the rows were cut into.
    package var pages: UInt32 = 0
    /// The variables, by column.
    package var columns: ColumnTable
    /// The bytes of all page blobs.
    package var pageBytes: UInt64 = 0
    /// The bytes read from the file itself, compressed if it is.
    package var fileBytesRead: UInt64 = 0
}

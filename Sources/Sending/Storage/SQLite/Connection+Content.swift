import CSQLite
import Engine

/// The two tables of blobs: one row per page, its number as the key.
enum ContentTable {
    /// Encoded recipients: written by the import, never again.
    case audience
    /// Delivery records: written by every commit of the page.
    case result

    var name: String {
        switch self {
        case .audience: "audience"
        case .result: "result"
        }
    }

    var readQuery: Query {
        switch self {
        case .audience: .readAudienceChecksum
        case .result: .readResultChecksum
        }
    }

    var readOperation: String { "\(readQuery.operation)" }
}

extension Connection {
    /// Copies a page's blob into the caller's memory and checks it against its checksum.
    ///
    /// `sqlite3_blob_read` copies from the cache or the file straight to `buffer`: a column read
    /// would assemble a large value in memory of its own first.
    ///
    /// - Returns: `false` when the page has no row in the table.
    /// - Throws: `damaged` for content of another length than the buffer's, or that does not match
    ///   its checksum.
    func readContent(
        of page: PageIndex, from table: ContentTable, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) -> Bool {
        let checksumStatement = try statement(table.readQuery)
        checksumStatement.bind(1, page.rawValue)
        guard try checksumStatement.step(page: page) else {
            checksumStatement.reset()
            return false
        }
        let checksum = UInt64(bitPattern: checksumStatement.integer(0))
        checksumStatement.reset()

        var blob: OpaquePointer?
        defer { _ = unsafe sqlite3_blob_close(blob) }
        let opening = unsafe sqlite3_blob_open(
            opened, "main", table.name, "content", Int64(page.rawValue), 0, &blob)
        guard opening == SQLITE_OK else { throw contentFailure(opening, of: page, in: table) }
        guard unsafe sqlite3_blob_bytes(blob) == buffer.count else {
            throw damage(of: page, in: table, "its length is not the one that was stored")
        }
        if buffer.count > 0 {
            let reading = unsafe sqlite3_blob_read(
                blob, buffer.baseAddress, Int32(buffer.count), 0)
            guard reading == SQLITE_OK else { throw contentFailure(reading, of: page, in: table) }
        }
        guard
            unsafe Checksum.of(UnsafeRawBufferPointer(buffer), salt: UInt64(page.rawValue))
                == checksum
        else {
            throw damage(of: page, in: table, "its bytes do not match their checksum")
        }
        return true
    }

    /// The plain `SQLITE_ERROR` of a blob call means a value that is no blob: damage.
    private func contentFailure(
        _ result: Int32, of page: PageIndex, in table: ContentTable
    ) -> StorageError {
        result == SQLITE_ERROR
            ? damage(of: page, in: table, "it is not a blob")
            : failure(table.readOperation, page: page)
    }

    private func damage(
        of page: PageIndex, in table: ContentTable, _ message: String
    ) -> StorageError {
        StorageError(.damaged, table.readOperation, path: path, page: page, message: message)
    }
}

import Glibc

/// Where the bytes on the disk are.
package struct SpaceReport: Equatable, Sendable {
    /// The main file and the write-ahead log; not its index, which is shared memory.
    package let fileBytes: Int
    /// Encoded recipients: ids, variables and the page encoding.
    package let recipientsBytes: Int
    /// Delivery records.
    package let resultsBytes: Int
    /// Distinct recipients of the campaign, without duplicates and rejected rows.
    package let recipients: Int

    /// What the state of one recipient costs beside its encoded row: results and all overhead.
    package var stateBytesPerRecipient: Double {
        recipients == 0 ? 0 : Double(fileBytes - recipientsBytes) / Double(recipients)
    }
}

extension CampaignDatabase {
    /// Measures the files and sums the blobs in them.
    ///
    /// While the campaign runs, the log counts too: at most 16 MB more, or what a reader holds up.
    package func spaceReport() throws(StorageError) -> SpaceReport {
        thread.check()
        let sums = try connection.statement(.sumContentBytes)
        defer { sums.reset() }
        _ = try sums.step()
        return SpaceReport(
            fileBytes: Self.fileBytes(at: path), recipientsBytes: Int(sums.integer(0)),
            resultsBytes: Int(sums.integer(1)), recipients: row.counts.recipients)
    }

    /// Bytes of a database's main file and its log, whoever uses them; 0 when there are none.
    package static func fileBytes(at path: String) -> Int {
        // By name, not by descriptor: closing one would drop SQLite's own locks on the file.
        var bytes = 0
        for suffix in ["", "-wal"] {
            var status = stat()
            if unsafe stat(path + suffix, &status) == 0 { bytes += Int(status.st_size) }
        }
        return bytes
    }
}

package import Engine

/// The deliberate resend of deliveries that have ended.
extension CampaignDatabase {
    /// Makes the ended deliveries that match pending again, all in one transaction.
    ///
    /// Each gets the next generation, and with it a new idempotency key, and is otherwise a fresh
    /// record. Their pages are due at once, and the campaign is `ready`. Duplicates never match,
    /// and neither do deliveries at `StorageLimits.generationMax`. No page may be claimed.
    ///
    /// - Parameters:
    ///   - nowMilliseconds: Unix milliseconds: the due time of the pages.
    ///   - matches: Whether to resend a delivery; asked for ended ones only.
    /// - Returns: How many deliveries were reset; with 0 nothing was written.
    /// - Throws: `damaged` and any failure to write: nothing has changed then.
    package func resetForRetry(
        nowMilliseconds: Int64, matching matches: (DeliveryRecord) -> Bool
    ) throws(StorageError) -> Int {
        try writable()
        precondition(row.state != .importing, "A retry was asked for before the import had ended.")
        precondition(table.tally.claimed == 0, "A retry was asked for while pages are claimed.")
        let total = try transaction { () throws(StorageError) in
            var total = 0
            for index in table.entries.indices where table.entries[index].hasRecords {
                let page = PageIndex(UInt32(index))
                try readStored(page)
                let records = unsafe scratch.records(Int(table[page].count))
                let reset = unsafe Self.reset(records, matches)
                guard reset > 0 else { continue }
                try unsafe writeRecords(UnsafeBufferPointer(records), of: page)
                try writeState(of: page, .parked, dueMilliseconds: nowMilliseconds)
                total += reset
            }
            if total > 0 { try writeState(.ready) }
            return total
        }
        if total > 0 { table = try Self.readPageTable(connection) }
        return total
    }

    private static func reset(
        _ records: UnsafeMutableBufferPointer<DeliveryRecord>, _ matches: (DeliveryRecord) -> Bool
    ) -> Int {
        var reset = 0
        for index in records.indices {
            let record = unsafe records[index]
            guard record.status.isEnded, record.status != .duplicate,
                record.generation < StorageLimits.generationMax, matches(record)
            else { continue }
            var fresh = DeliveryRecord()
            fresh.generation = record.generation + 1
            unsafe records[index] = fresh
            reset += 1
        }
        return reset
    }
}

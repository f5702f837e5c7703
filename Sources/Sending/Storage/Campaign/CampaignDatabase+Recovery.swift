package import Engine

/// After a crash: what was claimed is in doubt, and the flight journal knows the rest.
extension CampaignDatabase {
    /// Lists the claimed pages, ascending; each is then to be restored or given back.
    ///
    /// Right after `open` they are exactly those that an earlier process left. There are at most as
    /// many as its shards had active pages, so the list is small.
    ///
    /// - Throws: `damaged` when the stored records of one cannot be read.
    package func recoverClaims() throws(StorageError) -> [UnsettledPage] {
        try writable()
        var pages: [UnsettledPage] = []
        for (index, entry) in table.entries.enumerated() where entry.state == .claimed {
            let page = PageIndex(UInt32(index))
            var records = [DeliveryRecord](repeating: DeliveryRecord(), count: Int(entry.count))
            if entry.hasRecords {
                try readStored(page)
                records = unsafe Array(scratch.records(Int(entry.count)))
            }
            pages.append(UnsettledPage(page: PageID(page), records: records))
        }
        return pages
    }

    /// Writes the records that recovery has put together, which ends the page's claim.
    ///
    /// The same as `commit`, for an array; and a page is done when none of its deliveries is
    /// pending, so the due time counts only otherwise.
    package func restore(
        _ page: PageIndex, records: [DeliveryRecord], dueMilliseconds: Int64
    ) throws(StorageError) {
        let isDone = records.allSatisfy { $0.status.isEnded }
        try unsafe records.withUnsafeBufferPointer { records throws(StorageError) in
            try unsafe commit(
                page, records: records, dueMilliseconds: isDone ? nil : dueMilliseconds)
        }
    }
}

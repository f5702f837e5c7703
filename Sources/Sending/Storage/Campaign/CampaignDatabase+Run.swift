package import Engine

/// The run: claim, read, commit.
///
/// Each call is a whole by itself; `transaction` groups many under one synchronisation. A claim
/// counts once its transaction is committed: hand a page to its shard only after that, or a crash
/// leaves requests on the wire of a page that the file calls fresh.
extension CampaignDatabase {
    /// Claims a page: parked ones whose time has come, the longest due first; then fresh ones
    /// ascending.
    ///
    /// - Complexity: O(log parked pages), and one small row written.
    package func claimNextPage(nowMilliseconds: Int64) throws(StorageError) -> PageClaim {
        try writable()
        precondition(row.state != .importing, "A page was claimed before the import had ended.")
        let claim = table.next(nowMilliseconds: nowMilliseconds)
        if case .claimed(let page) = claim {
            // The due time stays, so that `unclaim` can give the page back as it was.
            try writeState(
                of: page.page, .claimed, dueMilliseconds: table[page.page].dueMilliseconds)
            table.claim(page.page)
        }
        return claim
    }

    /// Copies a page's encoded recipients into the caller's memory.
    ///
    /// - Parameters:
    ///   - page: Any page.
    ///   - buffer: Exactly as long as the page's `recipientsBytes`.
    /// - Throws: `damaged` when they do not match their checksum.
    package func readRecipients(
        of page: PageIndex, into buffer: UnsafeMutableRawBufferPointer
    ) throws(StorageError) {
        thread.check()
        precondition(
            buffer.count == Int(table[page].recipientsBytes),
            "The buffer has another length than the page's recipients.")
        guard try unsafe connection.readContent(of: page, from: .audience, into: buffer) else {
            throw StorageError(
                .damaged, "read a page's recipients", path: path, page: page,
                message: "there are none")
        }
    }

    /// Copies a page's stored records into the caller's memory.
    ///
    /// - Parameters:
    ///   - page: Any page.
    ///   - records: Exactly as many as the page has rows. Without stored records they become fresh
    ///     ones: pending, never attempted.
    /// - Returns: Whether records were stored.
    /// - Throws: `damaged` when they do not match their checksum or hold what no record can.
    @discardableResult
    package func readRecords(
        of page: PageIndex, into records: UnsafeMutableBufferPointer<DeliveryRecord>
    ) throws(StorageError) -> Bool {
        thread.check()
        precondition(
            records.count == Int(table[page].count),
            "The buffer has another length than the page's records.")
        guard table[page].hasRecords else {
            unsafe records.update(repeating: DeliveryRecord())
            return false
        }
        try unsafe readStored(page, into: records)
        return true
    }

    /// Writes the records of a claimed page, which ends its claim.
    ///
    /// - Parameters:
    ///   - page: A claimed page.
    ///   - records: One per row, none of them `inFlight`; read in place, not kept.
    ///   - dueMilliseconds: When the page must be claimed again; `nil` when every delivery has
    ///     ended.
    /// - Throws: `full`, `inputOutput`, `busy`: the page is still claimed.
    package func commit(
        _ page: PageIndex, records: UnsafeBufferPointer<DeliveryRecord>, dueMilliseconds: Int64?
    ) throws(StorageError) {
        try writable()
        precondition(table[page].state == .claimed, "A page was committed that nobody has claimed.")
        unsafe checkStorable(records, of: page, isDone: dueMilliseconds == nil)
        let state: PageState = dueMilliseconds == nil ? .done : .parked
        try together { () throws(StorageError) in
            try unsafe writeRecords(records, of: page)
            try writeState(of: page, state, dueMilliseconds: dueMilliseconds)
        }
        table.settle(page, dueMilliseconds: dueMilliseconds, state: state)
    }

    /// Writes what a shard has posted.
    package func commit(_ commit: PageCommit) throws(StorageError) {
        try unsafe self.commit(
            commit.page,
            records: UnsafeBufferPointer(start: commit.records, count: commit.count),
            dueMilliseconds: commit.dueMilliseconds)
    }

    /// Gives a claimed page back as it was before the claim; its stored records stay.
    package func unclaim(_ page: PageIndex) throws(StorageError) {
        try writable()
        precondition(
            table[page].state == .claimed, "A page was given back that nobody has claimed.")
        let due = table[page].dueMilliseconds
        let state: PageState = due == nil ? .fresh : .parked
        try writeState(of: page, state, dueMilliseconds: due)
        table.settle(page, dueMilliseconds: due, state: state)
    }

    /// Gives a claimed page back as `unclaim` does, but lets others go first until a time.
    ///
    /// - Returns: `false` for a fresh page: these come last anyway, so it is as it was.
    package func postpone(
        _ page: PageIndex, untilMilliseconds: Int64
    ) throws(StorageError) -> Bool {
        guard let due = table[page].dueMilliseconds else {
            try unclaim(page)
            return false
        }
        try writable()
        precondition(
            table[page].state == .claimed, "A page was postponed that nobody has claimed.")
        let later = max(due, untilMilliseconds)
        try writeState(of: page, .parked, dueMilliseconds: later)
        table.settle(page, dueMilliseconds: later, state: .parked)
        return true
    }
}

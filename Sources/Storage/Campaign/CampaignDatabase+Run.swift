package import Engine

/// The answer to a claim.
package enum PageClaim: Equatable, Sendable {
    case claimed(ClaimedPage)
    /// Nothing can be claimed before the given wall time; `Int64.max` when only claimed pages are
    /// left.
    case nothingDue(untilMilliseconds: Int64)
    /// Every page is done.
    case finished
}

/// A page that was claimed, with what its reader must provide room for.
package struct ClaimedPage: Equatable, Sendable, BitwiseCopyable {
    package let page: PageIndex
    /// How many rows it holds, duplicates included.
    package let count: Int
    /// Bytes of its encoded recipients.
    package let recipientsBytes: Int
    /// Whether records are stored: of an earlier visit, or of duplicates.
    package let hasRecords: Bool
}

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
        switch table.next(nowMilliseconds: nowMilliseconds) {
        case .finished: return .finished
        case .nothingDue(let time): return .nothingDue(untilMilliseconds: time)
        case .page(let page):
            let entry = table[page]
            // The due time stays, so that `unclaim` can give the page back as it was.
            try writeState(of: page, .claimed, dueMilliseconds: entry.dueMilliseconds)
            table.claim(page)
            return .claimed(claimed(page))
        }
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
    ///   - dueMilliseconds: When the page must be claimed again; `nil` when every delivery has ended.
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
        precondition(table[page].state == .claimed, "A page was given back that nobody has claimed.")
        let due = table[page].dueMilliseconds
        let state: PageState = due == nil ? .fresh : .parked
        try writeState(of: page, state, dueMilliseconds: due)
        table.settle(page, dueMilliseconds: due, state: state)
    }

    func claimed(_ page: PageIndex) -> ClaimedPage {
        let entry = table[page]
        return ClaimedPage(
            page: page, count: Int(entry.count), recipientsBytes: Int(entry.recipientsBytes),
            hasRecords: entry.hasRecords)
    }
}

/// Rows of the page and result tables.
extension CampaignDatabase {
    func writeState(
        of page: PageIndex, _ state: PageState, dueMilliseconds: Int64?
    ) throws(StorageError) {
        let update = try connection.statement(.updatePage)
        update.bind(1, page.rawValue)
        update.bind(2, state.rawValue)
        update.bind(3, dueMilliseconds)
        try update.run(page: page)
    }

    func writeRecords(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageIndex
    ) throws(StorageError) {
        let bytes = UnsafeRawBufferPointer(records)
        let write = try connection.statement(.writeResult)
        write.bind(1, page.rawValue)
        write.bind(2, Int64(bitPattern: unsafe Checksum.of(bytes, page: page)))
        unsafe write.bind(3, bytes)
        try write.run(page: page)
        table.setHasRecords(page)
    }

    /// Reads a page's records into `scratch`.
    func readStored(_ page: PageIndex) throws(StorageError) {
        try unsafe readStored(page, into: scratch.records(Int(table[page].count)))
    }

    private func readStored(
        _ page: PageIndex, into records: UnsafeMutableBufferPointer<DeliveryRecord>
    ) throws(StorageError) {
        let operation = ContentTable.result.readOperation
        let isStored = try unsafe connection.readContent(
            of: page, from: .result, into: UnsafeMutableRawBufferPointer(records))
        guard isStored else {
            throw StorageError(
                .damaged, operation, path: path, page: page, message: "there are none")
        }
        guard unsafe records.allSatisfy({ $0.isStorable }) else {
            throw StorageError(
                .damaged, operation, path: path, page: page,
                message: "one of them holds what no stored record can")
        }
    }

    /// Invariant 3 of the database: what would lose a delivery is a bug of the caller.
    func checkStorable(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageIndex, isDone: Bool
    ) {
        precondition(
            records.count == Int(table[page].count),
            "A page was committed with another number of records than it has rows.")
        var pending = 0
        var unfit = 0
        for unsafe record in unsafe records {
            if !record.isStorable { unfit += 1 }
            if case .pending = record.status { pending += 1 }
        }
        precondition(unfit == 0, "A record that is in flight, or none at all, was committed.")
        precondition(!isDone || pending == 0, "A page with pending deliveries was committed as done.")
    }
}

extension DeliveryRecord {
    /// Whether a store may hold it.
    var isStorable: Bool {
        // A pattern and not `!=`, which would be a generic call per record.
        if case .inFlight = status { return false }
        return isValid
    }
}

import Engine

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
        write.bind(2, Int64(bitPattern: unsafe Checksum.of(bytes, salt: UInt64(page.rawValue))))
        unsafe write.bind(3, bytes)
        try write.run(page: page)
        table.setHasRecords(page)
    }

    /// Reads a page's records into `scratch`.
    func readStored(_ page: PageIndex) throws(StorageError) {
        try unsafe readStored(page, into: scratch.records(Int(table[page].count)))
    }

    /// Reads a page's records, which must be there, and checks what they hold.
    func readStored(
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
        for index in records.indices {
            let record = unsafe records[index]
            if !record.isStorable { unfit += 1 }
            if case .pending = record.status { pending += 1 }
        }
        precondition(unfit == 0, "A record that is in flight, or none at all, was committed.")
        precondition(
            !isDone || pending == 0, "A page with pending deliveries was committed as done.")
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

import Engine
import Storage

/// Small campaigns for tests: every byte follows from the page's number.
enum SampleCampaign {
    static let id = CampaignID(high: 0x0123_4567_89AB_CDEF, low: 0xFEDC_BA98_7654_3210)
    static let document = #"{"name":"Grüße","key":"secret"}"#

    /// The encoded recipients of a page: bytes that no other page has.
    static func recipients(_ page: Int, bytes: Int = 3_000) -> [UInt8] {
        (0..<bytes).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ page &* 7 &+ $0 / 251) }
    }

    /// A database in which the import is under way.
    static func importing(_ path: String) throws(StorageError) -> CampaignDatabase {
        let database = try CampaignDatabase.create(
            at: path, campaign: id, createdAtMilliseconds: 1_700_000_000_000, document: document)
        try database.beginImport()
        return database
    }

    /// A ready database with pages of the given counts; rows marked as duplicates per page.
    static func ready(
        _ path: String, counts: [Int], duplicates: [Int: [Int]] = [:], bytes: Int = 3_000
    ) throws(StorageError) -> CampaignDatabase {
        let database = try importing(path)
        for (page, count) in counts.enumerated() {
            try database.append(page, count: count, recipients(page, bytes: bytes))
        }
        for (page, rows) in duplicates {
            try database.markDuplicates(of: PageIndex(UInt32(page)), rows: rows)
        }
        _ = try database.finishImport(
            ImportTotals(
                rowsRead: counts.reduce(0, +) + 2, rejected: 2, columns: Array(#"["a"]"#.utf8)))
        return database
    }
}

/// A record in a state, with figures that tell it from others.
func record(
    _ status: DeliveryStatus, code: UInt16 = 200, reason: DeliveryReason = .httpStatus,
    attempts: UInt8 = 1, generation: UInt8 = 0, time: Int64 = 5
) -> DeliveryRecord {
    var record = DeliveryRecord()
    record.status = status
    record.reason = reason
    record.code = code
    record.attempts = attempts
    record.generation = generation
    record.timeMilliseconds = time
    record.latencyMicroseconds = 1_234
    record.bodyBytes = 99
    return record
}

/// The database's calls, with arrays instead of pointers and numbers instead of page indexes.
extension CampaignDatabase {
    func append(_ page: Int, count: Int, _ bytes: [UInt8]) throws(StorageError) {
        try unsafe bytes.withUnsafeBufferPointer { bytes throws(StorageError) in
            try unsafe appendPage(
                PageIndex(UInt32(page)), count: count, recipients: UnsafeRawBufferPointer(bytes))
        }
    }

    func recipients(_ page: Int, bytes: Int) throws(StorageError) -> [UInt8] {
        let buffer = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: bytes)
        defer { unsafe buffer.deallocate() }
        try unsafe readRecipients(
            of: PageIndex(UInt32(page)), into: UnsafeMutableRawBufferPointer(buffer))
        return unsafe Array(buffer)
    }

    func records(_ page: Int, count: Int) throws(StorageError) -> [DeliveryRecord]? {
        let buffer = UnsafeMutableBufferPointer<DeliveryRecord>.allocate(capacity: count)
        defer { unsafe buffer.deallocate() }
        let isStored = try unsafe readRecords(of: PageIndex(UInt32(page)), into: buffer)
        return unsafe isStored ? Array(buffer) : nil
    }

    func commit(_ page: Int, _ records: [DeliveryRecord], due: Int64?) throws(StorageError) {
        try unsafe records.withUnsafeBufferPointer { records throws(StorageError) in
            try unsafe commit(PageIndex(UInt32(page)), records: records, dueMilliseconds: due)
        }
    }

    /// The number of the claimed page, `nil` when there was none.
    @discardableResult
    func claim(now: Int64 = 0) throws(StorageError) -> Int? {
        guard case .claimed(let page) = try claimNextPage(nowMilliseconds: now) else { return nil }
        return Int(page.page.rawValue)
    }

    func state(_ page: Int) -> PageState { state(of: PageIndex(UInt32(page))) }
}

/// The code of the storage error that `body` throws; `nil` when it throws none.
func code(_ body: () throws(StorageError) -> Void) -> StorageError.Code? {
    do throws(StorageError) {
        try body()
        return nil
    } catch {
        return error.code
    }
}

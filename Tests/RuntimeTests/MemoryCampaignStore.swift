import Engine
import StoreTesting
import Synchronization

@testable import Runtime

/// A campaign's store in plain memory, for the store thread alone; `snapshot` is for after the end.
final class MemoryCampaignStore: CampaignStore {
    enum Failure: Error { case asTold }

    struct Page {
        var blob: [UInt8]
        var records: [DeliveryRecord]?
        var count: Int
        var state = State.fresh
        var due: Int64 = 0
    }

    enum State { case fresh, claimed, parked, done }

    var pages: [Page] = []
    /// The send that the pages belong to.
    var send = SendNumber.first
    /// After so many writes every further one fails.
    var writesBeforeFailure = Int.max
    /// After so many claims every further one fails.
    var claimsBeforeFailure = Int.max
    /// After so many commits every further one fails.
    var commitsBeforeFailure = Int.max
    /// Whether the transaction whose commit fails was durable all the same.
    var keepsFailedCommit = false
    /// Records that were given up, by page.
    private(set) var abandoned: [PageID: [DeliveryRecord]] = [:]
    /// How many recipients of each claimed page may be worked on.
    var allowance = Int.max
    private(set) var claims = 0
    /// Whether who asks for a page is told that there will be none.
    var tellsEnd = true
    /// The pages as they were when the open transaction began.
    private var durable: [Page]?

    init(_ pages: [SamplePage]) {
        self.pages = pages.map { Page(blob: $0.bytes, records: nil, count: $0.count) }
    }

    convenience init(recipients: Int, perPage: Int = PageLayout.recipientsMax) {
        self.init(
            stride(from: 0, to: recipients, by: perPage).map {
                SamplePage(count: min(perPage, recipients - $0), first: $0)
            })
    }

    func beginTransaction() throws {
        precondition(durable == nil)
        durable = pages
    }

    func commitTransaction() throws {
        precondition(durable != nil)
        guard commitsBeforeFailure > 0 else {
            if keepsFailedCommit { durable = pages }
            throw Failure.asTold
        }
        commitsBeforeFailure -= 1
        durable = nil
    }

    var isFinished: Bool { pages.allSatisfy { $0.state == .done } }

    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> PageClaim {
        guard claimsBeforeFailure > 0 else { throw Failure.asTold }
        claimsBeforeFailure -= 1
        let due = pages.indices
            .filter { pages[$0].state == .parked && pages[$0].due <= nowMilliseconds }
            .min { pages[$0].due < pages[$1].due }
        guard let index = due ?? pages.firstIndex(where: { $0.state == .fresh }) else {
            if isFinished, tellsEnd { return .finished }
            let due = pages.filter { $0.state == .parked }.map(\.due).min()
            return .nothingDue(untilMilliseconds: due ?? .max)
        }
        pages[index].state = .claimed
        buffer.fill(pages[index].blob)
        if let records = pages[index].records {
            let room = unsafe buffer.prepareRecords(count: records.count)
            _ = unsafe room.update(from: records)
        }
        claims += 1
        return .claimed(
            ClaimedPage(
                page: PageIndex(UInt32(index)), count: pages[index].count,
                recipientsBytes: pages[index].blob.count,
                hasRecords: pages[index].records != nil, allowance: allowance))
    }

    func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID, dueMilliseconds: Int64?
    ) throws {
        guard writesBeforeFailure > 0 else { throw Failure.asTold }
        writesBeforeFailure -= 1
        let index = Int(page.index.rawValue)
        precondition(page.send == send)
        precondition(pages[index].state == .claimed)
        pages[index].records = unsafe Array(records)
        pages[index].state = dueMilliseconds == nil ? .done : .parked
        pages[index].due = dueMilliseconds ?? 0
    }

    func unsettledPages() throws -> [UnsettledPage] {
        pages.indices.filter { pages[$0].state == .claimed }.map { index in
            UnsettledPage(
                page: PageID(PageIndex(UInt32(index)), of: send),
                records: pages[index].records
                    ?? Array(repeating: DeliveryRecord(), count: pages[index].count))
        }
    }

    func abandon(_ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID) {
        abandoned[page] = unsafe Array(records)
    }

    func letGo() {
        if let durable { pages = durable }
        durable = nil
    }

    /// Lets it work again.
    func repair() {
        writesBeforeFailure = .max
        claimsBeforeFailure = .max
        commitsBeforeFailure = .max
        abandoned = [:]
    }

    /// How many records have each status.
    var statuses: [DeliveryStatus: Int] {
        var counts: [DeliveryStatus: Int] = [:]
        for page in pages {
            let records = page.records ?? Array(repeating: DeliveryRecord(), count: page.count)
            for record in records { counts[record.status, default: 0] += 1 }
        }
        return counts
    }
}

extension PageBuffer {
    /// Copies an encoded page in.
    func fill(_ blob: [UInt8]) {
        unsafe prepare(byteCount: blob.count).copyBytes(from: blob)
    }
}

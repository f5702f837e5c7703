import Engine
import Jinja
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
    /// How many recipients of each claimed page may be worked on.
    var allowance = Int.max
    private(set) var claims = 0
    private var isInTransaction = false

    init(recipients: Int, perPage: Int = PageLayout.recipientsMax) {
        var builder = AudiencePageBuilder()
        var next = 0
        while next < recipients {
            let count = min(perPage, recipients - next)
            for _ in 0..<count {
                let id = Array("user-\(next)".utf8)
                unsafe id.withUnsafeBytes { bytes in
                    let slot = unsafe SlotValue(string: bytes)
                    unsafe withUnsafePointer(to: slot) { pointer in
                        _ = unsafe builder.append(pointer, count: 1)
                    }
                }
                next += 1
            }
            let blob = unsafe builder.finish(columnCount: 0) { unsafe Array($0) }
            pages.append(Page(blob: blob, records: nil, count: count))
        }
    }

    func beginTransaction() throws {
        precondition(!isInTransaction)
        isInTransaction = true
    }

    func commitTransaction() throws {
        precondition(isInTransaction)
        isInTransaction = false
    }

    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> StoreClaim {
        let isDue = { (page: Page) in page.state == .parked && page.due <= nowMilliseconds }
        guard
            let index = pages.firstIndex(where: isDue)
                ?? pages.firstIndex(where: { $0.state == .fresh })
        else {
            if pages.allSatisfy({ $0.state == .done }) { return .finished }
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
        return .page(PageIndex(UInt32(index)), allowance: allowance)
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

    func letGo() {}

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

import Campaigns
import Engine
import Foundation
import Runtime
import Storage
import Structures

/// A campaign's store that hands out no page without its quota, and keeps the ledger.
///
/// Invariants:
/// 1. A page is handed out only after its reservation, and its claim is undone when there is none.
/// 2. The ledger changes in the transaction of the records that it counts.
/// 3. Every reservation is settled when its page is written, or ends with the process.
final class LedgerStore: CampaignStore {
    /// What the store tells, from the store's thread, about a campaign that is running.
    final class Reports: Sendable {
        private let ledger: Guarded<CampaignLedger>
        private let exhausted = Guarded(false)

        init(_ ledger: CampaignLedger) { self.ledger = Guarded(ledger) }

        /// As it was last made durable.
        var durable: CampaignLedger { ledger.withLock { $0 } }
        /// Whether the campaign came to the end of its app's quota.
        var isQuotaExhausted: Bool { exhausted.withLock { $0 } }

        fileprivate func publish(_ value: CampaignLedger) { ledger.withLock { $0 = value } }
        fileprivate func reportExhaustion() { exhausted.withLock { $0 = true } }
    }

    private struct Claim {
        var reserved: Int
        var month: String
        var before: Tally
    }

    let database: CampaignDatabase
    let reports: Reports
    private let store: DatabaseStore
    private let quota: QuotaAccount
    private let trims: Bool
    private var ledger: CampaignLedger
    private var isChanged = false
    private var claims: [PageIndex: Claim] = [:]

    /// How long a campaign waits for what other pages may give back.
    private static let waitMilliseconds: Int64 = 20
    /// How long a campaign whose quota is used up waits to be paused.
    private static let exhaustedMilliseconds: Int64 = 500
    /// Pages that one call trims, so that a transaction stays short.
    private static let pagesTrimmedMax = 16

    init(_ database: CampaignDatabase, quota: QuotaAccount, trims: Bool) throws {
        self.database = database
        self.quota = quota
        self.trims = trims
        store = DatabaseStore(database)
        ledger = try CampaignLedger(database)
        reports = Reports(ledger)
    }

    func beginTransaction() throws { try store.beginTransaction() }

    func commitTransaction() throws {
        if isChanged { try ledger.save(database) }
        try store.commitTransaction()
        if isChanged { reports.publish(ledger) }
        isChanged = false
    }

    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> StoreClaim {
        for _ in 0..<Self.pagesTrimmedMax {
            let claim = try store.claimNextPage(nowMilliseconds: nowMilliseconds, into: buffer)
            guard case .page(let page, _) = claim else { return claim }
            let (before, pending) = unsafe count(page, buffer)
            let month = Timestamp(milliseconds: nowMilliseconds).month
            switch quota.reserve(upTo: pending, month: month) {
            case .granted(let count):
                claims[page] = Claim(reserved: count, month: month, before: before)
                return .page(page, allowance: count)
            case .wait:
                try database.unclaim(page)
                return .nothingDue(
                    untilMilliseconds: nowMilliseconds + Self.waitMilliseconds, byQuota: true)
            case .exhausted:
                guard trims else {
                    try database.unclaim(page)
                    reports.reportExhaustion()
                    return .nothingDue(
                        untilMilliseconds: nowMilliseconds + Self.exhaustedMilliseconds,
                        byQuota: true)
                }
                try unsafe trim(page, buffer, nowMilliseconds)
            }
        }
        return .nothingDue(untilMilliseconds: nowMilliseconds)
    }

    /// What of a page has ended, and how many have not.
    @unsafe
    private func count(_ page: PageIndex, _ buffer: PageBuffer) -> (Tally, pending: Int) {
        let count = database.count(of: page)
        guard let results = unsafe buffer.results else { return (Tally(), count) }
        let records = unsafe UnsafeBufferPointer(start: results, count: count)
        var pending = 0
        for index in records.indices where unsafe !records[index].status.isEnded { pending += 1 }
        return (unsafe Tally(of: records), pending)
    }

    /// Ends all that is left of a page as skipped.
    @unsafe
    private func trim(_ page: PageIndex, _ buffer: PageBuffer, _ nowMilliseconds: Int64) throws {
        let count = database.count(of: page)
        var records = [DeliveryRecord](repeating: DeliveryRecord(), count: count)
        if let results = unsafe buffer.results {
            for index in 0..<count { records[index] = unsafe results[index] }
        }
        for index in 0..<count where !records[index].status.isEnded {
            records[index].status = .skipped
            records[index].reason = .quotaExceeded
            records[index].timeMilliseconds = nowMilliseconds
        }
        try unsafe records.withUnsafeBufferPointer {
            try unsafe write($0, of: page, dueMilliseconds: nil)
        }
    }

    func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageIndex, dueMilliseconds: Int64?
    ) throws {
        let claim = claims.removeValue(forKey: page)
        let before = try claim?.before ?? stored(page)
        try unsafe store.write(records, of: page, dueMilliseconds: dueMilliseconds)
        var change = unsafe Tally(of: records)
        change -= before
        ledger.tally += change
        let month = claim?.month ?? Timestamp.now.month
        quota.settle(reserved: claim?.reserved ?? 0, used: change.consumed, month: month)
        if change.consumed != 0 { ledger.used[month, default: 0] += change.consumed }
        isChanged = true
    }

    /// What was stored of a page that this process did not claim.
    private func stored(_ page: PageIndex) throws -> Tally {
        var records = [DeliveryRecord](
            repeating: DeliveryRecord(), count: database.count(of: page))
        return try unsafe records.withUnsafeMutableBufferPointer {
            _ = try unsafe database.readRecords(of: page, into: $0)
            return unsafe Tally(of: UnsafeBufferPointer($0))
        }
    }

    func unsettledPages() throws -> [UnsettledPage] { try store.unsettledPages() }

    func letGo() { store.letGo() }
}

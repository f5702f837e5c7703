import ControlDirectory
import Engine
import Foundation
import Runtime
import SendPlans
import Storage
import Structures
import Synchronization

/// A campaign's store that hands out no page without its quota, and keeps the ledger.
///
/// Invariants:
/// 1. A page is handed out only after its reservation, and its claim is undone when there is none.
/// 2. The ledger changes in the transaction of the records that it counts.
/// 3. Every reservation is settled when its page is written, or comes back after the store has
///    failed, or when the store is let go. What was settled and not made durable is noted with the
///    account, so that it is not counted again when it is written in a later run.
/// 4. Whoever is unsure is counted as used already, so that it needs no reservation: its page is
///    handed out for it even when all is used, and a campaign has come to the end of its quota only
///    when nobody of it is unsure.
final class QuotaGate: CampaignStore {
    /// What the store tells, from the store's thread, about a campaign that is running.
    final class Reports: Sendable {
        private let ledger: Guarded<CampaignLedger>
        private let exhausted = Guarded(false)
        private let trims = Atomic<Int>(0)

        init(_ ledger: CampaignLedger) { self.ledger = Guarded(ledger) }

        /// As it was last made durable.
        var durable: CampaignLedger { ledger.withLock { $0 } }
        /// Whether the campaign came to the end of its app's quota.
        var isQuotaExhausted: Bool { exhausted.withLock { $0 } }
        /// Deliveries of this run that ended as skipped because the quota had ended.
        var trimmed: Int { trims.load(ordering: .relaxed) }

        fileprivate func publish(_ value: CampaignLedger) { ledger.withLock { $0 = value } }
        fileprivate func reportExhaustion() { exhausted.withLock { $0 = true } }
        fileprivate func add(trimmed: Int) { trims.wrappingAdd(trimmed, ordering: .relaxed) }
    }

    private struct Claim {
        var reserved: Int
        var month: String
        var before: PageSum
    }

    let database: CampaignDatabase
    let reports: Reports
    private let store: DatabaseStore
    private let quota: QuotaAccount
    private let trims: Bool
    private let clock: WallClock
    private var ledger: CampaignLedger
    private var isChanged = false
    /// Deliveries that the open transaction has ended without a send.
    private var trimmed = 0
    private var claims: [PageID: Claim] = [:]
    /// Messages that the open transaction has counted as used.
    private var uncommitted = 0

    /// How long a campaign waits for what other pages may give back.
    private static let waitMilliseconds: Int64 = 20
    /// How long a campaign whose quota is used up waits to be paused, and a page of it for those
    /// with somebody unsure.
    private static let exhaustedMilliseconds: Int64 = 500
    /// Pages that one call trims or puts off, so that a transaction stays short.
    private static let pagesPassedMax = 16

    init(_ database: CampaignDatabase, quota: QuotaAccount, trims: Bool, clock: WallClock) throws {
        self.database = database
        self.quota = quota
        self.trims = trims
        self.clock = clock
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
        uncommitted = 0
        reports.add(trimmed: trimmed)
        trimmed = 0
    }

    func claimNextPage(nowMilliseconds: Int64, into buffer: PageBuffer) throws -> PageClaim {
        for _ in 0..<Self.pagesPassedMax {
            let claim = try store.claimNextPage(nowMilliseconds: nowMilliseconds, into: buffer)
            guard case .claimed(var claimed) = claim else { return claim }
            let page = claimed.page
            let before = unsafe sum(page, buffer)
            let month = clock.now.month
            switch quota.reserve(upTo: before.untried, holding: before.unsure, month: month) {
            case .granted(let count):
                claims[PageID(page)] = Claim(reserved: count, month: month, before: before)
                claimed.allowance = count
                return .claimed(claimed)
            case .wait:
                try database.unclaim(page)
                return .nothingDue(
                    untilMilliseconds: nowMilliseconds + Self.waitMilliseconds, byQuota: true)
            case .exhausted where trims:
                try unsafe trim(page, buffer, nowMilliseconds)
            case .exhausted where before.unsure == 0 && ledger.unsure > 0:
                let later = nowMilliseconds + Self.exhaustedMilliseconds
                guard try database.postpone(page, untilMilliseconds: later) else {
                    return .nothingDue(
                        untilMilliseconds: nowMilliseconds + Self.waitMilliseconds, byQuota: true)
                }
            case .exhausted:
                try database.unclaim(page)
                reports.reportExhaustion()
                return .nothingDue(
                    untilMilliseconds: nowMilliseconds + Self.exhaustedMilliseconds, byQuota: true)
            }
        }
        return .nothingDue(untilMilliseconds: nowMilliseconds)
    }

    var isFinished: Bool { store.isFinished }

    /// What is stored of a page that was read into a buffer.
    @unsafe
    private func sum(_ page: PageIndex, _ buffer: PageBuffer) -> PageSum {
        let count = database.count(of: page)
        guard let results = unsafe buffer.results else { return PageSum(untried: count) }
        return unsafe PageSum(of: UnsafeBufferPointer(start: results, count: count))
    }

    /// Ends all that is left of a page as skipped, or as unknown who is unsure.
    @unsafe
    private func trim(_ page: PageIndex, _ buffer: PageBuffer, _ nowMilliseconds: Int64) throws {
        let count = database.count(of: page)
        var records = [DeliveryRecord](repeating: DeliveryRecord(), count: count)
        if let results = unsafe buffer.results {
            for index in 0..<count { records[index] = unsafe results[index] }
        }
        for index in 0..<count where !records[index].status.isEnded {
            let isUnsure = records[index].flags.contains(.unsure)
            records[index].status = isUnsure ? .unknown : .skipped
            records[index].reason = .quotaExceeded
            records[index].timeMilliseconds = nowMilliseconds
            if !isUnsure { trimmed += 1 }
        }
        try unsafe records.withUnsafeBufferPointer {
            try unsafe write($0, of: PageID(page), dueMilliseconds: nil)
        }
    }

    func write(
        _ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID, dueMilliseconds: Int64?
    ) throws {
        let claim = claims.removeValue(forKey: page)
        let before = try claim?.before ?? stored(page.index)
        try unsafe store.write(records, of: page, dueMilliseconds: dueMilliseconds)
        let after = unsafe PageSum(of: records)
        ledger.tally += after.tally
        ledger.tally -= before.tally
        ledger.unsure += after.unsure - before.unsure
        let used = after.consumed - before.consumed
        let month = claim?.month ?? clock.now.month
        // Who settles what an earlier run has left may have its messages counted already.
        let counted =
            claim == nil ? quota.takeUnwritten(upTo: used, of: database.campaign.id) : 0
        quota.settle(reserved: claim?.reserved ?? 0, used: used - counted, month: month)
        uncommitted += used
        if used != 0 { ledger.used[month, default: 0] += used }
        isChanged = true
    }

    /// What was stored of a page that this process did not claim.
    private func stored(_ page: PageIndex) throws -> PageSum {
        var records = [DeliveryRecord](
            repeating: DeliveryRecord(), count: database.count(of: page))
        return try unsafe records.withUnsafeMutableBufferPointer {
            _ = try unsafe database.readRecords(of: page, into: $0)
            return unsafe PageSum(of: UnsafeBufferPointer($0))
        }
    }

    func unsettledPages() throws -> [UnsettledPage] { try store.unsettledPages() }

    func abandon(_ records: UnsafeBufferPointer<DeliveryRecord>, of page: PageID) {
        // Without a claim its write is in the transaction that has failed.
        guard let claim = claims.removeValue(forKey: page) else { return }
        let used = unsafe PageSum(of: records).consumed - claim.before.consumed
        quota.settle(reserved: claim.reserved, used: used, month: claim.month)
        quota.addUnwritten(used, of: database.campaign.id)
    }

    func letGo() {
        quota.addUnwritten(uncommitted, of: database.campaign.id)
        uncommitted = 0
        // What is left was claimed by a transaction that has failed: no shard had it.
        for claim in claims.values {
            quota.settle(reserved: claim.reserved, used: 0, month: claim.month)
        }
        claims = [:]
        store.letGo()
    }
}

import ControlDirectory
import Engine
import Foundation
import Runtime
import Storage
import StoreTesting
import Testing

@testable import Control

@Suite struct QuotaGateTests {
    private let folder = NSTemporaryDirectory() + "fanfare-quota-\(UUID().uuidString)"
    private let now = SystemClock.wallMilliseconds
    private var month: String { Timestamp(milliseconds: now).month }
    private var clock: WallClock { WallClock { [now] in Timestamp(milliseconds: now) } }

    init() throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
    }

    @Test func itKeepsWhatAStorePromises() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quota = QuotaAccount(limit: 1_000_000)
        var broken: [String] = []
        var number = 0
        try StoreConformance(
            make: { pages in
                number += 1
                return try gate("\(number)", pages, quota)
            },
            reopen: { try reopen($0, quota) }, report: { broken.append($0) }
        ).run()
        #expect(broken.isEmpty)
        // The suite claims at the beginning of time.
        #expect(quota.figures(month: Timestamp(milliseconds: 0).month).reserved == 0)
    }

    @Test func aStoreThatFailsHoldsNoQuotaThatItHasNotUsed() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quota = QuotaAccount(limit: 10)
        let gate = try gate("a", SamplePage.pages([5, 5]), quota)
        let other = try self.gate("b", SamplePage.pages([8]), quota)
        try gate.beginTransaction()
        #expect(try allowance(gate) == 5)
        #expect(try allowance(gate) == 5)
        try gate.commitTransaction()
        #expect(try allowance(other) == nil)

        abandon(gate, 0, records([.sent, .sent, .failed, .pending], unsure: 1))
        #expect(quota.figures(month: month).used == 3)
        #expect(quota.figures(month: month).reserved == 5)
        gate.letGo()
        #expect(quota.figures(month: month).reserved == 0)
        #expect(try allowance(other) == 7)
    }

    @Test func whatAFailedRunHadUsedIsCountedOnceWhenItIsWritten() throws {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let quota = QuotaAccount(limit: 100)
        let gate = try gate("a", SamplePage.pages([5, 2, 4]), quota)
        try gate.beginTransaction()
        for _ in 0..<3 { _ = try allowance(gate) }
        try gate.commitTransaction()
        // One page comes back after the failure, one is in the transaction that fails, and one was
        // never handed out.
        let first = records([.sent, .sent, .failed, .pending], unsure: 1)
        let second = records([.sent, .sent])
        try gate.beginTransaction()
        try write(gate, 1, second, due: nil)
        abandon(gate, 1, second)
        abandon(gate, 0, first)
        gate.letGo()
        #expect(quota.figures(month: month).used == 5)
        #expect(quota.figures(month: month).reserved == 0)

        let next = try reopen(gate, quota)
        #expect(try next.unsettledPages().count == 3)
        try next.beginTransaction()
        try write(next, 0, first, due: 0)
        try write(next, 1, second, due: nil)
        try write(next, 2, records(Array(repeating: .pending, count: 4)), due: 0)
        try next.commitTransaction()
        #expect(quota.figures(month: month).used == 5)
        #expect(next.reports.durable.used.values.reduce(0, +) == 5)
        #expect(next.reports.durable.tally.sent == 4)
        // And what is sent from then on is counted as ever.
        #expect(try allowance(next) == 1)
        try write(next, 0, records([.sent, .sent, .failed, .sent, .sent]), due: nil)
        #expect(quota.figures(month: month).used == 6)
        next.letGo()
    }

    // MARK: Helpers

    private func gate(
        _ name: String, _ pages: [SamplePage], _ quota: QuotaAccount
    ) throws -> QuotaGate {
        let database = try CampaignDatabase.create(
            at: "\(folder)/\(name)",
            campaign: CampaignID(high: 1, low: name.utf8.reduce(0) { $0 * 256 + UInt64($1) }),
            createdAtMilliseconds: 0, document: "{}")
        try database.beginImport()
        for (index, page) in pages.enumerated() {
            try unsafe page.bytes.withUnsafeBytes {
                try unsafe database.appendPage(
                    PageIndex(UInt32(index)), count: page.count, recipients: $0)
            }
        }
        _ = try database.finishImport(
            ImportTotals(
                rowsRead: pages.reduce(0) { $0 + $1.count }, rejected: 0,
                columns: Array("[]".utf8)))
        return try QuotaGate(database, quota: quota, trims: false, clock: clock)
    }

    /// Opens what is durable, as the next run does.
    private func reopen(_ gate: QuotaGate, _ quota: QuotaAccount) throws -> QuotaGate {
        try gate.database.close()
        return try QuotaGate(
            try CampaignDatabase.open(at: gate.database.path), quota: quota, trims: false,
            clock: clock)
    }

    /// How many recipients of the next page may be sent to; `nil` when none can be claimed.
    private func allowance(_ gate: QuotaGate) throws -> Int? {
        guard
            case .claimed(let page) = try gate.claimNextPage(
                nowMilliseconds: now, into: PageBuffer())
        else { return nil }
        return page.allowance
    }

    private func records(_ statuses: [DeliveryStatus], unsure: Int = 0) -> [DeliveryRecord] {
        let unsures = Array(repeating: DeliveryStatus.pending, count: unsure)
        return (statuses + unsures).enumerated().map { index, status in
            var record = DeliveryRecord()
            record.status = status
            if index >= statuses.count { record.flags = .unsure }
            return record
        }
    }

    private func write(
        _ gate: QuotaGate, _ page: UInt32, _ records: [DeliveryRecord], due: Int64?
    ) throws {
        try unsafe records.withUnsafeBufferPointer {
            try unsafe gate.write($0, of: PageID(PageIndex(page)), dueMilliseconds: due)
        }
    }

    private func abandon(_ gate: QuotaGate, _ page: UInt32, _ records: [DeliveryRecord]) {
        unsafe records.withUnsafeBufferPointer {
            unsafe gate.abandon($0, of: PageID(PageIndex(page)))
        }
    }
}

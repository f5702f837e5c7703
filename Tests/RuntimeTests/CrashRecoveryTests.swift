import Engine
import Foundation
import Testing

@testable import Runtime

@Suite struct CrashRecoveryTests {
    private let boot: (UInt64, UInt64) = (7, 9)
    private let campaign = CampaignID(high: 1, low: 2)

    @Test func exactlyWhatTheJournalShowsOnTheWireIsUnsure() throws {
        let directory = try Self.directory()
        let store = try claimedStore()
        unsafe try leaveJournal(directory, shard: 0, claim: 1) { records in
            unsafe records[0].status = .sent
            unsafe records[1].status = .inFlight
            unsafe records[1].attempts = 1
        }
        let outcome = try settle(store, directory, .atLeastOnce)
        #expect(outcome == CrashRecovery.Outcome(pages: 1, unsure: 1, isJournalTrusted: true))
        let records = try #require(store.pages[0].records)
        #expect(records.map(\.status) == [.sent, .pending, .pending])
        #expect(records[1].flags.contains(.unsure))
        #expect(store.pages[0].state == .parked)
    }

    @Test func atMostOnceListsTheUnsureAsUnknown() throws {
        let directory = try Self.directory()
        let store = try claimedStore()
        unsafe try leaveJournal(directory, shard: 0, claim: 1) { records in
            for index in 0..<3 { unsafe records[index].status = .inFlight }
        }
        let outcome = try settle(store, directory, .atMostOnce)
        #expect(outcome.unsure == 3)
        #expect(store.statuses == [.unknown: 3])
        #expect(store.pages[0].state == .done)
    }

    @Test func theLaterClaimOfAPageWins() throws {
        let directory = try Self.directory()
        let store = try claimedStore()
        unsafe try leaveJournal(directory, shard: 0, claim: 2) { unsafe $0[0].status = .sent }
        unsafe try leaveJournal(directory, shard: 1, claim: 1) { unsafe $0[2].status = .inFlight }
        let outcome = try settle(store, directory, .atLeastOnce)
        #expect(outcome.unsure == 0)
        #expect(store.statuses == [.sent: 1, .pending: 2])
    }

    @Test func aPageOfAnotherSendOfTheCampaignIsAnotherPage() throws {
        let directory = try Self.directory()
        let second = try #require(SendNumber(1))
        unsafe try leaveJournal(directory, shard: 0, claim: 1) { unsafe $0[0].status = .sent }
        unsafe try leaveJournal(directory, shard: 1, claim: 2, send: second) { records in
            unsafe records[2].status = .inFlight
        }
        let plain = try claimedStore()
        #expect(try settle(plain, directory, .atMostOnce).unsure == 0)
        #expect(plain.statuses == [.sent: 1, .pending: 2])
        let further = try claimedStore()
        further.send = second
        #expect(try settle(further, directory, .atMostOnce).unsure == 1)
        #expect(further.statuses == [.unknown: 1, .pending: 2])
    }

    @Test func aClaimedPageThatNoShardHadBegunIsGivenBackUntouched() throws {
        let directory = try Self.directory()
        let store = try claimedStore()
        let file = try JournalFile(
            path: JournalFile.path(in: directory, shard: 0), slots: EngineLimits.pagesPerShardMax)
        file.journal.format(boot: boot)
        let outcome = try settle(store, directory, .atMostOnce)
        #expect(outcome == CrashRecovery.Outcome(pages: 1, unsure: 0, isJournalTrusted: true))
        #expect(store.statuses == [.pending: 3])
    }

    @Test func afterARestartOfTheMachineEveryPendingOneOfAClaimedPageIsUnsure() throws {
        let directory = try Self.directory()
        let store = try claimedStore()
        unsafe try leaveJournal(directory, shard: 0, claim: 1) { unsafe $0[0].status = .sent }
        let outcome = try CrashRecovery.settle(
            store, campaign: campaign, guarantee: .atMostOnce, journalsIn: directory,
            boot: (8, 9), wallMilliseconds: 5)
        #expect(outcome.isJournalTrusted == false)
        #expect(store.statuses == [.unknown: 3])
    }

    @Test func withoutAJournalNothingIsTakenForSafe() throws {
        let store = try claimedStore()
        let outcome = try settle(store, try Self.directory(), .atMostOnce)
        #expect(outcome.isJournalTrusted == false)
        #expect(store.statuses == [.unknown: 3])
    }

    @Test func aShortFileIsNoJournal() throws {
        let path = JournalFile.path(in: try Self.directory(), shard: 0)
        try Data([1, 2, 3]).write(to: URL(fileURLWithPath: path))
        #expect(throws: RuntimeError.self) { _ = try JournalFile(path: path, slots: nil) }
    }

    // MARK: Helpers

    private static func directory() throws -> String {
        let path = NSTemporaryDirectory() + "fanfare-recovery-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        return path
    }

    private func claimedStore() throws -> MemoryCampaignStore {
        let store = MemoryCampaignStore(recipients: 3)
        _ = try store.claimNextPage(nowMilliseconds: 0, into: PageBuffer())
        return store
    }

    private func settle(
        _ store: MemoryCampaignStore, _ directory: String, _ guarantee: DeliveryGuarantee
    ) throws -> CrashRecovery.Outcome {
        try CrashRecovery.settle(
            store, campaign: campaign, guarantee: guarantee, journalsIn: directory, boot: boot,
            wallMilliseconds: 5)
    }

    /// Leaves a journal as a killed process does: one active page of three recipients.
    private func leaveJournal(
        _ directory: String, shard: Int, claim: UInt64, send: SendNumber = .first,
        _ change: (UnsafeMutablePointer<DeliveryRecord>) -> Void
    ) throws {
        let file = try JournalFile(
            path: JournalFile.path(in: directory, shard: shard),
            slots: EngineLimits.pagesPerShardMax)
        file.journal.format(boot: boot)
        let buffer = PageBuffer()
        let blob = MemoryCampaignStore(recipients: 3).pages[0].blob
        buffer.fill(blob)
        let page = unsafe LoadedPage(
            campaign: SendSlot(0), page: PageIndex(0), claim: claim,
            audience: try unsafe AudiencePage(checking: buffer.page), records: nil,
            memory: unsafe UnsafeMutableRawPointer(mutating: buffer.page.baseAddress!))
        file.journal.activate(5, campaign: campaign, send: send, page: page)
        unsafe change(file.journal.records(5))
    }
}

import Engine
import EngineTesting
import Testing

@Suite("Recovery of pages after a crash")
@safe
final class PageRecoveryTests {
    private let campaign = CampaignID(high: 1, low: 2)
    private let fixture = AudienceFixture(recipients: (0..<5).map { ("r\($0)", "h") })
    private let memory: UnsafeMutableRawBufferPointer
    private let journal: FlightJournal
    private let wall: Int64 = 1_000

    init() {
        unsafe memory = .allocate(byteCount: FlightJournal.byteCount(slots: 3), alignment: 64)
        journal = unsafe FlightJournal(adopting: memory.baseAddress!, slots: 3)
        journal.format(boot: (1, 1))
    }

    deinit { unsafe memory.deallocate() }

    private func record(
        _ status: DeliveryStatus, attempts: UInt8 = 1, time: Int64 = 0
    ) -> DeliveryRecord {
        var record = DeliveryRecord()
        record.status = status
        record.attempts = attempts
        record.timeMilliseconds = time
        return record
    }

    private func hold(
        _ slot: Int, claim: UInt64, send: SendNumber = .first, _ records: [DeliveryRecord]
    ) {
        unsafe journal.activate(
            slot, campaign: campaign, send: send,
            page: LoadedPage(
                campaign: SendSlot(0), page: PageIndex(4), claim: claim,
                audience: fixture.audience, records: nil, memory: memory.baseAddress!))
        for index in records.indices { unsafe journal.records(slot)[index] = records[index] }
    }

    private func settle(
        _ stored: [DeliveryRecord], _ guarantee: DeliveryGuarantee = .atLeastOnce,
        isTrusted: Bool = true, as id: CampaignID? = nil, send: SendNumber = .first
    ) -> (records: [DeliveryRecord], settlement: PageRecovery.Settlement) {
        var recovery = PageRecovery(
            campaign: id ?? campaign, isJournalTrusted: isTrusted)
        recovery.collect(from: journal)
        var records = stored
        let settlement = recovery.settle(
            &records, of: PageID(PageIndex(4), of: send), guarantee: guarantee,
            wallMilliseconds: wall)
        return (records, settlement)
    }

    private let fresh = Array(repeating: DeliveryRecord(), count: 5)

    @Test("what the journal says counts, and only what was on the wire is unsure")
    func journalCounts() {
        let held = [
            record(.sent), record(.inFlight, attempts: 2), record(.pending, time: 5_000),
            record(.failed), record(.unknown),
        ]
        hold(1, claim: 1, held)
        let (again, settlement) = settle(fresh)
        #expect(again.map(\.status) == [.sent, .pending, .pending, .failed, .unknown])
        #expect(again[1].attempts == 1 && again[1].flags == .unsure)
        #expect(again[2] == held[2])
        #expect(settlement == .init(unsure: 1, dueMilliseconds: 0))

        let (once, ended) = settle(fresh, .atMostOnce)
        #expect(once.map(\.status) == [.sent, .unknown, .pending, .failed, .unknown])
        #expect(once[1].reason == .crashed && once[1].attempts == 2)
        #expect(once[1].timeMilliseconds == wall)
        #expect(ended == .init(unsure: 1, dueMilliseconds: 5_000))
    }

    @Test("of two slots with the page the later claim counts, in whichever order they are found")
    func laterClaimCounts() {
        hold(0, claim: 8, Array(repeating: record(.sent), count: 5))
        hold(2, claim: 7, fresh)
        #expect(settle(fresh).records.allSatisfy { $0.status == .sent })
        hold(0, claim: 6, fresh)
        hold(2, claim: 9, Array(repeating: record(.failed), count: 5))
        #expect(settle(fresh).records.allSatisfy { $0.status == .failed })
    }

    @Test("a slot that is behind the store does not undo what was sent since")
    func staleSlot() {
        hold(
            0, claim: 1,
            [record(.sent), record(.pending, attempts: 0), record(.pending), fresh[0], fresh[0]])
        let stored = [
            record(.sent), record(.sent), record(.pending, attempts: 2, time: 9_000), fresh[0],
            record(.failed, attempts: 0),
        ]
        let (records, settlement) = settle(stored)
        #expect(records == stored)
        #expect(settlement == .init(unsure: 0, dueMilliseconds: 0))
    }

    @Test("without a slot the stored records stand, and a done page has no due time")
    func noSlot() {
        let stored = [record(.sent), record(.duplicate), record(.skipped)]
        let (records, settlement) = settle(stored)
        #expect(records == stored)
        #expect(settlement == .init(unsure: 0, dueMilliseconds: nil))
    }

    @Test("another campaign's page, or one of another size, is not taken for it")
    func otherPages() {
        hold(0, claim: 1, Array(repeating: record(.sent), count: 5))
        #expect(settle(fresh, as: CampaignID(high: 9, low: 9)).records == fresh)
        let shorter = Array(fresh.dropLast())
        #expect(settle(shorter).records == shorter)
    }

    @Test("the same page of another send of the campaign is another page, with its own guarantee")
    func otherSend() throws {
        let second = try #require(SendNumber(1))
        let wire = record(.inFlight)
        hold(0, claim: 1, [record(.sent), record(.sent), wire, fresh[0], fresh[0]])
        hold(1, claim: 9, send: second, [wire, fresh[0], fresh[0], fresh[0], record(.sent)])
        let (records, settlement) = settle(fresh)
        #expect(records.map(\.status) == [.sent, .sent, .pending, .pending, .pending])
        #expect(settlement.unsure == 1)
        let (further, ended) = settle(fresh, .atMostOnce, send: second)
        #expect(further.map(\.status) == [.unknown, .pending, .pending, .pending, .sent])
        #expect(ended.unsure == 1)
        #expect(settle(fresh, send: try #require(SendNumber(2))).records == fresh)
    }

    @Test("without a journal to trust, every pending record may have been sent")
    func powerLoss() {
        let stored = [record(.sent), fresh[0], record(.pending, attempts: 255), record(.duplicate)]
        let (again, settlement) = settle(stored, isTrusted: false)
        #expect(again.map(\.status) == [.sent, .pending, .pending, .duplicate])
        #expect(again.map(\.attempts) == [1, 0, 254, 1])
        #expect(again.map { $0.flags == .unsure } == [false, true, true, false])
        #expect(settlement == .init(unsure: 2, dueMilliseconds: 0))

        let (once, ended) = settle(stored, .atMostOnce, isTrusted: false)
        #expect(once.map(\.status) == [.sent, .unknown, .unknown, .duplicate])
        #expect(ended == .init(unsure: 2, dueMilliseconds: nil))
    }
}

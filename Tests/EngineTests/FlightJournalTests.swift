import Engine
import EngineTesting
import Testing

@Suite("Flight journal")
@safe
final class FlightJournalTests {
    private let slots = 3
    private let memory: UnsafeMutableRawBufferPointer
    private let journal: FlightJournal
    private let campaign = CampaignID(high: 1, low: 2)
    private let fixture = AudienceFixture(recipients: [("a", "h"), ("b", "h")])

    init() {
        unsafe memory = .allocate(byteCount: FlightJournal.byteCount(slots: slots), alignment: 64)
        for index in unsafe memory.indices { unsafe memory[index] = 0xA5 }
        journal = unsafe FlightJournal(adopting: memory.baseAddress!, slots: slots)
    }

    deinit { unsafe memory.deallocate() }

    private func activate(_ slot: Int, page: UInt32, claim: UInt64) {
        unsafe journal.activate(
            slot, campaign: campaign,
            page: LoadedPage(
                campaign: SendSlot(0), page: PageIndex(page), claim: claim,
                audience: fixture.audience, records: nil, memory: memory.baseAddress!))
    }

    /// What the next process sees of the same memory.
    private var reopened: FlightJournal {
        unsafe FlightJournal(adopting: memory.baseAddress!, slots: slots)
    }

    @Test("a page and its changed records are there for the next process")
    func roundTrip() throws {
        journal.format(boot: (5, 6))
        activate(1, page: 9, claim: 77)
        unsafe journal.records(1)[1].status = .inFlight
        #expect(reopened.survivor(in: 0) == nil && reopened.survivor(in: 2) == nil)
        let survivor = try #require(reopened.survivor(in: 1))
        #expect(survivor.campaign == campaign)
        #expect(survivor.page == PageIndex(9) && survivor.claim == 77)
        unsafe #expect(survivor.records.map(\.status) == [.pending, .inFlight])
    }

    @Test("a slot that held another page before starts with fresh records")
    func reuse() {
        journal.format(boot: (5, 6))
        activate(0, page: 1, claim: 1)
        unsafe journal.records(0)[0].status = .sent
        journal.clear(0)
        #expect(journal.survivor(in: 0) == nil)
        activate(0, page: 2, claim: 2)
        unsafe #expect(journal.survivor(in: 0)?.records.map(\.status) == [.pending, .pending])
    }

    @Test("a journal of another boot, another size or no journal at all is not trusted")
    func trust() {
        #expect(!journal.isTrusted(boot: (5, 6)))
        journal.format(boot: (5, 6))
        #expect(reopened.isTrusted(boot: (5, 6)))
        #expect(!reopened.isTrusted(boot: (5, 7)))
        #expect(!reopened.isTrusted(boot: (4, 6)))
        let smaller = unsafe FlightJournal(adopting: memory.baseAddress!, slots: slots - 1)
        #expect(!smaller.isTrusted(boot: (5, 6)))
    }

    @Test("formatting forgets all pages")
    func formatting() {
        journal.format(boot: (5, 6))
        for slot in 0..<slots { activate(slot, page: UInt32(slot), claim: 1) }
        journal.format(boot: (5, 6))
        #expect((0..<slots).allSatisfy { journal.survivor(in: $0) == nil })
    }

    @Test("a slot with an impossible count reads as free")
    func impossibleCount() {
        journal.format(boot: (5, 6))
        activate(0, page: 1, claim: 1)
        unsafe memory.storeBytes(
            of: 1_025, toByteOffset: FlightJournal.headerBytes + 4, as: UInt32.self)
        #expect(reopened.survivor(in: 0) == nil)
    }
}

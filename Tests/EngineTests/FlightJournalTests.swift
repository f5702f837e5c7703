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

    private func activate(
        _ slot: Int, page: UInt32, claim: UInt64, send: SendNumber = .first
    ) {
        unsafe journal.activate(
            slot, campaign: campaign, send: send,
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
        #expect(survivor.page == PageID(PageIndex(9)) && survivor.claim == 77)
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

    @Test(
        "a slot with an impossible count or send reads as free",
        arguments: [(4, 1_025), (12, 100), (12, .max)] as [(Int, UInt32)])
    func impossible(offset: Int, value: UInt32) {
        journal.format(boot: (5, 6))
        activate(0, page: 1, claim: 1)
        unsafe memory.storeBytes(
            of: value, toByteOffset: FlightJournal.headerBytes + offset, as: UInt32.self)
        #expect(reopened.survivor(in: 0) == nil)
    }

    /// A slot's header up to its last field, and its two records, byte by byte: what programs of
    /// all versions write for the first send.
    private static let header: [UInt8] = [
        1, 0, 0, 0, 2, 0, 0, 0, 9, 0, 0, 0, 0, 0, 0, 0,  // active, count, page, send
        1, 0, 0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0,  // campaign, high and low
        77, 0, 0, 0, 0, 0, 0, 0,  // claim
    ]
    private static let records: [UInt8] = [
        0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
        1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]

    private func bytes(at offset: Int, _ count: Int) -> [UInt8] {
        let start = FlightJournal.headerBytes + FlightJournal.slotBytes + offset
        return unsafe Array(memory[start..<start + count])
    }

    @Test("the bytes of a page of the first send are those of all versions")
    func goldenBytes() {
        journal.format(boot: (5, 6))
        activate(1, page: 9, claim: 77)
        unsafe journal.records(1)[1].status = .inFlight
        #expect(bytes(at: 0, 40) == Self.header)
        #expect(bytes(at: FlightJournal.slotHeaderBytes, 48) == Self.records)
        #expect(FlightJournal.slotHeaderBytes == 64 && FlightJournal.slotBytes == 24_640)
    }

    @Test("a further send differs in its number alone, and is told from the first")
    func furtherSend() throws {
        let last = try #require(SendNumber(99))
        journal.format(boot: (5, 6))
        activate(1, page: 9, claim: 77, send: last)
        var expected = Self.header
        expected[12] = 99
        #expect(bytes(at: 0, 40) == expected)
        #expect(reopened.survivor(in: 1)?.page == PageID(PageIndex(9), of: last))
    }

    @Test("a slot that was written before sends were numbered is one of the first send")
    func oldLayout() throws {
        journal.format(boot: (5, 6))
        let start = FlightJournal.headerBytes + FlightJournal.slotBytes
        for (index, byte) in Self.header.enumerated() { unsafe memory[start + index] = byte }
        let survivor = try #require(reopened.survivor(in: 1))
        #expect(survivor.page == PageID(PageIndex(9), of: .first))
        #expect(survivor.campaign == campaign && survivor.claim == 77)
    }
}

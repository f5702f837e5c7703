import Synchronization

/// The live results of the pages that one shard works on, in memory that outlives the process.
///
/// The memory is a mapped file in production and plain memory under simulation. A record is changed
/// in place: to `inFlight` before its request is handed to the transport, to its outcome after.
/// Each is a store to memory, no system call, and the kernel keeps the page when the process is
/// killed. So after a crash exactly the records that read `inFlight` are unsure.
///
/// Layout: `headerBytes` of header, then fixed slots. A slot is a 64-byte header and 1,024 records.
/// The header names the campaigns of which the journal does not hold all that it should.
///
/// Invariants:
/// 1. A slot's header reads *active* only while its other bytes are whole: it is set after they are
///    written, and cleared before anything in the slot is reused.
/// 2. A slot is cleared only after the store said that the page's records are safe: durable, or in
///    the journal of unsettled pages (`UnsettledJournal`). Another shard may have claimed the page
///    again by then, so two slots may hold it for a moment, or the only slot may be an old one;
///    `PageRecovery` tells which is right.
// SAFETY: adopting the memory is the unsafe act, by which the caller promises size and lifetime.
@safe
package struct FlightJournal {
    /// Bytes before the first slot: one page of memory.
    package static let headerBytes = 4_096
    /// Bytes before the records of a slot: one cache line.
    package static let slotHeaderBytes = 64
    /// Bytes of a slot: its header and 1,024 records.
    package static let slotBytes =
        slotHeaderBytes + PageLayout.recipientsMax * MemoryLayout<DeliveryRecord>.stride

    /// The bytes that a journal of so many slots takes.
    package static func byteCount(slots: Int) -> Int { headerBytes + slots * slotBytes }

    private static let magic: UInt64 = 0x316C_6E72_6A6E_6166  // "fanjrnl1"

    /// Byte offsets in the file's header.
    private enum HeaderOffset {
        static let magic = 0
        static let boot = 8
        static let slots = 24
        static let incompleteCount = 32
        static let incomplete = 64
    }

    /// Campaigns that the header can name as incomplete: as many as fit into it.
    package static let incompleteMax = (headerBytes - HeaderOffset.incomplete) / 16

    /// Byte offsets in a slot's header.
    private enum SlotOffset {
        static let state = 0
        static let count = 4
        static let page = 8
        /// Zero for the first send, and in journals from before sends were numbered.
        static let send = 12
        static let campaignHigh = 16
        static let campaignLow = 24
        static let claim = 32
    }

    private let base: UnsafeMutableRawPointer
    /// How many slots the memory has.
    package let slotCount: Int

    /// Adopts memory of at least `byteCount(slots:)` bytes, aligned to 64, that outlives the
    /// journal.
    @unsafe
    package init(adopting memory: UnsafeMutableRawPointer, slots: Int) {
        unsafe base = memory
        slotCount = slots
    }

    /// Empties the journal and stamps it with the identity of the running system.
    ///
    /// - Parameter boot: 128 bits that change when the machine starts anew: memory that was not
    ///   written to disk is gone then, and `isTrusted` says so.
    package func format(boot: (UInt64, UInt64)) {
        for slot in 0..<slotCount { clear(slot) }
        unsafe incompleteCell.pointee.store(0, ordering: .relaxed)
        stamp(boot: boot)
    }

    /// Stamps memory that is all zeroes, hence empty, without touching its slots: those that are
    /// never used cost no memory.
    ///
    /// - Parameter boot: See `format(boot:)`.
    package func stamp(boot: (UInt64, UInt64)) {
        unsafe base.storeBytes(of: boot.0, toByteOffset: HeaderOffset.boot, as: UInt64.self)
        unsafe base.storeBytes(of: boot.1, toByteOffset: HeaderOffset.boot + 8, as: UInt64.self)
        unsafe base.storeBytes(
            of: UInt64(slotCount), toByteOffset: HeaderOffset.slots, as: UInt64.self)
        unsafe base.storeBytes(of: Self.magic, toByteOffset: HeaderOffset.magic, as: UInt64.self)
    }

    /// Whether the memory was formatted with as many slots since the machine started.
    package func isTrusted(boot: (UInt64, UInt64)) -> Bool {
        unsafe base.load(fromByteOffset: HeaderOffset.magic, as: UInt64.self) == Self.magic
            && base.load(fromByteOffset: HeaderOffset.boot, as: UInt64.self) == boot.0
            && base.load(fromByteOffset: HeaderOffset.boot + 8, as: UInt64.self) == boot.1
            && base.load(fromByteOffset: HeaderOffset.slots, as: UInt64.self) == UInt64(slotCount)
    }

    /// The records of a slot.
    @unsafe
    package func records(_ slot: Int) -> UnsafeMutablePointer<DeliveryRecord> {
        unsafe slotBase(slot).advanced(by: Self.slotHeaderBytes)
            .assumingMemoryBound(to: DeliveryRecord.self)
    }

    /// Starts to keep a page: copies what was stored of it, or zeroes, then marks the slot active.
    ///
    /// - Parameters:
    ///   - slot: A free slot.
    ///   - campaign: The campaign that the page belongs to.
    ///   - send: The send of the campaign that the page belongs to.
    ///   - page: The page as the store gave it.
    package func activate(
        _ slot: Int, campaign: CampaignID, send: SendNumber, page: LoadedPage
    ) {
        unsafe activate(
            slot, campaign: campaign, page: PageID(page.page, of: send), claim: page.claim,
            records: page.records, count: page.audience.count)
    }

    /// Copies a page's records, or zeroes without any, then marks the slot active.
    ///
    /// - Parameters:
    ///   - slot: A free slot.
    ///   - campaign: Whose page it is.
    ///   - page: The page.
    ///   - claim: The claim by which a shard got it.
    ///   - stored: So many records as `count` says.
    ///   - count: At most `PageLayout.recipientsMax`.
    @unsafe
    package func activate(
        _ slot: Int, campaign: CampaignID, page: PageID, claim: UInt64,
        records stored: UnsafePointer<DeliveryRecord>?, count: Int
    ) {
        let records = unsafe records(slot)
        if let stored = unsafe stored {
            unsafe records.update(from: stored, count: count)
        } else {
            unsafe records.update(repeating: DeliveryRecord(), count: count)
        }
        let header = unsafe slotBase(slot)
        unsafe header.storeBytes(
            of: UInt32(count), toByteOffset: SlotOffset.count, as: UInt32.self)
        unsafe header.storeBytes(
            of: page.index.rawValue, toByteOffset: SlotOffset.page, as: UInt32.self)
        unsafe header.storeBytes(
            of: UInt32(page.send.rawValue), toByteOffset: SlotOffset.send, as: UInt32.self)
        unsafe header.storeBytes(
            of: campaign.high, toByteOffset: SlotOffset.campaignHigh, as: UInt64.self)
        unsafe header.storeBytes(
            of: campaign.low, toByteOffset: SlotOffset.campaignLow, as: UInt64.self)
        unsafe header.storeBytes(of: claim, toByteOffset: SlotOffset.claim, as: UInt64.self)
        unsafe state(slot).pointee.store(1, ordering: .releasing)
    }

    /// Frees a slot whose page is safe in the store.
    package func clear(_ slot: Int) {
        unsafe state(slot).pointee.store(0, ordering: .releasing)
    }

    /// A page found in a journal that an earlier process left behind.
    // SAFETY: good while the memory of the journal is there; handing it out is checked by count.
    @safe
    package struct Survivor {
        /// The campaign that the page belongs to.
        package let campaign: CampaignID
        /// The page, with the send that it belongs to.
        package let page: PageID
        /// The claim under which the shard held it; see `LoadedPage.claim`.
        package let claim: UInt64
        /// Borrowed from the journal's memory.
        package let records: UnsafeMutableBufferPointer<DeliveryRecord>
    }

    /// The page in a slot, `nil` when the slot is free.
    ///
    /// - Returns: A page whose count and send are in range; a slot with others reads as free, which
    ///   only memory that no Fanfare wrote can hold.
    package func survivor(in slot: Int) -> Survivor? {
        guard unsafe state(slot).pointee.load(ordering: .acquiring) == 1 else { return nil }
        let header = unsafe slotBase(slot)
        let count = unsafe Int(header.load(fromByteOffset: SlotOffset.count, as: UInt32.self))
        let send = unsafe header.load(fromByteOffset: SlotOffset.send, as: UInt32.self)
        guard count <= PageLayout.recipientsMax, let send = SendNumber(send) else { return nil }
        let page = unsafe header.load(fromByteOffset: SlotOffset.page, as: UInt32.self)
        return unsafe Survivor(
            campaign: CampaignID(
                high: header.load(fromByteOffset: SlotOffset.campaignHigh, as: UInt64.self),
                low: header.load(fromByteOffset: SlotOffset.campaignLow, as: UInt64.self)),
            page: PageID(PageIndex(page), of: send),
            claim: header.load(fromByteOffset: SlotOffset.claim, as: UInt64.self),
            records: UnsafeMutableBufferPointer(start: records(slot), count: count))
    }

    // MARK: Incomplete campaigns

    /// Notes that pages of a campaign were in memory and are in no journal: of its claimed pages
    /// nothing is known then but what is stored.
    ///
    /// When the header has no room left, the whole journal is not trusted any more.
    package func markIncomplete(_ campaign: CampaignID) {
        guard !isIncomplete(campaign) else { return }
        let count = incompleteCount
        guard count < Self.incompleteMax else {
            unsafe base.storeBytes(of: 0, toByteOffset: HeaderOffset.magic, as: UInt64.self)
            return
        }
        setIncomplete(campaign, at: count)
        unsafe incompleteCell.pointee.store(UInt32(count + 1), ordering: .releasing)
    }

    /// Takes the note of `markIncomplete` back, once the campaign's pages are settled.
    package func unmarkIncomplete(_ campaign: CampaignID) {
        let count = incompleteCount
        guard let place = (0..<count).first(where: { incomplete(at: $0) == campaign }) else {
            return
        }
        // For a moment the last one stands there twice.
        setIncomplete(incomplete(at: count - 1), at: place)
        unsafe incompleteCell.pointee.store(UInt32(count - 1), ordering: .releasing)
    }

    /// Whether the campaign is marked as incomplete.
    package func isIncomplete(_ campaign: CampaignID) -> Bool {
        (0..<incompleteCount).contains { incomplete(at: $0) == campaign }
    }

    private var incompleteCount: Int {
        min(Self.incompleteMax, unsafe Int(incompleteCell.pointee.load(ordering: .acquiring)))
    }

    private func incomplete(at place: Int) -> CampaignID {
        let offset = HeaderOffset.incomplete + 16 * place
        return unsafe CampaignID(
            high: base.load(fromByteOffset: offset, as: UInt64.self),
            low: base.load(fromByteOffset: offset + 8, as: UInt64.self))
    }

    private func setIncomplete(_ campaign: CampaignID, at place: Int) {
        let offset = HeaderOffset.incomplete + 16 * place
        unsafe base.storeBytes(of: campaign.high, toByteOffset: offset, as: UInt64.self)
        unsafe base.storeBytes(of: campaign.low, toByteOffset: offset + 8, as: UInt64.self)
    }

    @unsafe
    private var incompleteCell: UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe base.advanced(by: HeaderOffset.incompleteCount)
            .assumingMemoryBound(to: Atomic<UInt32>.self)
    }

    // MARK: Places

    @unsafe
    private func slotBase(_ slot: Int) -> UnsafeMutableRawPointer {
        precondition(slot >= 0 && slot < slotCount, "a journal slot is out of range")
        return unsafe base.advanced(by: Self.headerBytes + slot * Self.slotBytes)
    }

    @unsafe
    private func state(_ slot: Int) -> UnsafeMutablePointer<Atomic<UInt32>> {
        unsafe slotBase(slot).advanced(by: SlotOffset.state)
            .assumingMemoryBound(to: Atomic<UInt32>.self)
    }
}

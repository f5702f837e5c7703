import Structures

/// The pages of a shard by journal slot, at stable addresses, with the timers of their recipients.
// SAFETY: it owns its memory, and a slot is checked before a pointer is handed out.
@safe
struct PageTable: ~Copyable {
    private let pages: UnsafeMutablePointer<ActivePage>
    /// The last timer of each recipient; it may have fired since.
    private let timers: UnsafeMutablePointer<TimerID?>
    let slotCount: Int

    init(slots: Int) {
        unsafe pages = .allocate(capacity: slots)
        unsafe pages.initialize(repeating: ActivePage(), count: slots)
        unsafe timers = .allocate(capacity: slots * PageLayout.recipientsMax)
        unsafe timers.initialize(repeating: nil, count: slots * PageLayout.recipientsMax)
        slotCount = slots
    }

    deinit {
        unsafe pages.deallocate()
        unsafe timers.deallocate()
    }

    @unsafe
    subscript(slot: Int) -> UnsafeMutablePointer<ActivePage> {
        precondition(slot >= 0 && slot < slotCount, "a page slot is out of range")
        return unsafe pages.advanced(by: slot)
    }

    /// A slot that holds no page.
    var firstFree: Int? {
        for slot in 0..<slotCount where unsafe pages[slot].state == .free { return slot }
        return nil
    }

    /// How many slots hold no page.
    var freeCount: Int {
        var free = 0
        for slot in 0..<slotCount where unsafe pages[slot].state == .free { free += 1 }
        return free
    }

    func timer(of recipient: RecipientReference) -> TimerID? {
        unsafe timers[Int(recipient.rawValue)]
    }

    func setTimer(_ timer: TimerID?, of recipient: RecipientReference) {
        unsafe timers[Int(recipient.rawValue)] = timer
    }

    /// Forgets the timers of a slot's earlier tenant.
    func clearTimers(_ slot: Int) {
        unsafe timers.advanced(by: slot * PageLayout.recipientsMax)
            .update(repeating: nil, count: PageLayout.recipientsMax)
    }
}

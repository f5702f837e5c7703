/// A page in a journal slot.
///
/// ```
/// free ──load──▶ active ──all ended, or all that is left waits──▶ committing ──▶ free
///                  │ recall                                         ▲
///                  └──────▶ leaving ──nothing on the wire───────────┘
/// ```
///
/// While active, every recipient that has not ended is in exactly one place: `remaining ==
/// untouched + inFlight + waiting + blocked + queued`, where *untouched* are the pending ones that
/// the cursor has not reached. Those that the page's allowance does not cover are in no place and
/// count in `withheld` alone.
// SAFETY: its pointers are the store's memory, which is the shard's until the commit.
@safe
struct ActivePage {
    enum State: UInt8 {
        case free
        case active
        /// Another campaign needs the slot: nothing more is started, and who has to wait does so in
        /// the store.
        case leaving
        /// To be posted to the store, or posted and not answered.
        case committing
    }

    var state = State.free
    var campaign = SendSlot(0)
    var page = PageIndex(0)
    var count = 0
    var audience: AudiencePage?
    /// The recipients' numbers when the page brings them; see `LoadedPage`.
    var ordinals: UnsafePointer<UInt32>?
    var memory: UnsafeMutableRawPointer?
    /// When it came.
    var loadedNanoseconds: Int64 = 0
    /// The next recipient that was not looked at.
    var cursor = 0
    /// Where the recipients begin that the allowance does not cover, but for the unsure ones.
    var end = 0
    /// Behind the last recipient that the allowance covers.
    var stop = 0
    /// Deliveries that have not ended, without the withheld.
    var remaining = 0
    /// Pending recipients from `end` on that are not unsure.
    var withheld = 0
    /// On the wire.
    var inFlight = 0
    /// In the timer wheel.
    var waiting = 0
    /// In a host's list.
    var blocked = 0
    /// In the campaign's ready list.
    var queued = 0
    /// When it is due again once it is given back; `nil` when every delivery has ended.
    var dueMilliseconds: Int64?
    /// Whether the commit was taken by the store's mailbox.
    var isPosted = false

    var hasUntouched: Bool { cursor < stop }

    init() {}

    /// A recipient's number in the campaign.
    func ordinal(at index: Int) -> Ordinal {
        guard let ordinals = unsafe ordinals else { return Ordinal(page: page, index: index) }
        return unsafe Ordinal(UInt64(ordinals[index]))
    }

    /// Whether a pending recipient may be worked on.
    func covers(_ index: Int, _ record: DeliveryRecord) -> Bool {
        index < end || record.flags.contains(.unsure)
    }
}

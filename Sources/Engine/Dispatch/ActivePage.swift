/// A page in a journal slot.
///
/// ```
/// free ──load──▶ active ──all ended, or all that is left waits──▶ committing ──▶ free
/// ```
///
/// While active, every recipient that has not ended is in exactly one place: `remaining ==
/// untouched + inFlight + waiting + blocked + queued`, where *untouched* are the pending ones that
/// the cursor has not reached.
@safe
struct ActivePage {
    enum State: UInt8 {
        case free
        case active
        /// To be posted to the store, or posted and not answered.
        case committing
    }

    var state = State.free
    var campaign = CampaignSlot(0)
    var page = PageIndex(0)
    var count = 0
    var audience: AudiencePage?
    var memory: UnsafeMutableRawPointer?
    /// The next recipient that was not looked at.
    var cursor = 0
    /// Deliveries that have not ended.
    var remaining = 0
    /// On the wire.
    var inFlight = 0
    /// In the timer wheel.
    var waiting = 0
    /// In a host's list.
    var blocked = 0
    /// In the campaign's ready list.
    var queued = 0
    /// Whether the commit was taken by the store's mailbox.
    var isPosted = false

    var hasUntouched: Bool { cursor < count }

    init() {}
}

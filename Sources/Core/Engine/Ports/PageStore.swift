/// Gives a shard its pages and takes them back: the shard's side of the store.
///
/// Nothing here blocks: requests and commits are posted, answers arrive as events, taken once a
/// turn. The store owns the memory of a loaded page and gets it back with the commit.
package protocol PageStore {
    /// Asks for one page of a campaign that is due; answered by exactly one `loaded` or
    /// `nothingDue`.
    ///
    /// - Returns: `false` when the mailbox is full: ask again next turn.
    mutating func requestPage(of campaign: SendSlot) -> Bool

    /// Posts the records of a page to be made durable; answered by one `committed`.
    ///
    /// The records stay untouched until the answer.
    ///
    /// - Returns: `false` when the mailbox is full: post again next turn.
    mutating func commit(_ commit: PageCommit) -> Bool

    /// Takes the next answer, `nil` when there is none for now.
    mutating func nextEvent() -> StoreEvent?
}

/// What the store answers.
package enum StoreEvent: BitwiseCopyable, Sendable {
    case loaded(LoadedPage)
    /// No page of the campaign can be claimed before the given wall time; `Int64.max` when only
    /// pages that other shards hold are left. With `byQuota` there would be pages, and a quota is
    /// used up.
    case nothingDue(SendSlot, untilMilliseconds: Int64, byQuota: Bool = false)
    /// The records of the page in that journal slot are safe: durable, or, when the campaign's
    /// store has failed, where recovery finds them.
    case committed(slot: Int)
}

/// A page that a shard has claimed.
// SAFETY: the memory changes hands with the message: the store does not touch it until the page
// comes back with a commit.
@safe
package struct LoadedPage: BitwiseCopyable, @unchecked Sendable {
    /// The run that asked for it.
    package var campaign: SendSlot
    /// Its number among those of the send.
    package var page: PageIndex
    /// Rises with every claim of the process, so that of two journal slots with the same page the
    /// later one is known.
    package var claim: UInt64
    /// The recipients, duplicates included, read from `memory`.
    package var audience: AudiencePage
    /// What was stored of the page before, `nil` for a fresh page; as many as recipients.
    package var records: UnsafePointer<DeliveryRecord>?
    /// The recipients' numbers in the campaign, as many as recipients; `nil` when they are page ×
    /// 1,024 + place.
    ///
    /// Together with the campaign and the send they make the idempotency keys, and are used for
    /// nothing else.
    package var ordinals: UnsafePointer<UInt32>?
    /// What the store gets back with the commit: the memory behind `audience`, `records` and
    /// `ordinals`.
    package var memory: UnsafeMutableRawPointer
    /// How many of the pending recipients may be worked on, in the order of their ordinals, beside
    /// those that are marked unsure: these always may, since whoever counts messages has counted
    /// theirs.
    ///
    /// The rest stay as they are, and the page comes back for them when the others have ended. With
    /// 0 and nobody unsure it comes back at once, so a store that has nothing to allow should say
    /// `nothingDue`.
    package var allowance: Int

    /// Describes a page; the pointers are the store's until the shard is told, and then the shard's
    /// until it posts the commit.
    package init(
        campaign: SendSlot, page: PageIndex, claim: UInt64, audience: AudiencePage,
        records: UnsafePointer<DeliveryRecord>?, ordinals: UnsafePointer<UInt32>? = nil,
        memory: UnsafeMutableRawPointer, allowance: Int = .max
    ) {
        self.campaign = campaign
        self.page = page
        self.claim = claim
        self.audience = audience
        unsafe self.records = records
        unsafe self.ordinals = ordinals
        unsafe self.memory = memory
        self.allowance = allowance
    }
}

/// The results of a page, to be written in one statement.
// SAFETY: the records lie in the shard's journal, and do not change until the store has answered.
@safe
package struct PageCommit: BitwiseCopyable, @unchecked Sendable {
    /// The run that holds the page.
    package var campaign: SendSlot
    /// Its number among those of the send.
    package var page: PageIndex
    /// The shard's journal slot that holds the records; returned with the answer.
    package var slot: Int
    /// What is to be written.
    package var records: UnsafePointer<DeliveryRecord>
    /// How many records there are.
    package var count: Int
    /// When the page's next delivery is due; `nil` when every delivery has ended.
    ///
    /// For a page that goes back because its rest waits for long, the time of those that the
    /// allowance covered: the others are not worth another claim before.
    package var dueMilliseconds: Int64?
    /// The memory the page was loaded into, given back to the store.
    package var memory: UnsafeMutableRawPointer

    /// Describes a commit; the pointers are the shard's until the answer.
    package init(
        campaign: SendSlot, page: PageIndex, slot: Int,
        records: UnsafePointer<DeliveryRecord>, count: Int, dueMilliseconds: Int64?,
        memory: UnsafeMutableRawPointer
    ) {
        self.campaign = campaign
        self.page = page
        self.slot = slot
        unsafe self.records = records
        self.count = count
        self.dueMilliseconds = dueMilliseconds
        unsafe self.memory = memory
    }
}

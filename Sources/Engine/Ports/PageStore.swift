/// Gives a shard its pages and takes them back: the shard's side of the store.
///
/// Nothing here blocks: requests and commits are posted, answers arrive as events, taken once a
/// turn. The store owns the memory of a loaded page and gets it back with the commit.
package protocol PageStore {
    /// Asks for one page of a campaign that is due; answered by exactly one `loaded` or `nothingDue`.
    ///
    /// - Returns: `false` when the mailbox is full: ask again next turn.
    mutating func requestPage(of campaign: CampaignSlot) -> Bool

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
package enum StoreEvent: BitwiseCopyable {
    case loaded(LoadedPage)
    /// No page of the campaign can be claimed before the given wall time; `Int64.max` when only
    /// pages that other shards hold are left.
    case nothingDue(CampaignSlot, untilMilliseconds: Int64)
    /// The commit of the page in that journal slot is durable.
    case committed(slot: Int)
}

/// A page that a shard has claimed.
@safe
package struct LoadedPage: BitwiseCopyable {
    package var campaign: CampaignSlot
    package var page: PageIndex
    /// How many recipients it holds, duplicates included.
    package var count: Int
    /// The encoded recipients.
    package var recipients: UnsafeRawBufferPointer
    /// What was stored of the page before, `nil` for a fresh page.
    package var records: UnsafePointer<DeliveryRecord>?

    package init(
        campaign: CampaignSlot, page: PageIndex, count: Int, recipients: UnsafeRawBufferPointer,
        records: UnsafePointer<DeliveryRecord>?
    ) {
        self.campaign = campaign
        self.page = page
        self.count = count
        unsafe self.recipients = recipients
        unsafe self.records = records
    }
}

/// The results of a page, to be written in one statement.
@safe
package struct PageCommit: BitwiseCopyable {
    package var campaign: CampaignSlot
    package var page: PageIndex
    /// The shard's journal slot that holds the records; returned with the answer.
    package var slot: Int
    package var records: UnsafePointer<DeliveryRecord>
    package var count: Int
    /// When the page's next delivery is due; `nil` when every delivery has ended.
    package var dueMilliseconds: Int64?
    /// The memory the page was loaded into, given back to the store.
    package var recipients: UnsafeRawBufferPointer

    package init(
        campaign: CampaignSlot, page: PageIndex, slot: Int,
        records: UnsafePointer<DeliveryRecord>, count: Int, dueMilliseconds: Int64?,
        recipients: UnsafeRawBufferPointer
    ) {
        self.campaign = campaign
        self.page = page
        self.slot = slot
        unsafe self.records = records
        self.count = count
        self.dueMilliseconds = dueMilliseconds
        unsafe self.recipients = recipients
    }
}

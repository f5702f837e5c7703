/// What a claim of a page came to, at every layer of a store.
package enum PageClaim: Equatable, Sendable {
    case claimed(ClaimedPage)
    /// Nothing can be claimed before that wall time; `Int64.max` when only claimed pages are left.
    /// With `byQuota` there would be pages, and a quota is used up.
    case nothingDue(untilMilliseconds: Int64, byQuota: Bool = false)
    /// Every page is done.
    case finished
}

/// A page that was claimed, with what its reader must provide room for.
package struct ClaimedPage: Equatable, Sendable, BitwiseCopyable {
    package let page: PageIndex
    /// How many rows it holds, duplicates included.
    package let count: Int
    /// Bytes of its encoded recipients.
    package let recipientsBytes: Int
    /// Whether records are stored: of an earlier visit, or of duplicates.
    package let hasRecords: Bool
    /// How many of its pending recipients may be worked on now; see `LoadedPage.allowance`.
    package var allowance: Int

    /// Describes a claimed page.
    package init(
        page: PageIndex, count: Int, recipientsBytes: Int, hasRecords: Bool,
        allowance: Int = .max
    ) {
        self.page = page
        self.count = count
        self.recipientsBytes = recipientsBytes
        self.hasRecords = hasRecords
        self.allowance = allowance
    }
}

/// A page whose claim no shard will end: of a process that died, or of a store that had failed.
package struct UnsettledPage: Equatable, Sendable {
    package let page: PageID
    /// What is stored of it, fresh records when nothing is: as many as the page has recipients.
    package let records: [DeliveryRecord]

    /// Names a page and what was stored of it.
    package init(page: PageID, records: [DeliveryRecord]) {
        self.page = page
        self.records = records
    }
}

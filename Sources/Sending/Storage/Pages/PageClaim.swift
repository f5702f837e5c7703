package import Engine

/// The answer to a claim.
package enum PageClaim: Equatable, Sendable {
    case claimed(ClaimedPage)
    /// Nothing can be claimed before the given wall time; `Int64.max` when only claimed pages are
    /// left.
    case nothingDue(untilMilliseconds: Int64)
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

    package init(page: PageIndex, count: Int, recipientsBytes: Int, hasRecords: Bool) {
        self.page = page
        self.count = count
        self.recipientsBytes = recipientsBytes
        self.hasRecords = hasRecords
    }
}

package import Engine

/// Where a campaign stands in its database.
///
/// Raw values are stored; never reuse one.
package enum CampaignState: UInt8, CaseIterable, Sendable {
    /// The audience is being written without a journal. A database found in this state after a
    /// crash is worth nothing: `open` throws `importUnfinished`.
    case importing = 0
    /// The audience is complete and durable: pages can be claimed.
    case ready = 1
    /// Every delivery has ended. `resetForRetry` leads back to `ready`.
    case completed = 2
}

/// What the import has counted; closed: `rowsRead` = `recipients` + `duplicates` + `rejected`.
package struct CampaignCounts: Equatable, Sendable {
    /// Rows of the source, the header not counted.
    package var rowsRead: Int
    /// Rows that are recipients.
    package var recipients: Int
    /// Rows that lie in pages but repeat an earlier user id.
    package var duplicates: Int
    /// Rows that are in no page.
    package var rejected: Int
    /// Pages that the rows were cut into, the last one included.
    package var pages: Int

    /// Takes the figures as they are; whether they close is for `finishImport` to check.
    package init(rowsRead: Int, recipients: Int, duplicates: Int, rejected: Int, pages: Int) {
        self.rowsRead = rowsRead
        self.recipients = recipients
        self.duplicates = duplicates
        self.rejected = rejected
        self.pages = pages
    }
}

/// The campaign as its database holds it.
package struct CampaignRow: Equatable, Sendable {
    /// The identity from which idempotency keys are derived, fixed when the file was made.
    package let id: CampaignID
    /// When the file was made, in Unix milliseconds.
    package let createdAtMilliseconds: Int64
    /// What the file is fit for: still being imported, ready to send, or ended.
    package internal(set) var state: CampaignState
    /// The campaign's settings as JSON, which may hold secrets: never print it.
    package let document: String
    /// The audience's column list, opaque to the store; empty until the import has finished.
    package internal(set) var columns: [UInt8]
    /// Zero until the import has finished.
    package internal(set) var counts: CampaignCounts
}

/// Settles the pages of one campaign that shards held when their process died.
///
/// The store knows which pages were claimed and what was last committed of them; the journals that
/// survived hold the newer truth. A page that the store does not call claimed is none of recovery's
/// business: its commit was durable, and a slot that still shows it was only not cleared yet.
///
/// Which records count, for a claimed page:
/// 1. Of two slots with the page the one with the higher claim: the other is a commit whose answer
///    its shard had not seen.
/// 2. A slot may be the only one and yet behind the store: its shard had not seen the answer while
///    another shard claimed the page, worked on it, gave it back, cleared its own slot, and the
///    page was claimed a third time. Within one process a record only moves on, so a slot's record
///    that is behind the stored one tells that; the stored one counts then.
/// 3. With no slot, or with a journal that is not trusted, the stored ones.
package struct PageRecovery {
    /// What became of one page.
    package struct Settlement: Equatable, Sendable {
        /// Records that were on the wire, or may have been.
        package var unsure: Int
        /// When the page's next delivery is due; `nil` when every delivery has ended.
        package var dueMilliseconds: Int64?

        /// Says what became of a page.
        package init(unsure: Int, dueMilliseconds: Int64?) {
            self.unsure = unsure
            self.dueMilliseconds = dueMilliseconds
        }
    }

    private let campaign: CampaignID
    /// Whether the journals hold all that the dead process had on the wire.
    package private(set) var isJournalTrusted: Bool
    private var survivors: [PageID: (claim: UInt64, records: [DeliveryRecord])] = [:]

    /// Begins a recovery without survivors.
    ///
    /// - Parameters:
    ///   - campaign: Whose pages are looked for in journals.
    ///   - isJournalTrusted: Whether every journal of the dead process is there and was formatted
    ///     since the machine started; `false` makes every pending record of a claimed page unsure.
    package init(campaign: CampaignID, isJournalTrusted: Bool) {
        self.campaign = campaign
        self.isJournalTrusted = isJournalTrusted
    }

    /// Copies the campaign's pages out of a journal that is trusted; the journal is not changed.
    ///
    /// A journal that calls the campaign incomplete is not trusted for it.
    package mutating func collect(from journal: FlightJournal) {
        if journal.isIncomplete(campaign) { isJournalTrusted = false }
        for slot in 0..<journal.slotCount {
            guard let survivor = journal.survivor(in: slot), survivor.campaign == campaign else {
                continue
            }
            if let other = survivors[survivor.page], other.claim > survivor.claim { continue }
            survivors[survivor.page] = unsafe (survivor.claim, Array(survivor.records))
        }
    }

    /// Brings a claimed page's stored records up to date and settles those that are unsure.
    ///
    /// - Parameters:
    ///   - records: What is stored of the page, as many as it has recipients; fresh ones when
    ///     nothing is.
    ///   - page: The page.
    ///   - guarantee: What its send promises: decides what becomes of the unsure.
    ///   - wallMilliseconds: The time that records which end here get.
    /// - Returns: What is to be committed beside the records.
    package func settle(
        _ records: inout [DeliveryRecord], of page: PageID, guarantee: DeliveryGuarantee,
        wallMilliseconds: Int64
    ) -> Settlement {
        if let survivor = survivors[page]?.records, survivor.count == records.count {
            for index in records.indices
            where !Self.isBehind(survivor[index], stored: records[index]) {
                records[index] = survivor[index]
            }
        }
        let unsure = unsafe records.withUnsafeMutableBufferPointer { buffer in
            unsafe isJournalTrusted
                ? UnsureResolution.settle(
                    buffer, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
                : UnsureResolution.settleWithoutJournal(
                    buffer, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
        }
        var due: Int64?
        for record in records where !record.status.isEnded {
            due = min(due ?? .max, record.timeMilliseconds)
        }
        return Settlement(unsure: unsure, dueMilliseconds: due)
    }

    /// Whether a journal's record is older than the stored one.
    private static func isBehind(_ record: DeliveryRecord, stored: DeliveryRecord) -> Bool {
        stored.status.isEnded && !record.status.isEnded || stored.attempts > record.attempts
    }
}

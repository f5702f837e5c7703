package import Engine

/// Settles what an earlier process left behind, before a campaign runs again.
///
/// A page that the store says is claimed was in the hands of a shard. Three cases:
/// - The journal holds it and the machine has not restarted since: exactly its `inFlight` records
///   are unsure.
/// - The journal does not hold it and the machine has not restarted: no shard had begun it, or the
///   shard had cleared it, which it does only after the store knows. Nothing is unsure.
/// - The machine has restarted, or the journal cannot be read: every pending record of the page may
///   have been sent. At most `EngineLimits.pagesPerShardMax` pages per shard are in that window.
package enum CrashRecovery {
    /// What was found.
    package struct Outcome: Equatable, Sendable {
        /// Pages that a shard held.
        package var pages = 0
        /// Requests that may have been on the wire.
        package var unsure = 0
        /// Whether the journals could be used.
        package var isJournalTrusted = true
    }

    /// Settles all claimed pages of a campaign in one transaction.
    ///
    /// The journals are left as they are until a runtime formats them, so that a crash in here
    /// changes nothing: the next process finds the same.
    ///
    /// - Parameters:
    ///   - store: The campaign's durable side.
    ///   - campaign: The campaign that the store is of.
    ///   - guarantee: Decides what becomes of the unsure.
    ///   - directory: Where the journals lie.
    ///   - boot: The identity of the running system.
    ///   - wallMilliseconds: The time that records which end here get.
    /// - Returns: What was found.
    /// - Throws: What the store throws; nothing has changed then.
    package static func settle(
        _ store: any CampaignStore, campaign: CampaignID, guarantee: DeliveryGuarantee,
        journalsIn directory: String, boot: (UInt64, UInt64), wallMilliseconds: Int64
    ) throws -> Outcome {
        var outcome = Outcome()
        let claimed = try store.unsettledPages()
        guard !claimed.isEmpty else { return outcome }
        let survivors = Survivors(directory: directory, campaign: campaign, boot: boot)
        outcome.isJournalTrusted = survivors.isTrusted
        try store.beginTransaction()
        for page in claimed {
            outcome.pages += 1
            var records = page.records
            let surviving = survivors.records(of: page.page)
            if let surviving, surviving.count == records.count { records = surviving }
            outcome.unsure += unsafe records.withUnsafeMutableBufferPointer { buffer in
                unsafe survivors.isTrusted
                    ? UnsureResolution.settle(
                        buffer, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
                    : UnsureResolution.settleWithoutJournal(
                        buffer, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
            }
            let due = records.filter { !$0.status.isEnded }.map(\.timeMilliseconds).min()
            try unsafe records.withUnsafeBufferPointer {
                try unsafe store.write($0, of: page.page, dueMilliseconds: due)
            }
        }
        try store.commitTransaction()
        return outcome
    }

    /// The pages of one campaign in all journals of a directory.
    private struct Survivors {
        private var pages: [PageIndex: (claim: UInt64, records: [DeliveryRecord])] = [:]
        private(set) var isTrusted: Bool

        init(directory: String, campaign: CampaignID, boot: (UInt64, UInt64)) {
            let paths = JournalFile.paths(in: directory)
            isTrusted = !paths.isEmpty && BootIdentity.isKnown(boot)
            for path in paths {
                guard let file = try? JournalFile(path: path, slots: nil),
                    file.journal.isTrusted(boot: boot)
                else {
                    isTrusted = false
                    continue
                }
                for slot in 0..<file.journal.slotCount {
                    guard let survivor = file.journal.survivor(in: slot),
                        survivor.campaign == campaign
                    else { continue }
                    if let other = pages[survivor.page], other.claim > survivor.claim { continue }
                    pages[survivor.page] = unsafe (survivor.claim, Array(survivor.records))
                }
            }
        }

        func records(of page: PageIndex) -> [DeliveryRecord]? { pages[page]?.records }
    }
}

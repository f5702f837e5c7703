package import Engine

/// Settles what an earlier process left behind, before a campaign runs again.
///
/// A page that the store says is claimed was in the hands of a shard. Three cases:
/// - A journal holds it and the machine has not restarted since: exactly its `inFlight` records
///   are unsure. Of a campaign whose store had failed, that is the journal of unsettled pages.
/// - The journal does not hold it and the machine has not restarted: no shard had begun it, or the
///   shard had cleared it, which it does only after the store knows. Nothing is unsure.
/// - The machine has restarted, or a journal cannot be read, or calls the campaign incomplete:
///   every pending record of the page may have been sent. At most `EngineLimits.pagesPerShardMax`
///   pages per shard are in that window.
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
        guard try !store.unsettledPages().isEmpty else { return Outcome() }
        let journals = trustedJournals(in: directory, boot: boot)
        var recovery = PageRecovery(
            campaign: campaign, isJournalTrusted: journals != nil)
        for path in journals ?? [] {
            try JournalFile(path: path, slots: nil).collect(into: &recovery)
        }
        return try settle(
            store, recovery, guarantee: guarantee, wallMilliseconds: wallMilliseconds)
    }

    /// Settles all claimed pages of a campaign, in one transaction, from what was collected.
    ///
    /// - Parameters:
    ///   - store: The campaign's durable side.
    ///   - recovery: What journals hold of the campaign.
    ///   - send: The send whose pages are meant; all without one.
    ///   - guarantee: Decides what becomes of the unsure.
    ///   - wallMilliseconds: The time that records which end here get.
    /// - Returns: What was found.
    /// - Throws: What the store throws.
    static func settle(
        _ store: any CampaignStore, _ recovery: PageRecovery, of send: SendNumber? = nil,
        guarantee: DeliveryGuarantee, wallMilliseconds: Int64
    ) throws -> Outcome {
        var outcome = Outcome()
        outcome.isJournalTrusted = recovery.isJournalTrusted
        let claimed = try store.unsettledPages().filter { send == nil || $0.page.send == send }
        guard !claimed.isEmpty else { return outcome }
        try store.beginTransaction()
        for page in claimed {
            var records = page.records
            let settlement = recovery.settle(
                &records, of: page.page, guarantee: guarantee,
                wallMilliseconds: wallMilliseconds)
            outcome.pages += 1
            outcome.unsure += settlement.unsure
            try unsafe records.withUnsafeBufferPointer {
                try unsafe store.write(
                    $0, of: page.page, dueMilliseconds: settlement.dueMilliseconds)
            }
        }
        try store.commitTransaction()
        return outcome
    }

    /// The journal files of a directory; `nil` when there is none, or one of them cannot be used.
    private static func trustedJournals(
        in directory: String, boot: (UInt64, UInt64)
    ) -> [String]? {
        let paths = JournalFile.paths(in: directory)
        guard !paths.isEmpty, BootIdentity.isKnown(boot) else { return nil }
        for path in paths {
            guard let file = try? JournalFile(path: path, slots: nil),
                file.journal.isTrusted(boot: boot)
            else { return nil }
        }
        return paths
    }
}

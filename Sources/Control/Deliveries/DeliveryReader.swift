import Engine
import GRDB
import Jinja
import Storage

/// Walks the deliveries of a campaign page by page, in the order of their ordinals.
///
/// Blocks; memory is that of one page.
struct DeliveryReader: Sendable {
    /// Which deliveries are wanted.
    struct Filter: Sendable {
        var status: String?
        var reason: String?
        /// Of one user only.
        var userID: String?
    }

    let campaign: CampaignRecord
    let folder: CampaignFolder
    let filter: Filter

    /// Shows every delivery that is wanted, from an ordinal on, until the body says to stop.
    ///
    /// - Parameters:
    ///   - first: The first ordinal.
    ///   - engagement: What the recipients of a page did, by ordinal.
    ///   - body: Returns whether to go on.
    /// - Throws: What the storage or the body throws.
    func forEach(
        from first: UInt64, engagement: (Range<UInt64>) throws -> [UInt64: DeliveryView.Engagement],
        _ body: (DeliveryView) throws -> Bool
    ) throws {
        guard try folder.hasSnapshot() else { return }
        let database = try folder.reading()
        defer { try? database.close() }
        let now = Timestamp.now
        let wanted = filter.userID.map { Array($0.utf8) }
        for index in Int(
            Ordinal(first).page.rawValue)..<max(
                Int(Ordinal(first).page.rawValue), database.pageCount)
        {
            let page = PageIndex(UInt32(index))
            if wanted == nil, let status = filter.status, !Self.isDerived(status) {
                // The records alone say whether there is anything to show.
                let records = try database.readRecords(of: page)
                guard records.contains(where: { mayMatch($0, status) }) else { continue }
            }
            let stored = try database.readPage(page)
            let audience = try stored.audience()
            let start = Ordinal(page: page, index: 0).rawValue
            var acts: [UInt64: DeliveryView.Engagement]?
            for place in stored.records.indices {
                let ordinal = start + UInt64(place)
                let record = stored.records[place]
                guard ordinal >= first, record.status != .duplicate else { continue }
                if let wanted {
                    let isSame = unsafe audience.userID(at: place).elementsEqual(wanted)
                    guard isSame else { continue }
                }
                let known = try acts ?? engagement(start..<start + UInt64(stored.records.count))
                acts = known
                let view = DeliveryView(
                    campaign: campaign, ordinal: ordinal,
                    userID: unsafe String(decoding: audience.userID(at: place), as: UTF8.self),
                    record: record, engagement: known[ordinal], now: now)
                guard matches(view) else { continue }
                guard try body(view) else { return }
            }
        }
    }

    private static func isDerived(_ status: String) -> Bool {
        ["read", "acknowledged", "missed"].contains(status)
    }

    private func mayMatch(_ record: DeliveryRecord, _ status: String) -> Bool {
        record.status.name == status || status == "pending" && record.status == .inFlight
    }

    private func matches(_ view: DeliveryView) -> Bool {
        if let status = filter.status, view.status != status { return false }
        if let reason = filter.reason,
            view.record.reason.label(code: view.record.code) != reason
        {
            return false
        }
        return true
    }
}

import ControlDirectory
import Engine
import GRDB
import JSON
import Storage

/// A campaign's snapshot, open to be read page by page beside a run.
///
/// Blocks; memory is that of one page.
// SAFETY: used by one call at a time; between calls `handOver` lets another thread have it.
final class DeliveryReader: @unchecked Sendable {
    /// What recipients of a range of ordinals did.
    typealias EngagementLookup =
        @Sendable (Range<UInt64>) throws -> [UInt64: DeliveryView.Engagement]

    let campaign: CampaignRecord
    /// Pages do not become more once a campaign can be read.
    let pageCount: Int
    private let database: CampaignDatabase
    private let clock: WallClock
    private let engagement: EngagementLookup

    /// Opens a snapshot; nil when the campaign has none yet.
    init?(
        _ campaign: CampaignRecord, _ folder: CampaignFolder, clock: WallClock,
        engagement: @escaping EngagementLookup
    ) throws {
        guard let database = try folder.readingIfThere() else { return nil }
        self.campaign = campaign
        self.database = database
        pageCount = database.pageCount
        self.clock = clock
        self.engagement = engagement
    }

    // Whoever drops it last has the thread: it was handed over, or never left its own.
    deinit { try? database.close() }

    /// Lets the next thread that calls have it.
    func handOver() { database.handOver() }

    /// The record of an ordinal, and whether a shard has its page; nil for no recipient.
    ///
    /// While a shard has a page, what is stored is older than what has happened.
    func record(at ordinal: Ordinal) throws -> (DeliveryRecord, isActive: Bool)? {
        let page = ordinal.page
        guard Int(page.rawValue) < pageCount else { return nil }
        let records = try database.readRecords(of: page)
        guard ordinal.index < records.count, records[ordinal.index].status != .duplicate else {
            return nil
        }
        return (records[ordinal.index], database.state(of: page) == .claimed)
    }

    /// The deliveries of a page from an ordinal on, in order.
    ///
    /// - Parameters:
    ///   - index: The page's.
    ///   - first: The first ordinal.
    ///   - mayMatch: Whether a record may be wanted: a page without such ones is not read further.
    /// - Returns: Those whose record may be wanted.
    /// - Throws: What the storage throws.
    func deliveries(
        ofPage index: Int, from first: UInt64 = 0,
        where mayMatch: (DeliveryRecord) -> Bool = { _ in true }
    ) throws -> [DeliveryView] {
        let page = PageIndex(UInt32(index))
        let start = Ordinal(page: page, index: 0).rawValue
        func isWanted(_ place: Int, _ record: DeliveryRecord) -> Bool {
            start + UInt64(place) >= first && record.status != .duplicate && mayMatch(record)
        }
        let records = try database.readRecords(of: page)
        guard records.indices.contains(where: { isWanted($0, records[$0]) }) else { return [] }
        let stored = try database.readPage(page)
        let audience = try stored.audience()
        let acts = try engagement(start..<start + UInt64(stored.records.count))
        let isActive = database.state(of: page) == .claimed
        let now = clock.now
        var views: [DeliveryView] = []
        for (place, record) in stored.records.enumerated() where isWanted(place, record) {
            let ordinal = start + UInt64(place)
            views.append(
                DeliveryView(
                    campaign: campaign, ordinal: ordinal,
                    userID: unsafe String(decoding: audience.userID(at: place), as: UTF8.self),
                    record: record, isActive: isActive, engagement: acts[ordinal], now: now))
        }
        return views
    }

    /// Shows the deliveries from an ordinal on until the body says to stop.
    func forEach(
        from first: UInt64, where mayMatch: (DeliveryRecord) -> Bool,
        _ body: (DeliveryView) throws -> Bool
    ) throws {
        let start = Int(Ordinal(first).page.rawValue)
        for index in start..<max(start, pageCount) {
            for view in try deliveries(ofPage: index, from: first, where: mayMatch) {
                guard try body(view) else { return }
            }
        }
    }
}

/// Which deliveries are wanted.
struct DeliveryFilter: Sendable {
    var status: String?
    var reason: String?

    /// Whether a record may be that of a delivery that matches.
    func mayMatch(_ record: DeliveryRecord) -> Bool {
        guard let status else { return true }
        if ["read", "acknowledged", "missed"].contains(status) {
            // What the recipient did stands above what the provider said.
            return record.status == .sent || record.status == .unknown
        }
        return record.status.name == status || status == "pending" && record.status == .inFlight
    }

    func matches(_ view: DeliveryView) -> Bool {
        if let status, view.status != status { return false }
        if let reason { return view.record.reason.label(code: view.record.code) == reason }
        return true
    }
}

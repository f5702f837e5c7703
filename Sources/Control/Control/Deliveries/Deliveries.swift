package import ControlDirectory
import ControlMessages
import Engine
import Foundation
import GRDB
package import JSON
import Logging
import SendPlans
import Storage

/// What became of each recipient: lists, single deliveries, their messages, exports.
package struct Deliveries: Sendable {
    let database: ControlDatabase
    let options: ControlOptions
    let launcher: CampaignLauncher
    let logger: Logger
    let links: EngagementLinks

    /// One delivery, as lists have it.
    package static let shape = DeliveryView.shape
    /// The names of the statuses that a list may be asked for.
    package static let statuses = DeliveryView.statuses

    /// Campaigns that one call for a user's deliveries looks into: each is a scan of the hashes of
    /// its user ids.
    static let campaignsPerCall = 20

    // MARK: Lists

    /// Lists the deliveries of a campaign, by status and reason.
    package func list(
        _ caller: Caller, campaign id: String, status: String?, reason: String?,
        _ page: PageRequest
    ) async throws -> ListPage {
        let filter = DeliveryFilter(status: status, reason: reason)
        return try await list(
            caller, id, PageCursor.fingerprint("deliveries", id, status ?? "", reason ?? ""), page,
            where: filter.mayMatch
        ) { filter.matches($0) ? .some($0.json) : .none }
    }

    /// Lists what a campaign's deliveries are shown as, in the order of their ordinals.
    ///
    /// - Parameters:
    ///   - caller: Whose campaign it is.
    ///   - id: The campaign's.
    ///   - fingerprint: Of the query.
    ///   - page: Which page is asked for.
    ///   - mayMatch: Whether a record may be shown.
    ///   - show: What a delivery is shown as; nil for one that is not wanted.
    /// - Returns: The page.
    /// - Throws: `Problem` of `notFound` or `invalidCursor`; what the storage throws.
    func list(
        _ caller: Caller, _ id: String, _ fingerprint: UInt64, _ page: PageRequest,
        where mayMatch: @escaping @Sendable (DeliveryRecord) -> Bool,
        show: @escaping @Sendable (DeliveryView) -> JSONValue?
    ) async throws -> ListPage {
        var first: UInt64 = 0
        if let next = page.next {
            guard let value = try PageCursor(next, of: fingerprint, count: 1).values[0].integer,
                value >= 0, UInt64(value) <= DeliveryView.ordinalMax
            else { throw Problem(.invalidCursor, "expected a cursor of this list") }
            first = UInt64(value)
        }
        let record = try await database.read { db in
            try CampaignRecord.find(id, app: caller.app, db)
        }
        return try await BlockingQueue.run { [self, first] in
            var items: [JSONValue] = []
            var next: PageCursor?
            guard let reader = try self.reader(of: record) else {
                return ListPage(items: [], next: nil)
            }
            try reader.forEach(from: first, where: mayMatch) { view in
                guard let item = show(view) else { return true }
                if items.count == page.limit {
                    next = PageCursor(
                        fingerprint: fingerprint, values: [.integer(Int64(view.ordinal))])
                    return false
                }
                items.append(item)
                return true
            }
            return ListPage(items: items, next: next)
        }
    }

    /// Opens a campaign's snapshot, which blocks; nil when it has none yet.
    func reader(of record: CampaignRecord) throws -> DeliveryReader? {
        try unlessRemoved(record) {
            try DeliveryReader(
                record, folder(of: record), clock: database.clock,
                engagement: engagement(of: record))
        }
    }

    /// Opens a file of a campaign; nil when the campaign was removed since its row was read, as its
    /// files go with it.
    private func unlessRemoved<File>(
        _ record: CampaignRecord, _ open: () throws -> File?
    ) throws -> File? {
        do {
            return try open()
        } catch  where error.isOfCampaignFile {
            let isThere = try database.pool.read { db in
                try CampaignRecord.find(pk: record.pk, db)?.engineID == record.engineID
            }
            if isThere { throw error }
            return nil
        }
    }

    func folder(of record: CampaignRecord) -> CampaignFolder {
        CampaignFolder(of: record, options)
    }

    /// What recipients of a range did.
    private func engagement(of campaign: CampaignRecord) -> DeliveryReader.EngagementLookup {
        { [database] range in
            guard campaign.readCount > 0 || campaign.acknowledgedCount > 0 else { return [:] }
            return try database.pool.read { db in
                let rows = try Row.fetchAll(
                    db.cachedStatement(
                        sql: """
                            SELECT * FROM engagement
                            WHERE campaign = ? AND ordinal >= ? AND ordinal < ?
                            """),
                    arguments: [
                        campaign.pk, Int64(range.lowerBound), Int64(range.upperBound),
                    ])
                return Dictionary(
                    uniqueKeysWithValues: rows.map { row in
                        (
                            UInt64(row["ordinal"] as Int64),
                            DeliveryView.Engagement(
                                readAt: row["read_at"], acknowledgedAt: row["acknowledged_at"])
                        )
                    })
            }
        }
    }

    /// Lists a user's deliveries over campaigns, of the newest campaign first.
    ///
    /// A campaign whose file cannot be used is left out, and the log says so: it would hide the
    /// others for good.
    package func list(
        _ caller: Caller, user: String, _ page: PageRequest
    ) async throws -> ListPage {
        let fingerprint = PageCursor.fingerprint("user deliveries\u{0}\(user)")
        let before = try page.lastRow(of: fingerprint) ?? .max
        let campaigns = try await database.read { db in
            try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM campaign WHERE app = ? AND pk < ? AND started_at IS NOT NULL
                    ORDER BY pk DESC LIMIT ?
                    """, arguments: [caller.app, before, Self.campaignsPerCall + 1]
            ).map(CampaignRecord.init)
        }
        return try await BlockingQueue.run { [self] in
            var items: [JSONValue] = []
            var last: CampaignRowID?
            for campaign in campaigns.prefix(Self.campaignsPerCall) where items.count < page.limit {
                last = campaign.pk
                do {
                    if let view = try delivery(of: user, in: campaign) { items.append(view.json) }
                } catch  where error.isOfCampaignFile {
                    logger.error(
                        "deliveries of a campaign left out of a user's list",
                        metadata: ["campaign": "\(campaign.id)", "error": "\(error)"])
                }
            }
            let isDone = last == nil || last == campaigns.last?.pk
            let next = isDone ? nil : last.map { [JSONValue.integer($0.rawValue)] }
            return ListPage(
                items: items, next: next.map { PageCursor(fingerprint: fingerprint, values: $0) })
        }
    }

    /// A user's delivery in a campaign; nil when the user is no recipient of it.
    private func delivery(of user: String, in campaign: CampaignRecord) throws -> DeliveryView? {
        var found: DeliveryView?
        let folder = folder(of: campaign)
        let places = try UserHashes.ordinals(of: user, in: folder)
        if places?.isEmpty == true { return nil }
        guard let reader = try self.reader(of: campaign) else { return nil }
        guard let places else {
            try reader.forEach(from: 0, where: { _ in true }) { view in
                if view.userID == user { found = view }
                return found == nil
            }
            return found
        }
        // Other users may have the same hash.
        for (page, ordinals) in Dictionary(grouping: places, by: \.page)
        where Int(page.rawValue) < reader.pageCount {
            let wanted = Set(ordinals.map(\.rawValue))
            for view in try reader.deliveries(ofPage: Int(page.rawValue))
            where wanted.contains(view.ordinal) && view.userID == user { found = view }
        }
        return found
    }

    // MARK: One

    /// Where a delivery is: its campaign and its ordinal.
    func locate(_ caller: Caller, _ id: String, _ db: Database) throws -> (CampaignRecord, UInt64) {
        guard let (engineID, ordinal) = DeliveryView.parts(of: id),
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM campaign WHERE app = ? AND engine_id = ?",
                arguments: [caller.app, engineID])
        else { throw Problem.notFound("delivery", id) }
        return (CampaignRecord(row), ordinal)
    }

    /// One delivery.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await view(caller, id).json
    }

    /// One delivery by its id.
    func view(_ caller: Caller, _ id: String) async throws -> DeliveryView {
        let (campaign, ordinal) = try await database.read { db in try locate(caller, id, db) }
        return try await BlockingQueue.run { [self] in
            let reader = try self.reader(of: campaign)
            let page = Int(Ordinal(ordinal).page.rawValue)
            guard let reader, page < reader.pageCount,
                let view = try reader.deliveries(ofPage: page, from: ordinal).first,
                view.ordinal == ordinal
            else { throw Problem.notFound("delivery", id) }
            return view
        }
    }

    /// What a recipient was sent, rendered anew.
    package static let message = Shape.named(
        "DeliveryMessage",
        .fields([
            .required("id", .id), .required("url", .text(0...8_192)),
            .required(
                "headers",
                .map(.text(0...8_192), namesMax: 64).describedAs(
                    "Those of the provider are masked.")),
            .required("body", .text(0...4_194_304)), .required("content_id", .text(64...64)),
        ]))

    /// A delivery's message, rendered again from the campaign's snapshot.
    package func message(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let (campaign, ordinal, ownHeaders) = try await database.read { db in
            let (campaign, ordinal) = try locate(caller, id, db)
            return (campaign, ordinal, Self.ownHeaders(of: campaign, db))
        }
        let folder = folder(of: campaign)
        return try await BlockingQueue.run { [self] in
            guard let snapshot = try unlessRemoved(campaign, folder.readingIfThere) else {
                throw Problem.notFound("delivery", id)
            }
            defer { try? snapshot.close() }
            let place = Ordinal(ordinal)
            guard Int(place.page.rawValue) < snapshot.pageCount else {
                throw Problem.notFound("delivery", id)
            }
            let page = try snapshot.readPage(place.page)
            guard place.index < page.records.count,
                page.records[place.index].status != .duplicate
            else { throw Problem.notFound("delivery", id) }
            return try RenderedMessage(snapshot, page, place, ownHeaders: ownHeaders).json(id)
        }
    }

    /// The headers that a campaign's template has itself; none when it is no longer there.
    private static func ownHeaders(of campaign: CampaignRecord, _ db: Database) -> Set<String> {
        guard let id = campaign.templateID,
            let template = try? Templates.published(
                app: campaign.app, id: id, version: campaign.templateVersion, db)
        else { return [] }
        return Set(template.content.headers.keys.map { $0.lowercased() })
    }
}

import Campaigns
import Engine
import Foundation
import GRDB
package import Jinja
import Storage

/// What became of each recipient: lists, single deliveries, their messages, exports.
package struct Deliveries: Sendable {
    let database: ControlDatabase
    let options: ControlOptions
    let launcher: CampaignLauncher

    package static let shape = DeliveryView.shape
    package static let statuses = DeliveryView.statuses

    /// Campaigns that one call for a user's deliveries looks into: each is a scan of its user ids.
    static let campaignsPerCall = 20

    // MARK: Lists

    /// Lists the deliveries of a campaign, by status and reason.
    package func list(
        _ caller: Caller, campaign id: String, status: String?, reason: String?,
        _ page: PageRequest
    ) async throws -> ListPage {
        let fingerprint = Cursor.fingerprint("deliveries", id, status ?? "", reason ?? "")
        var first: UInt64 = 0
        if let next = page.next {
            guard let value = try Cursor(next, of: fingerprint, count: 1).values[0].integer,
                value >= 0
            else { throw Problem(.invalidCursor, "expected a cursor of this list") }
            first = UInt64(value)
        }
        let reader = try await reader(
            caller, id, DeliveryReader.Filter(status: status, reason: reason))
        return try await BlockingQueue.run { [self, first] in
            var items: [JSONValue] = []
            var next: Cursor?
            try reader.forEach(from: first, engagement: engagement(of: reader.campaign)) { view in
                if items.count == page.limit {
                    next = Cursor(
                        fingerprint: fingerprint, values: [.integer(Int64(view.ordinal))])
                    return false
                }
                items.append(view.json)
                return true
            }
            return ListPage(items: items, next: next)
        }
    }

    func reader(
        _ caller: Caller, _ id: String, _ filter: DeliveryReader.Filter
    ) async throws -> DeliveryReader {
        let record = try await database.read { db in
            try CampaignRecord.find(id, app: caller.app, db)
        }
        return reader(of: record, filter)
    }

    func reader(
        of record: CampaignRecord, _ filter: DeliveryReader.Filter
    ) -> DeliveryReader {
        DeliveryReader(
            campaign: record,
            folder: CampaignFolder(
                dataDirectory: options.dataDirectory, engineID: record.engineID),
            filter: filter)
    }

    /// What recipients of a range did.
    func engagement(
        of campaign: CampaignRecord
    ) -> (Range<UInt64>) throws -> [UInt64: DeliveryView.Engagement] {
        { [database] range in
            guard campaign.readCount > 0 || campaign.acknowledgedCount > 0 else { return [:] }
            return try database.pool.read { db in
                let rows = try Row.fetchAll(
                    db,
                    sql: """
                        SELECT * FROM engagement
                        WHERE campaign = ? AND ordinal >= ? AND ordinal < ?
                        """,
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
    package func list(
        _ caller: Caller, user: String, _ page: PageRequest
    ) async throws -> ListPage {
        let query = "user deliveries\u{0}\(user)"
        let before = page.next == nil ? Int64.max : try Paging.after(page, query: query)
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
            var last: Int64?
            for campaign in campaigns.prefix(Self.campaignsPerCall) where items.count < page.limit {
                last = campaign.pk
                let reader = reader(of: campaign, DeliveryReader.Filter(userID: user))
                try reader.forEach(from: 0, engagement: engagement(of: campaign)) { view in
                    items.append(view.json)
                    return false
                }
            }
            let isDone = last == nil || last == campaigns.last?.pk
            let next = isDone ? nil : last.map { JSONValue.integer($0) }
            return ListPage(
                items: items,
                next: next.map {
                    Cursor(fingerprint: Cursor.fingerprint(query), values: [$0])
                })
        }
    }

    // MARK: One

    /// Where a delivery is: its campaign and its ordinal.
    func locate(_ caller: Caller, _ id: String, _ db: Database) throws -> (CampaignRecord, UInt64) {
        let parts = id.split(separator: "-")
        guard parts.count == 2, let ordinal = UInt64(parts[1]), ordinal < UInt64(Int64.max),
            "\(ordinal)" == parts[1],
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM campaign WHERE app = ? AND engine_id = ?",
                arguments: [caller.app, String(parts[0])])
        else { throw Problem.notFound("delivery", id) }
        return (CampaignRecord(row), ordinal)
    }

    /// One delivery.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let (campaign, ordinal) = try await database.read { db in try locate(caller, id, db) }
        let reader = reader(of: campaign, DeliveryReader.Filter())
        return try await BlockingQueue.run { [self] in
            var found: JSONValue?
            try reader.forEach(from: ordinal, engagement: engagement(of: campaign)) { view in
                if view.ordinal == ordinal { found = view.json }
                return false
            }
            guard let found else { throw Problem.notFound("delivery", id) }
            return found
        }
    }

    package static let message = Shape.named(
        "DeliveryMessage",
        .fields([
            .required("id", .id), .required("url", .text(0...8_192)),
            .required("headers", .map(.text(0...8_192), namesMax: 64)),
            .required("body", .text(0...4_194_304)), .required("content_id", .text(64...64)),
        ]))

    /// A delivery's message, rendered again from the campaign's snapshot.
    package func message(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let (campaign, ordinal) = try await database.read { db in try locate(caller, id, db) }
        let folder = CampaignFolder(
            dataDirectory: options.dataDirectory, engineID: campaign.engineID)
        return try await BlockingQueue.run {
            guard try folder.hasSnapshot() else { throw Problem.notFound("delivery", id) }
            let snapshot = try folder.reading()
            defer { try? snapshot.close() }
            let place = Ordinal(ordinal)
            guard Int(place.page.rawValue) < snapshot.pageCount else {
                throw Problem.notFound("delivery", id)
            }
            let page = try snapshot.readPage(place.page)
            guard place.index < page.records.count,
                page.records[place.index].status != .duplicate
            else { throw Problem.notFound("delivery", id) }
            return try RenderedMessage(snapshot, page, place).json(id)
        }
    }
}

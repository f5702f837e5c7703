package import CampaignLife
package import ControlDirectory
package import Engine
package import GRDB
package import JSON

/// A campaign as it is stored.
///
/// A property's value here is its default; what the field is called, what it may be and what it
/// means stands in ``CampaignRecord/schema``. Times are Unix milliseconds.
package struct CampaignRecord: Sendable {
    /// 0 until it is stored.
    package internal(set) var pk = CampaignRowID(rawValue: 0)
    package internal(set) var app = AppRowID(rawValue: 0)
    package internal(set) var id = ""
    /// Names the campaign's folder, its deliveries and its idempotency keys.
    package internal(set) var engineID = ""
    package internal(set) var kind = CampaignKind.campaign
    package internal(set) var name = ""
    package internal(set) var title = ""
    package internal(set) var description = ""
    package internal(set) var tag: String?
    package internal(set) var senderID: String?
    package internal(set) var templateID: String?
    package internal(set) var templateVersion: Int64?
    package internal(set) var segmentIDs: [String] = []
    package internal(set) var userIDs: [String] = []
    package internal(set) var variables: JSONValue = [:]
    package internal(set) var deliveryMode = DeliveryMode.batch
    package internal(set) var guarantee = DeliveryGuarantee.atLeastOnce
    package internal(set) var quotaPolicy: QuotaPolicy?
    /// Seconds after the send within which an acknowledgement counts.
    package internal(set) var ackDeadline: Int64?
    package internal(set) var trigger = CampaignTrigger.manual
    package internal(set) var parent: String?
    package internal(set) var skipsPush = false
    package internal(set) var skipsWebhook = false
    package internal(set) var status = CampaignStatus.draft
    package internal(set) var statusReason: String?
    package internal(set) var scheduledFor: Int64?
    package internal(set) var schedule: JSONValue?
    package internal(set) var stopAt: Int64?
    package internal(set) var createdAt: Int64 = 0
    package internal(set) var updatedAt: Int64 = 0
    package internal(set) var startedAt: Int64?
    package internal(set) var completedAt: Int64?
    package internal(set) var recipients: Int64 = 0
    package internal(set) var readCount: Int64 = 0
    package internal(set) var acknowledgedCount: Int64 = 0
    package internal(set) var tally = Tally()

    /// A draft before anything is decided.
    init() {}

    /// Reads a row of the table `campaign`.
    package init(_ row: Row) { self = Self.schema.record(row) }

    /// A campaign of an app by its id.
    ///
    /// - Throws: `Problem` of `notFound`.
    package static func find(_ id: String, app: AppRowID, _ db: Database) throws -> CampaignRecord {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM campaign WHERE app = ? AND id = ?", arguments: [app, id])
        guard let row else { throw Problem.notFound("campaign", id) }
        return CampaignRecord(row)
    }

    /// A campaign by its row.
    package static func find(pk: CampaignRowID, _ db: Database) throws -> CampaignRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM campaign WHERE pk = ?", arguments: [pk])
            .map(CampaignRecord.init)
    }
}

/// What a campaign was made by.
package enum CampaignKind: String, CaseIterable, Sendable {
    case campaign
    /// One call of the notifications API.
    case notification
    /// A test message to one recipient.
    case test
}

/// Whether somebody waits for a message, or it is one of many.
package enum DeliveryMode: String, CaseIterable, Sendable {
    case realtime
    case batch
}

/// What starts a campaign.
package enum CampaignTrigger: String, CaseIterable, Sendable {
    /// A person, or a schedule.
    case manual
    /// An app's backend, which starts runs of it.
    case api
}

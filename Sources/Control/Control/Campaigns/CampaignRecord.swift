package import CampaignLife
package import ControlDirectory
package import Engine
package import GRDB
package import JSON

/// A campaign as it is stored.
package struct CampaignRecord: Sendable {
    package let pk: Int64
    package let app: Int64
    package let id: String
    /// Names the campaign's folder, its deliveries and its idempotency keys.
    package let engineID: String
    package let kind: CampaignKind
    package let name: String
    package let title: String
    package let description: String
    package let tag: String?
    package let senderID: String?
    package let templateID: String?
    package let templateVersion: Int64?
    package let segmentIDs: [String]
    package let userIDs: [String]
    package let variables: JSONValue
    package let deliveryMode: String
    package let deliveryGuarantee: String
    package let quotaPolicy: QuotaPolicy?
    /// Seconds after the send within which an acknowledgement counts.
    package let ackDeadline: Int64?
    package let trigger: String
    package let parent: String?
    package let skipsPush: Bool
    package let skipsWebhook: Bool
    package let status: CampaignStatus
    package let statusReason: String?
    package let scheduledFor: Int64?
    package let schedule: JSONValue
    package let stopAt: Int64?
    package let createdAt: Int64
    package let updatedAt: Int64
    package let startedAt: Int64?
    package let completedAt: Int64?
    package let recipients: Int64
    package let readCount: Int64
    package let acknowledgedCount: Int64
    package let tally: Tally

    package init(_ row: Row) {
        pk = row["pk"]
        app = row["app"]
        id = row["id"]
        engineID = row["engine_id"]
        kind = CampaignKind(rawValue: row["kind"]) ?? .campaign
        name = row["name"]
        title = row["title"]
        description = row["description"]
        tag = row["tag"]
        senderID = row["sender_id"]
        templateID = row["template_id"]
        templateVersion = row["template_version"]
        segmentIDs = Self.strings(row["segment_ids"])
        userIDs = Self.strings(row["user_ids"])
        variables = Self.document(row["variables"])
        deliveryMode = row["delivery_mode"]
        deliveryGuarantee = row["delivery_guarantee"]
        quotaPolicy = (row["quota_policy"] as String?).flatMap(QuotaPolicy.init(rawValue:))
        ackDeadline = row["ack_deadline"]
        trigger = row["trigger"]
        parent = row["parent"]
        skipsPush = row["skip_push"]
        skipsWebhook = row["skip_webhook"]
        status = CampaignStatus(rawValue: row["status"]) ?? .failed
        statusReason = row["status_reason"]
        scheduledFor = row["scheduled_for"]
        schedule = Self.document(row["schedule"])
        stopAt = row["stop_at"]
        createdAt = row["created_at"]
        updatedAt = row["updated_at"]
        startedAt = row["started_at"]
        completedAt = row["completed_at"]
        recipients = row["recipients"]
        readCount = row["read_count"]
        acknowledgedCount = row["acknowledged_count"]
        tally = Tally(Self.document(row["tally"]))
    }

    private static func strings(_ text: String) -> [String] {
        document(text).array?.compactMap(\.string) ?? []
    }

    private static func document(_ text: String?) -> JSONValue {
        text.flatMap { try? JSONValue(parsing: $0) } ?? .null
    }

    /// A campaign of an app by its id.
    ///
    /// - Throws: `Problem` of `notFound`.
    package static func find(_ id: String, app: Int64, _ db: Database) throws -> CampaignRecord {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM campaign WHERE app = ? AND id = ?", arguments: [app, id])
        guard let row else { throw Problem.notFound("campaign", id) }
        return CampaignRecord(row)
    }

    /// A campaign by its row.
    package static func find(pk: Int64, _ db: Database) throws -> CampaignRecord? {
        try Row.fetchOne(db, sql: "SELECT * FROM campaign WHERE pk = ?", arguments: [pk])
            .map(CampaignRecord.init)
    }
}

/// What a campaign was made by.
package enum CampaignKind: String, Sendable {
    case campaign
    /// One call of the notifications API.
    case notification
    /// A test message to one recipient.
    case test
}

import ControlDirectory
import ControlMessages
import GRDB
import JSON

/// The fields of a campaign that its maker decides, until it is launched.
struct CampaignDraft: Sendable {
    private var name: String
    private var title: String
    private var description: String
    private var tag: String?
    private var senderID: String?
    private var templateID: String?
    private var templateVersion: Int64?
    private var segmentIDs: [String]
    private var userIDs: [String]
    private var variables: JSONValue
    private var deliveryMode: String
    private var deliveryGuarantee: String
    private var quotaPolicy: String?
    private var ackDeadline: Int64?
    private var trigger: String
    private var skipsPush: Bool
    private var skipsWebhook: Bool
    private var stopAt: Int64?

    init(_ record: CampaignRecord) {
        name = record.name
        title = record.title
        description = record.description
        tag = record.tag
        senderID = record.senderID
        templateID = record.templateID
        templateVersion = record.templateVersion
        segmentIDs = record.segmentIDs
        userIDs = record.userIDs
        variables = record.variables
        deliveryMode = record.deliveryMode
        deliveryGuarantee = record.deliveryGuarantee
        quotaPolicy = record.quotaPolicy?.rawValue
        ackDeadline = record.ackDeadline
        trigger = record.trigger
        skipsPush = record.skipsPush
        skipsWebhook = record.skipsWebhook
        stopAt = record.stopAt
    }

    /// As an input that would make the same campaign.
    var json: JSONValue {
        [
            "name": .string(name), "title": .string(title), "description": .string(description),
            "tag": .text(tag), "sender_id": .text(senderID), "template_id": .text(templateID),
            "template_version": templateVersion.map { .integer($0) } ?? .null,
            "segment_ids": .array(segmentIDs.map { .string($0) }),
            "user_ids": .array(userIDs.map { .string($0) }), "variables": variables,
            "delivery_mode": .string(deliveryMode),
            "delivery_guarantee": .string(deliveryGuarantee), "quota_policy": .text(quotaPolicy),
            "ack_deadline_seconds": ackDeadline.map { .integer($0) } ?? .null,
            "trigger": .string(trigger), "skip_push": .bool(skipsPush),
            "skip_webhook": .bool(skipsWebhook),
        ]
    }

    /// Takes what a body names; null takes a value away where there may be none.
    mutating func take(_ body: JSONValue) throws {
        func strings(_ name: String) -> [String]? {
            body[name]?.array?.compactMap(\.string)
        }
        name = body["name"]?.string ?? name
        title = body["title"]?.string ?? title
        description = body["description"]?.string ?? description
        if let value = body["tag"] { tag = value.string }
        if let value = body["sender_id"] { senderID = value.string }
        if let value = body["template_id"]?.string {
            if value != templateID { templateVersion = nil }
            templateID = value
        }
        if let value = body["template_version"] { templateVersion = value.integer }
        segmentIDs = strings("segment_ids") ?? segmentIDs
        userIDs = strings("user_ids") ?? userIDs
        variables = body["variables"] ?? variables
        deliveryMode = body["delivery_mode"]?.string ?? deliveryMode
        deliveryGuarantee = body["delivery_guarantee"]?.string ?? deliveryGuarantee
        if let value = body["quota_policy"] { quotaPolicy = value.string }
        if let value = body["ack_deadline_seconds"] { ackDeadline = value.integer }
        trigger = body["trigger"]?.string ?? trigger
        skipsPush = body["skip_push"]?.bool ?? skipsPush
        skipsWebhook = body["skip_webhook"]?.bool ?? skipsWebhook
        if let value = body["stop_at"] {
            stopAt = value.string.flatMap(Timestamp.init(rfc3339:))?.milliseconds
        }
        guard variables.encoded.utf8.count <= InputLimits.documentBytes else {
            throw Problem.invalid(
                "/variables", "too_large", "expected at most \(InputLimits.documentBytes) bytes")
        }
    }

    /// Checks what the fields refer to, and pins the template's newest version when none is named.
    mutating func check(app: Int64, _ db: Database) throws {
        if !segmentIDs.isEmpty, !userIDs.isEmpty {
            throw Problem.invalid(
                "/user_ids", "mutually_exclusive", "expected either segment_ids or user_ids")
        }
        var mistakes: [FieldMistake] = []
        for (index, id) in segmentIDs.enumerated() {
            let exists = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM segment WHERE app = ? AND id = ?)",
                arguments: [app, id])
            if exists != true {
                mistakes.append(
                    FieldMistake(
                        path: "/segment_ids/\(index)", code: "unknown_reference",
                        message: "there is no segment “\(id)”"))
            }
        }
        if let templateID {
            if let template = try Templates.row(app, templateID, db) {
                let latest = template["latest_version"] as Int64
                let published = template["published_version"] as Int64?
                let version = templateVersion ?? published ?? latest
                templateVersion = version
                if !(1...latest).contains(version) {
                    mistakes.append(
                        FieldMistake(
                            path: "/template_version", code: "unknown_reference",
                            message: "expected a version from 1 to \(latest)"))
                }
            } else {
                mistakes.append(
                    FieldMistake(
                        path: "/template_id", code: "unknown_reference",
                        message: "there is no template “\(templateID)”"))
            }
        }
        guard mistakes.isEmpty else { throw Problem.invalid(mistakes) }
    }

    /// Writes the fields.
    func write(to campaign: Int64, at now: Timestamp, _ db: Database) throws {
        let list = { (ids: [String]) in JSONValue.array(ids.map { .string($0) }).encoded }
        try db.execute(
            sql: """
                UPDATE campaign SET name = ?, title = ?, description = ?, tag = ?, sender_id = ?,
                    template_id = ?, template_version = ?, segment_ids = ?, user_ids = ?,
                    variables = ?, delivery_mode = ?, delivery_guarantee = ?, quota_policy = ?,
                    ack_deadline = ?, trigger = ?, skip_push = ?, skip_webhook = ?, stop_at = ?,
                    updated_at = ?
                WHERE pk = ?
                """,
            arguments: [
                name, title, description, tag, senderID, templateID, templateVersion,
                list(segmentIDs), list(userIDs), variables.encoded, deliveryMode,
                deliveryGuarantee, quotaPolicy, ackDeadline, trigger, skipsPush, skipsWebhook,
                stopAt, now, campaign,
            ])
    }
}

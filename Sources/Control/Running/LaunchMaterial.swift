import Campaigns
import Engine
import Foundation
import GRDB
import Jinja

/// All that a campaign's launch takes from the database.
struct LaunchMaterial: Sendable {
    let document: CampaignDocument
    let columns: [SnapshotColumn]
    /// What templates see that is the same for everybody: `sender`, `campaign`, and variables.
    let constants: JSONValue
    let audience: AudienceSnapshot.Audience

    /// Reads what a campaign refers to.
    ///
    /// - Throws: `Problem` that says what cannot be used.
    init(_ record: CampaignRecord, options: ControlOptions, _ db: Database) throws {
        let content = try Self.content(of: record, db)
        document = Self.document(content, options)
        audience = try Self.audience(of: record, db)
        let templates = try CampaignTemplates(parsing: document)
        let wanted = Set(templates.references.map(\.path.root))
        var columns: [SnapshotColumn] = []
        for name in wanted.sorted() where audience.hasRecipients && !Self.reserved.contains(name) {
            columns.append(SnapshotColumn(name: name, source: .variable(name)))
        }
        self.columns = columns
        constants = record.variables
    }

    private static let reserved: Set = ["receiver", "sender", "campaign", "channel"]

    func parsedTemplates() throws -> CampaignTemplates { try CampaignTemplates(parsing: document) }

    private static func content(of record: CampaignRecord, _ db: Database) throws -> JSONValue {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT template_version.* FROM template JOIN template_version
                ON template_version.template = template.pk
                WHERE template.app = ? AND template.id = ? AND version = ?
                """, arguments: [record.app, record.templateID, record.templateVersion])
        guard let row else {
            throw Problem(.templateNotPublished, "the campaign's template version is gone")
        }
        let state: String = row["state"]
        guard state == "published" else {
            throw Problem(
                .templateNotPublished,
                "version \(record.templateVersion ?? 0) of “\(record.templateID ?? "")” is \(state)"
            )
        }
        return try JSONValue(parsing: row["content"] as String)
    }

    private static func document(_ content: JSONValue, _ options: ControlOptions)
        -> CampaignDocument
    {
        CampaignDocument(
            templateName: "body", template: content["body"]?.string ?? "",
            templateFormat: content["format"]?.string ?? "text",
            url: content["url"]?.string ?? "", method: content["method"]?.string ?? "POST",
            headers: [
                .init(
                    name: "Content-Type",
                    value: content["content_type"]?.string ?? "application/json")
            ], rate: "unlimited", burst: nil, maxInFlight: options.inFlightMax,
            connections: options.inFlightMax, shards: options.shards,
            timeoutMilliseconds: CampaignDefaults.timeoutMilliseconds,
            attempts: CampaignDefaults.attempts, guarantee: "at-least-once",
            allowsPrivateNetworks: options.allowsPrivateNetworks,
            transport: TransportKind.curl.rawValue, seed: 1)
    }

    private static func audience(
        of record: CampaignRecord, _ db: Database
    ) throws -> AudienceSnapshot.Audience {
        var audience = AudienceSnapshot.Audience()
        audience.userIDs = record.userIDs
        audience.hasRecipients =
            try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM campaign_recipient WHERE campaign = ?)",
                arguments: [record.pk]) ?? false
        for id in record.segmentIDs {
            let row = try Row.fetchOne(
                db, sql: "SELECT * FROM segment WHERE app = ? AND id = ?",
                arguments: [record.app, id])
            guard let row else { throw Problem.notFound("segment", id) }
            switch row["kind"] as String {
            case "all_users": audience.segments = ("1", [])
            default: audience.targetSegments.append(row["pk"])
            }
        }
        return audience
    }
}

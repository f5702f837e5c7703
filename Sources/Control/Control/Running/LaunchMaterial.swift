import ControlDirectory
import ControlMessages
import Engine
import Foundation
import GRDB
import JSON
import SendPlans

/// All that a campaign's launch takes from the database.
///
/// Made in a transaction, so it asks nobody: where the campaign leads is checked afterwards.
struct LaunchMaterial: Sendable {
    let document: CampaignDocument
    let templates: CampaignTemplates
    let message: MessageConstants
    let audience: AudienceSnapshot.Audience

    /// Reads what a campaign refers to.
    ///
    /// - Throws: `Problem` that says what cannot be used.
    init(_ record: CampaignRecord, options: ControlOptions, _ db: Database) throws {
        guard let templateID = record.templateID else {
            throw Problem(.templateNotPublished, "the campaign has no template")
        }
        let template = try Templates.published(
            app: record.app, id: templateID, version: record.templateVersion, db)
        try template.medium.requireAvailable(at: "/template_id")
        let provider = try WebhookProviders.settings(app: record.app, db) ?? ProviderSettings()
        var document = provider.document(
            for: template.content, name: "template \(templateID)", shards: options.shards,
            allowsPrivateNetworks: options.allowsPrivateNetworks,
            seed: UInt64.random(in: 0...UInt64(Int64.max)))
        document.guarantee = record.guarantee.name
        self.document = document
        do throws(CampaignMistakes) {
            templates = try CampaignTemplates(parsing: document)
        } catch {
            throw Problem.invalid(
                error.mistakes.map {
                    FieldMistake(path: "/template_id", code: "template_invalid", message: "\($0)")
                })
        }
        audience = try AudienceSnapshot.Audience(of: record, db)
        var scope: [String: JSONValue] = ["campaign": record.scope]
        if let senderID = record.senderID {
            scope["sender"] =
                try UserObject.json(app: record.app, id: senderID, db)
                ?? ["id": .string(senderID)]
        }
        message = MessageConstants(
            variables: MessageVariables(
                recipientNames: try Self.recipientNames(record, audience, db),
                campaign: record.variables.object ?? [:], defaults: template.defaults),
            scope: scope)
    }

    /// The columns of the snapshot.
    var layout: MessageLayout { MessageLayout(templates.references, message.variables) }

    /// The names of the variables that recipients bring.
    private static func recipientNames(
        _ record: CampaignRecord, _ audience: AudienceSnapshot.Audience, _ db: Database
    ) throws -> Set<String> {
        guard audience.hasRecipients else { return [] }
        return try Set(
            String.fetchAll(
                db,
                sql: """
                    SELECT DISTINCT variable.key FROM campaign_recipient AS recipient,
                        json_each(recipient.variables) AS variable
                    WHERE recipient.campaign = ?
                    """, arguments: [record.pk]))
    }
}

extension CampaignRecord {
    /// What templates see as `campaign`.
    fileprivate var scope: JSONValue {
        [
            "id": .string(id), "name": .string(name), "title": .string(title),
            "description": .string(description), "tag": .text(tag),
        ]
    }
}

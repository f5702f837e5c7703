import CampaignLife
import GRDB
import JSON
import Testing

@testable import Control
@testable import ControlDirectory

/// The declarations of a campaign's fields, held against what they cannot say themselves.
@Suite struct CampaignFieldTests {
    private let schema = CampaignRecord.schema
    private let now = Timestamp(milliseconds: 1_767_225_600_000)

    private func makeDatabase() throws -> DatabaseQueue {
        let queue = try DatabaseQueue()
        try ControlSchema.migrator.migrate(queue)
        return queue
    }

    @Test func theTableHasTheColumnsThatAreDeclared() throws {
        let columns = try makeDatabase().read { db in
            try db.columns(in: "campaign").filter { $0.name != "pk" }.map { column in
                "\(column.name) \(column.type)\(column.isNotNull ? " NOT NULL" : "")"
            }
        }
        // What the runner alone keeps, and no record has.
        let others = ["is_open INTEGER NOT NULL", "storage_bytes INTEGER NOT NULL"]
        #expect(columns.sorted() == (schema.columns + others).sorted())
    }

    @Test func everyPropertyOfARecordIsDeclared() {
        let properties = Mirror(reflecting: CampaignRecord()).children.count
        #expect(properties == schema.columns.count + 1)
    }

    /// The fields in a shape, however deep, that no sentence says anything about.
    private func silent(_ shape: Shape) -> [String] {
        switch shape {
        case .named(_, let inner), .described(let inner, _), .nullable(let inner),
            .array(let inner, _), .map(let inner, _):
            silent(inner)
        case .object(let object):
            object.fields.flatMap { field -> [String] in
                guard case .described(_, let meaning) = field.shape, meaning.hasSuffix(".")
                else { return [field.name] }
                return silent(field.shape)
            }
        default: []
        }
    }

    @Test func everyFieldSaysWhatItMeans() {
        let shapes = [
            CampaignShapes.creation, CampaignShapes.change, CampaignShapes.copying,
            CampaignShapes.campaign, CampaignShapes.querying, Campaigns.scheduling,
            Campaigns.receipt, Campaigns.retrying, Campaigns.recipients, Campaigns.recipient,
            Campaigns.additionReport, Campaigns.estimate, Campaigns.rehearsal, Campaigns.testing,
            Campaigns.triggering, Campaigns.run, Notifications.creation,
        ]
        for shape in shapes { #expect(silent(shape) == []) }
    }

    @Test func inputsListTheirFieldsInOrder() {
        let settable = [
            "title", "description", "tag", "sender_id", "template_version", "segment_ids",
            "user_ids", "variables", "delivery_mode", "delivery_guarantee", "quota_policy",
            "ack_deadline_seconds", "trigger", "skip_push", "skip_webhook", "limits", "stop_at",
        ]
        #expect(schema.creation.map(\.name) == ["id", "name", "template_id"] + settable)
        #expect(schema.change.map(\.name) == ["name", "template_id"] + settable)
        let required = schema.creation.filter(\.isRequired).map(\.name)
        #expect(required == ["name", "template_id"])
    }

    @Test func filtersKnowTheirFields() throws {
        let unknown = String(repeating: "z", count: 20)
        let problem = #expect(throws: Problem.self) {
            try FilteredList(
                ["filter": [unknown: 1]], schema: schema.filters(app: AppRowID(rawValue: 1)))
        }
        let names = [
            "completed_at", "created_at", "delivery_mode", "description", "id", "name",
            "scheduled_for", "segment_ids", "segments", "sender", "sender_id", "started_at",
            "status", "tag", "template_id", "title", "updated_at",
        ]
        let message = try #require(problem?.mistakes.first?.message)
        #expect(message.hasSuffix("expected one of \(names.joined(separator: ", "))"))
    }

    /// A body with a value for every field, none of them its default.
    private static let body: JSONValue = [
        "name": "n", "template_id": "t", "title": "T", "description": "d", "tag": "w",
        "sender_id": "s", "template_version": 2, "segment_ids": ["a", "b"], "user_ids": ["u"],
        "variables": ["x": ["y": 1]], "delivery_mode": "realtime",
        "delivery_guarantee": "at_most_once", "quota_policy": "trim", "ack_deadline_seconds": 5,
        "trigger": "api", "skip_push": true, "skip_webhook": true,
        "stop_at": "2026-01-31T08:00:00.000Z",
    ]

    @Test func whatABodyNamesIsStoredAndShownAsItCame() throws {
        try Shape.fields(schema.creation).check(Self.body)
        var draft = CampaignRecord(
            draftOf: AppRowID(rawValue: 1), kind: .campaign, at: now)
        schema.take(Self.body, into: &draft)
        let stored = try makeDatabase().write { [draft] db in
            _ = try schema.insert(draft, db)
            return try CampaignRecord.find(draft.id, app: AppRowID(rawValue: 1), db)
        }
        let shown = stored.json(live: nil)
        for (name, value) in Self.body.object ?? [:] { #expect(shown[name] == value, "\(name)") }
        try CampaignShapes.campaign.check(shown)
    }

    @Test func aCopyIsDecidedLikeItsSourceAndHasNoEnd() {
        var source = CampaignRecord(
            draftOf: AppRowID(rawValue: 1), kind: .notification, parent: "p", at: now)
        schema.take(Self.body, into: &source)
        source.status = .completed
        var copy = CampaignRecord(
            draftOf: AppRowID(rawValue: 1), kind: .campaign, at: now)
        copy.copy(source)
        let shown = copy.json(live: nil)
        for (name, value) in Self.body.object ?? [:] where name != "stop_at" {
            #expect(shown[name] == value, "\(name)")
        }
        #expect(shown["stop_at"] == .null)
        #expect(shown["kind"] == "campaign")
        #expect(shown["parent_id"] == .null)
        #expect(shown["status"] == "draft")
    }

    @Test func anotherTemplateTakesThePinnedVersionAway() {
        var draft = CampaignRecord(
            draftOf: AppRowID(rawValue: 1), kind: .campaign, at: now)
        schema.take(Self.body, into: &draft)
        draft.change(["template_id": "t"], at: now)
        #expect(draft.templateVersion == 2)
        draft.change(["template_id": "other"], at: now)
        #expect(draft.templateVersion == nil)
        draft.change(["template_id": "t", "template_version": 3], at: now)
        #expect(draft.templateVersion == 3)
    }
}

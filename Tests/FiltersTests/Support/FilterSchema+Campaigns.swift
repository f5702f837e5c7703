@testable import Filters

extension FilterSchema {
    /// An example: a table with texts, times, a JSON array of strings, and aliases of fields.
    static func campaigns(app: Int64) -> FilterSchema {
        func column(_ name: String, _ type: FieldType, isNullable: Bool = true) -> FilterField {
            FilterField(name, type, .column("campaign.\(name)", isNullable: isNullable))
        }
        return FilterSchema(
            kind: "campaigns", table: "campaign", key: "pk", scope: ("app", app),
            fields: [
                column("id", .string, isNullable: false),
                column("name", .string),
                column("title", .string),
                column("description", .string),
                column("status", .string, isNullable: false),
                column("sender_id", .string),
                column("template_id", .string),
                column("delivery_mode", .string),
                column("tag", .string),
                column("created_at", .time, isNullable: false),
                column("updated_at", .time, isNullable: false),
                column("started_at", .time),
                column("completed_at", .time),
                column("scheduled_for", .time),
                FilterField("segment_ids", .stringSet, .list("campaign.segment_ids")),
            ],
            aliases: ["segments": "segment_ids", "sender": "sender_id"])
    }
}

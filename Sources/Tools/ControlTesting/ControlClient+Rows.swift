import Control
import ControlDirectory
import GRDB
package import JSON

/// Rows that tests put into the database of the first app by themselves.
extension ControlClient {
    package func insertUser(
        _ id: String, name: String? = nil, attributes: JSONValue = [:], tags: [String] = [],
        endpoints: JSONValue = [], lastActiveAt: Int64? = nil
    ) async throws {
        try await control.database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO user (app, id, name, attributes, tags, endpoints, last_active_at,
                        created_at, updated_at)
                    VALUES (1, ?, ?, ?, ?, ?, ?, 0, 0)
                    """,
                arguments: [
                    id, name, attributes.encoded,
                    JSONValue.array(tags.map { .string($0) }).encoded, endpoints.encoded,
                    lastActiveAt,
                ])
            let pk = db.lastInsertedRowID
            for tag in tags {
                try db.execute(
                    sql: "INSERT OR IGNORE INTO tag (app, name) VALUES (1, ?)", arguments: [tag])
                try db.execute(
                    sql: "INSERT INTO user_tag SELECT pk, ? FROM tag WHERE app = 1 AND name = ?",
                    arguments: [pk, tag])
            }
        }
    }

    package func insertCampaign(
        _ id: String, template: String? = nil, segments: [String] = [], status: String
    ) async throws {
        try await control.database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO campaign (app, id, engine_id, kind, name, title, description,
                        template_id, segment_ids, user_ids, variables, delivery_mode,
                        delivery_guarantee, trigger, skip_push, skip_webhook, status, created_at,
                        updated_at)
                    VALUES (1, ?1, ?1, 'campaign', '', '', '', ?2, ?3, '[]', '{}', 'batch',
                        'at_least_once', 'manual', 0, 0, ?4, 0, 0)
                    """,
                arguments: [
                    id, template, JSONValue.array(segments.map { .string($0) }).encoded, status,
                ])
        }
    }
}

import Control
import ControlDirectory
import Foundation
import GRDB
import JSON
import StandInReceiver
import Testing

extension TestServer {
    /// Adds a published template whose messages go to a sink, by SQL.
    func addTemplate(
        _ id: String = "welcome", port: UInt16, body: String = "Hi {{ receiver.id }}",
        state: String = "published"
    ) async throws {
        let content: JSONValue = [
            "format": "text", "body": .string(body),
            "url": .string("http://127.0.0.1:\(port)/hook"), "content_type": "text/plain",
        ]
        try await control.database.write { db in
            try db.execute(
                sql: """
                    INSERT INTO template (app, id, name, description, channel_type, message_type,
                        latest_version, created_at, updated_at)
                    VALUES (1, ?, ?, '', 'webhook', 'marketing', 1, 0, 0)
                    """, arguments: [id, id])
            try db.execute(
                sql: """
                    INSERT INTO template_version (template, version, state, content, created_at)
                    VALUES (?, 1, ?, ?, 0)
                    """, arguments: [db.lastInsertedRowID, state, content.encoded])
        }
    }

    /// Makes all templates send to a URL, which may be a template itself.
    func setURL(_ url: String) async throws {
        try await control.database.write { db in
            try db.execute(
                sql: "UPDATE template_version SET content = json_set(content, '$.url', ?)",
                arguments: [url])
        }
    }

    /// Makes a draft to so many inline recipients.
    func addCampaign(
        _ id: String, recipients: Int, template: String = "welcome",
        _ fields: [String: JSONValue] = [:]
    ) async throws {
        var body = fields
        body["id"] = .string(id)
        body["name"] = .string(id)
        body["template_id"] = .string(template)
        let made = try await post("/v1/campaigns", .object(body))
        #expect(made.status == 201, "\(made.text)")
        var rest = recipients
        while rest > 0 {
            let count = min(rest, 10_000)
            let items = (0..<count).map { index -> JSONValue in
                ["user_id": .string("u\(rest - index)")]
            }
            let added = try await post(
                "/v1/campaigns/\(id)/recipients", ["recipients": .array(items)])
            #expect(added.status == 200, "\(added.text)")
            rest -= count
        }
    }

    /// Waits until a campaign has one of the statuses.
    func waitForCampaign(
        _ id: String, _ statuses: Set<String>, seconds: Int = 60
    ) async throws -> JSONValue {
        for _ in 0..<seconds * 50 {
            let campaign = try await get("/v1/campaigns/\(id)").json
            if let status = campaign["status"]?.string, statuses.contains(status) {
                return campaign
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("the campaign \(id) is not one of \(statuses.sorted())")
        return try await get("/v1/campaigns/\(id)").json
    }

    /// Checks that the figures of a campaign add up, and returns them.
    func stats(_ id: String) async throws -> JSONValue {
        let stats = try await get("/v1/campaigns/\(id)/stats").json
        let parts = ["sent", "failed", "skipped", "unknown", "pending"]
        let sum = parts.reduce(0) { $0 + (stats[$1]?.integer ?? 0) }
        #expect(stats["total"]?.integer == sum)
        return stats
    }
}

package import Control
import ControlDirectory
import GRDB
package import JSON

extension ControlClient {
    /// Adds a published template whose messages go to a sink, by SQL.
    package func addTemplate(
        _ id: String = "welcome", port: UInt16, body: String = "Hi {{ receiver.id }}",
        state: String = "published"
    ) async throws {
        try await control.addTemplate(
            id, url: "http://127.0.0.1:\(port)/hook", body: body, state: state)
    }

    /// Makes all templates send to a URL, which may be a template itself.
    package func setURL(_ url: String) async throws {
        try await control.database.write { db in
            try db.execute(
                sql: "UPDATE template_version SET content = json_set(content, '$.url', ?)",
                arguments: [url])
        }
    }

    /// Makes a draft to so many inline recipients.
    package func addCampaign(
        _ id: String, recipients: Int, template: String = "welcome",
        _ fields: [String: JSONValue] = [:]
    ) async throws {
        var body = fields
        body["id"] = .string(id)
        body["name"] = .string(id)
        body["template_id"] = .string(template)
        _ = try await succeed("POST", "/v1/campaigns", .object(body))
        var rest = recipients
        while rest > 0 {
            let count = min(rest, 10_000)
            let items = (0..<count).map { index -> JSONValue in
                ["user_id": .string("u\(rest - index)")]
            }
            _ = try await succeed(
                "POST", "/v1/campaigns/\(id)/recipients", ["recipients": .array(items)])
            rest -= count
        }
    }

    /// Waits until a campaign has one of the statuses.
    package func waitForCampaign(
        _ id: String, _ statuses: Set<String>, seconds: Int = 60
    ) async throws -> JSONValue {
        for _ in 0..<seconds * 50 {
            let campaign = try await get("/v1/campaigns/\(id)").json
            if let status = campaign["status"]?.string, statuses.contains(status) {
                return campaign
            }
            try await Task.sleep(for: .milliseconds(20))
        }
        throw Unexpected("the campaign \(id) is not one of \(statuses.sorted())")
    }

    /// Checks that the figures of a campaign add up, and returns them.
    package func stats(_ id: String) async throws -> JSONValue {
        let stats = try await get("/v1/campaigns/\(id)/stats").json
        let parts = ["sent", "failed", "skipped", "unknown", "pending"]
        let sum = parts.reduce(0) { $0 + (stats[$1]?.integer ?? 0) }
        guard stats["total"]?.integer == sum else {
            throw Unexpected("the figures of \(id) do not add up: \(stats.encoded)")
        }
        return stats
    }
}

extension ControlPlane {
    /// Adds a template of one version to the first app, by SQL: nothing about it is checked.
    ///
    /// - Parameters:
    ///   - id: The template's id, and its name.
    ///   - url: Where its messages go; may be a template.
    ///   - body: The text of its messages, a template.
    ///   - state: Of its version.
    /// - Throws: What the database throws.
    package func addTemplate(
        _ id: String, url: String, body: String = "Hi {{ receiver.id }}",
        state: String = "published"
    ) async throws {
        let content: JSONValue = [
            "format": "text", "body": .string(body), "url": .string(url),
            "content_type": "text/plain",
        ]
        try await database.write { db in
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
}

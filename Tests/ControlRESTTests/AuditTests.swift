import Control
import ControlOperations
import ControlTesting
import Foundation
import JSON
import StandInReceiver
import Testing

@testable import ControlREST

/// Every operation that changes something leaves an entry of who did what.
@Suite struct AuditTests {
    /// A change and what its entry is called.
    private struct Change {
        let method: String
        let path: String
        var body: JSONValue?
        var lines: String?
        let action: String
        let resource: String

        init(
            _ method: String, _ path: String, _ action: String, _ resource: String,
            _ body: JSONValue? = nil, lines: String? = nil
        ) {
            self.method = method
            self.path = path
            self.body = body
            self.lines = lines
            self.action = action
            self.resource = resource
        }
    }

    /// What is a record of its own: an app's users' acts and pings.
    private static let withoutEntry: Set<String> = [
        "read_delivery", "acknowledge_delivery", "record_engagement",
    ]

    private static let people: [Change] = [
        .init(
            "POST", "/v1/apps", "create", "app",
            ["name": "Other"]),
        .init(
            "PATCH", "/v1/app", "update", "app",
            ["name": "Mine"]),
        .init(
            "POST", "/v1/keys", "create", "key",
            ["name": "k", "permissions": ["admin"]]),
        .init("DELETE", "/v1/keys/{key}", "revoke", "key"),
        .init(
            "PUT", "/v1/limits", "update", "limits",
            ["limits": [["level": "app", "rate": "9/s"]]]),
        .init(
            "POST", "/v1/users", "create", "user",
            ["id": "a"]),
        .init(
            "PUT", "/v1/users/a", "replace", "user",
            ["name": "A"]),
        .init(
            "PATCH", "/v1/users/a", "update", "user",
            ["name": "B"]),
        .init(
            "POST", "/v1/users/bulk", "bulk", "user",
            ["users": [["id": "b"]]]),
        .init(
            "POST", "/v1/users/import", "import", "user",
            lines: "{\"id\": \"c\"}\n"),
        .init(
            "POST", "/v1/events", "report", "user_event",
            ["events": [["user_id": "a", "name": "e"]]]),
        .init("DELETE", "/v1/users/b", "delete", "user"),
        .init(
            "PUT", "/v1/attributes/city", "declare", "attribute",
            ["type": "string", "indexed": false]),
        .init("DELETE", "/v1/attributes/city", "withdraw", "attribute"),
        .init(
            "PUT", "/v1/suppressions/z", "suppress", "suppression",
            [:]),
        .init("DELETE", "/v1/suppressions/z", "release", "suppression"),
        .init(
            "POST", "/v1/suppressions/bulk", "suppress", "suppression",
            ["action": "add", "user_ids": ["y"]]),
        .init(
            "PUT", "/v1/providers/webhook", "set", "provider",
            ["timeout_ms": 900]),
        .init("DELETE", "/v1/providers/webhook", "delete", "provider"),
        .init(
            "POST", "/v1/segments", "create", "segment",
            ["id": "s", "name": "S"]),
        .init(
            "PATCH", "/v1/segments/s", "update", "segment",
            ["name": "S"]),
        .init(
            "POST", "/v1/segments/s/targets/add", "add_targets", "segment",
            ["target_ids": ["a"]]),
        .init(
            "POST", "/v1/segments/s/targets/remove", "remove_targets", "segment",
            ["target_ids": ["a"]]),
        .init(
            "POST", "/v1/segments", "create", "segment",
            ["id": "all", "name": "All", "all_users": true]),
        .init("POST", "/v1/segments/all/count", "count", "segment"),
        .init("DELETE", "/v1/segments/s", "delete", "segment"),
    ]

    private static func messages(_ receiver: UInt16) -> [Change] {
        let url = JSONValue.string("http://127.0.0.1:\(receiver)/events")
        return [
            .init(
                "POST", "/v1/templates", "create", "template",
                .template("x", id: "t")),
            .init(
                "PATCH", "/v1/templates/t", "update", "template",
                ["name": "T"]),
            .init(
                "POST", "/v1/templates/t/versions", "create_version", "template",
                ["content": .content("y")]),
            .init("POST", "/v1/templates/t/versions/1/publish", "publish", "template"),
            .init(
                "POST", "/v1/templates/t/versions/2/reject", "reject", "template",
                ["reason": "no"]),
            .init("DELETE", "/v1/templates/t", "delete", "template"),
            .init(
                "POST", "/v1/event_webhooks", "create", "event_webhook",
                ["url": url]),
            .init(
                "PATCH", "/v1/event_webhooks/{webhook}", "update", "event_webhook",
                ["description": "d"]),
            .init(
                "POST", "/v1/event_webhooks/{webhook}/rotate_secret", "rotate_secret",
                "event_webhook"),
            .init("POST", "/v1/event_webhooks/{webhook}/test", "test", "event_webhook"),
            .init(
                "POST", "/v1/event_webhooks/{webhook}/messages/{message}/replay", "replay",
                "event_message"),
            .init("DELETE", "/v1/event_webhooks/{webhook}", "delete", "event_webhook"),
        ]
    }

    private static let campaigns: [Change] = [
        .init(
            "POST", "/v1/notifications", "create", "notification",
            ["template_id": "welcome", "targets": [["user_id": "a"]]]),
        .init(
            "POST", "/v1/campaigns", "create", "campaign",
            ["id": "c", "name": "c", "template_id": "welcome", "trigger": "api"]),
        .init(
            "PATCH", "/v1/campaigns/c", "update", "campaign",
            ["title": "t"]),
        .init(
            "POST", "/v1/campaigns/c/recipients", "add_recipients", "campaign",
            ["recipients": [["user_id": "a"]]]),
        .init(
            "POST", "/v1/campaigns/c/recipients/upload", "upload_recipients", "campaign",
            lines: "{\"user_id\": \"b\"}\n"),
        .init(
            "POST", "/v1/campaigns/c/recipients/remove", "remove_recipients", "campaign",
            ["user_ids": ["b"]]),
        .init(
            "POST", "/v1/campaigns/c/copy", "copy", "campaign",
            ["id": "d"]),
        .init(
            "POST", "/v1/campaigns/c/test", "test", "campaign",
            ["user_id": "me"]),
        .init(
            "POST", "/v1/campaigns/c/trigger", "trigger", "campaign",
            ["idempotency_key": "1"]),
        .init(
            "POST", "/v1/campaigns/c/schedule", "schedule", "campaign",
            ["at": "2999-01-01T00:00:00Z"]),
        .init("POST", "/v1/campaigns/c/unschedule", "unschedule", "campaign"),
        .init(
            "PUT", "/v1/limits", "update", "limits",
            ["limits": [["level": "campaign", "name": "c", "rate": "1/h", "burst": 1]]]),
        .init(
            "POST", "/v1/campaigns/c/recipients", "add_recipients", "campaign",
            ["recipients": [["user_id": "x"], ["user_id": "y"]]]),
        .init("POST", "/v1/campaigns/c/start", "start", "campaign"),
        .init("POST", "/v1/campaigns/c/pause", "pause", "campaign"),
        .init("POST", "/v1/campaigns/c/resume", "resume", "campaign"),
        .init("POST", "/v1/campaigns/c/stop", "stop", "campaign"),
        .init("DELETE", "/v1/campaigns/d", "delete", "campaign"),
    ]

    @Test func everyChangeIsInTheLogWithItsAuthor() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            var ids: [String: String] = [:]
            var seen: Set<String> = []
            for change in Self.people + Self.messages(sink.port) + Self.campaigns {
                try await check(change, &ids, &seen, server)
            }
            try await checkRetry(sink, &seen, server)
            let changing = RouteTable.routes.filter {
                !$0.operation.isReading && $0.operation.permission != nil
            }.map(\.operation.name)
            let missed = Set(changing).subtracting(seen).subtracting(Self.withoutEntry)
            #expect(missed.isEmpty, "these changes are not looked at: \(missed.sorted())")
        }
    }

    /// Makes a change and looks for its entry among those that are new.
    private func check(
        _ change: Change, _ ids: inout [String: String], _ seen: inout Set<String>,
        _ server: TestServer
    ) async throws {
        var path = change.path
        for (name, id) in ids { path = path.replacingOccurrences(of: "{\(name)}", with: id) }
        let last = try await server.get("/v1/audit?limit=1").json["entries"]?.array?.first
        let reply = try await server.send(
            change.method, path, change.lines == nil ? change.body : nil,
            headers: change.lines == nil ? [:] : ["Content-Type": "application/x-ndjson"],
            bytes: change.lines.map { Data($0.utf8) })
        #expect(reply.status < 300, "\(change.method) \(path): \(reply.text)")
        seen.insert(RouteTable.route(change.method, path)?.operation.name ?? "")
        note(reply.json, of: change, &ids)
        let log = try await server.get("/v1/audit?limit=100")
        // A run adds its own meanwhile.
        let entries = (log.json["entries"]?.array ?? []).prefix { $0["id"] != last?["id"] }
        let entry = entries.first {
            $0["action"]?.string == change.action && $0["resource"]?.string == change.resource
        }
        let found = entries.map {
            "\($0["action"]?.string ?? "") \($0["resource"]?.string ?? "")"
        }
        #expect(entry != nil, "\(change.method) \(path) is not in the log: \(found)")
        #expect(entry?["actor"]?.string?.hasPrefix("key:") ?? true)
        let isShown = entry?["before"]?.isNull == false || entry?["after"]?.isNull == false
        // What was known of a person goes with the person.
        let isSilent = change.action == "count" || path == "/v1/users/b"
        #expect(isShown || isSilent, "\(change.method) \(path) shows nothing")
    }

    private func note(_ answer: JSONValue, of change: Change, _ ids: inout [String: String]) {
        guard change.method == "POST", let id = answer["id"]?.string else { return }
        switch change.path {
        case "/v1/keys": ids["key"] = id
        case "/v1/event_webhooks": ids["webhook"] = id
        case "/v1/event_webhooks/{webhook}/test": ids["message"] = id
        default: break
        }
    }

    private func checkRetry(
        _ sink: Sink, _ seen: inout Set<String>, _ server: TestServer
    ) async throws {
        try await server.setURL("{{ nothing }}")
        try await server.addCampaign("r", recipients: 1)
        _ = try await server.post("/v1/campaigns/r/start")
        _ = try await server.waitForCampaign("r", ["completed_partial", "failed"])
        var ids: [String: String] = [:]
        try await check(
            .init(
                "POST", "/v1/campaigns/r/retry_failed", "retry_failed", "campaign",
                ["scope": ["skipped"]]), &ids, &seen, server)
        let log = try await server.get("/v1/audit?resource=campaign&resource_id=r&limit=100")
        let entry = log.json["entries"]?.array?.first { $0["action"] == "retry_failed" }
        #expect(entry?["after"]?["retried"] == 1)
        #expect(entry?["after"]?["scope"] == ["skipped"])
    }
}

import Control
import ControlOperations
import ControlTesting
import JSON
import StandInReceiver
import Testing

@testable import ControlREST

/// Nothing of one app is visible to another, whatever the kind of the id.
@Suite struct ScopingTests {
    /// Operations whose path names what the caller's own app need not have.
    private static let making: Set<String> = [
        "put_user", "declare_attribute", "suppress", "put_provider",
    ]

    /// A body that each operation takes, where it needs one.
    private static func body(_ route: Route) -> JSONValue? {
        switch route.operation.name {
        case "update_user", "update_campaign", "update_template", "update_segment":
            ["name": "n"]
        case "create_template_version": ["content": .content("y")]
        case "reject_template_version": ["reason": "no"]
        case "preview_template", "preview_template_version": [:]
        case "add_recipients": ["recipients": [["user_id": "a"]]]
        case "remove_recipients": ["user_ids": ["a"]]
        case "test_campaign": ["user_id": "a"]
        case "schedule_campaign": ["at": "2999-01-01T00:00:00Z"]
        case "add_segment_targets", "remove_segment_targets": ["target_ids": ["a"]]
        case "make_engagement_link": ["action": "read"]
        case "update_event_webhook": ["description": "d"]
        default: nil
        }
    }

    /// Makes one of each kind in the first app.
    private func makeAll(_ server: TestServer, _ sink: Sink) async throws -> [String: String] {
        try await server.addTemplate(port: sink.port)
        _ = try await server.post("/v1/users", ["id": "u1"])
        _ = try await server.post("/v1/segments", ["id": "s", "name": "S"])
        _ = try await server.post("/v1/segments/s/targets/add", ["target_ids": ["u1"]])
        _ = try await server.send("PUT", "/v1/suppressions/z")
        _ = try await server.send(
            "PUT", "/v1/attributes/city", ["type": "string", "indexed": false])
        _ = try await server.send("PUT", "/v1/providers/webhook", ["timeout_ms": 3_000])
        let webhook = try await server.addWebhook("http://127.0.0.1:\(sink.port)/events")
        let message = try await server.ping(webhook)
        let key = try await server.post("/v1/keys", ["name": "k", "permissions": ["admin"]])
        try await server.addCampaign("c", recipients: 1)
        _ = try await server.post("/v1/campaigns/c/start")
        _ = try await server.waitForCampaign("c", ["completed"])
        let batch = try await server.post(
            "/v1/notifications", ["template_id": "welcome", "targets": [["user_id": "u1"]]])
        let delivery = try await server.get("/v1/campaigns/c/deliveries").json["deliveries"]?
            .array?.first?["id"]?.string
        return [
            "users": "u1", "segments": "s", "suppressions": "z", "attributes": "city",
            "providers": "webhook", "event_webhooks": webhook, "messages": message,
            "keys": try #require(key.json["id"]?.string), "campaigns": "c",
            "templates": "welcome", "versions": "1", "targets": "u1",
            "notifications": try #require(batch.json["batch_id"]?.string),
            "deliveries": try #require(delivery), "executions": try #require(delivery),
        ]
    }

    @Test func anotherAppsIdsAnswer404WhateverIsAskedOfThem() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            let ids = try await makeAll(server, sink)
            let app = try await server.post("/v1/apps", ["name": "Other"])
            let other = try #require(app.json["key"]?.string)
            for route in RouteTable.routes
            where !route.operation.ids.isEmpty && route.operation.permission != nil
                && !Self.making.contains(route.operation.name)
            {
                if case .stream = route.operation.input { continue }
                var parts: [String] = []
                for part in route.path.split(separator: "/").map(String.init) {
                    let id = part.hasPrefix("{") ? ids[parts.last ?? ""] : part
                    parts.append(try #require(id, "no id for \(part) of \(route.path)"))
                }
                let reply = try await server.send(
                    route.method.rawValue, "/" + parts.joined(separator: "/"),
                    Self.body(route), key: other)
                // A user's deliveries are found by an id that need not be a user's.
                if route.operation.name == "list_user_deliveries" {
                    #expect(reply.json["deliveries"] == [])
                } else {
                    #expect(reply.status == 404, "\(route.operation.name): \(reply.text)")
                }
            }
            let upload = try await server.send(
                "POST", "/v1/campaigns/c/recipients/upload", key: other,
                headers: ["Content-Type": "text/csv"], bytes: .init("user_id\na\n".utf8))
            #expect(upload.status == 404)
        }
    }
}

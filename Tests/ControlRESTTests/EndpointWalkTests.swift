import Control
import ControlTesting
import JSON
import StandInReceiver
import Testing

/// Every operation of the API on one server, in an order in which an app may come to them.
@Suite struct EndpointWalkTests {
    @Test func everyOperationHasSuccessForItsAppAloneAndForNobodyWithoutAKey() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        let hook = JSONValue.string("http://127.0.0.1:\(sink.port)/hook")
        try await TestServer.with { server in
            let walk = EndpointWalk(server)
            try await walk.addStranger()
            for name in ["health", "readiness", "openapi", "metrics"] { try await walk.call(name) }
            try await walkIdentity(walk)
            try await walkUsers(walk)
            try await walkSegments(walk)
            try await walkTemplates(walk, hook)
            try await walkProvidersAndLimits(walk, hook)
            try await walkDraft(walk)
            try await walkRun(walk)
            try await walkDeliveries(walk)
            try await walkMessaging(walk, hook)
            try await walkRemovals(walk)
            let all = Set(walk.routes.keys)
            #expect(!all.isEmpty)
            #expect(all.subtracting(walk.reached).sorted() == [], "operations without a step")
        }
    }

    private func walkIdentity(_ walk: EndpointWalk) async throws {
        try await walk.call("list_apps")
        try await walk.call("get_app")
        try await walk.call("update_app", ["name": "First"])
        let key = try await walk.call(
            "create_key", ["name": "ci", "permissions": ["view_campaigns"]])
        let id = try #require(key["id"]?.string)
        try await walk.call("list_keys")
        try await walk.call("get_key", at: [id])
        try await walk.call("revoke_key", at: [id])
        try await walk.call("list_audit")
    }

    private func walkUsers(_ walk: EndpointWalk) async throws {
        try await walk.call("declare_attribute", at: ["plan"], ["type": "string", "indexed": true])
        try await walk.call("list_attributes")
        try await walk.call("create_user", ["id": "ada", "attributes": ["plan": "pro"]])
        try await walk.call("put_user", at: ["bob"], ["name": "Bob"])
        try await walk.call("get_user", at: ["bob"])
        try await walk.call("update_user", at: ["bob"], ["attributes": ["plan": "free"]])
        try await walk.call("bulk_users", ["users": [["id": "cid"], ["id": "dan"]]])
        try await walk.call(
            "import_users", file: ("text/csv", "user_id,name,plan\neve,Eve,pro\nfay,Fay,free\n"))
        let users = try await walk.call("query_users", ["filter": ["plan": "pro"]])
        #expect(users["users"]?.array?.map { $0["id"] } == ["ada", "eve"])
        try await walk.call("report_events", ["events": [["user_id": "ada", "name": "opened"]]])
        try await walk.call("suppress", at: ["dan"], ["note": "asked to"])
        try await walk.call("list_suppressions")
        try await walk.call("release", at: ["dan"])
        try await walk.call("bulk_suppressions", ["action": "add", "user_ids": ["dan"]])
    }

    private func walkSegments(_ walk: EndpointWalk) async throws {
        try await walk.call(
            "create_segment", ["id": "pro", "name": "Pro", "filter": ["plan": "pro"]])
        try await walk.call("get_segment", at: ["pro"])
        try await walk.call("update_segment", at: ["pro"], ["description": "Who pays"])
        try await walk.call("query_segments", [:])
        try await walk.call("count_segment", at: ["pro"])
        try await walk.call("create_segment", ["id": "list", "name": "List"])
        try await walk.call("add_segment_targets", at: ["list"], ["target_ids": ["bob", "cid"]])
        try await walk.call("get_segment_target", at: ["list", "bob"])
        try await walk.call("list_segment_targets", at: ["list"])
        try await walk.call("query_segment_targets", at: ["list"], ["filter": ["target_id": "cid"]])
        try await walk.call("remove_segment_targets", at: ["list"], ["target_ids": ["cid"]])
    }

    private func walkTemplates(_ walk: EndpointWalk, _ hook: JSONValue) async throws {
        func content(_ body: JSONValue) -> JSONValue {
            ["format": "text", "body": body, "url": hook, "content_type": "text/plain"]
        }
        try await walk.call("create_template", .template(content("Hi {{ nme }}"), id: "hi"))
        try await walk.call("list_templates")
        try await walk.call("get_template", at: ["hi"])
        try await walk.call("update_template", at: ["hi"], ["description": "A greeting"])
        try await walk.call("preview_template", at: ["hi"], ["variables": ["name": "Ada"]])
        try await walk.call(
            "create_template_version", at: ["hi"], ["content": content("Hi {{ name }}")])
        try await walk.call("list_template_versions", at: ["hi"])
        try await walk.call("get_template_version", at: ["hi", "2"])
        try await walk.call("preview_template_version", at: ["hi", "2"], [:])
        try await walk.call("reject_template_version", at: ["hi", "1"], ["reason": "misspelt"])
        try await walk.call("publish_template_version", at: ["hi", "2"])
    }

    private func walkProvidersAndLimits(_ walk: EndpointWalk, _ hook: JSONValue) async throws {
        try await walk.call("put_provider", at: ["webhook"], ["url": hook, "attempts": 1])
        try await walk.call("list_providers")
        try await walk.call("get_provider", at: ["webhook"])
        try await walk.call("put_limits", ["limits": [["level": "app", "in_flight": 100]]])
        try await walk.call("get_limits")
        try await walk.call("get_quota")
    }

    /// Makes the campaign “spring”, of four recipients and so slow that it has to be asked to end.
    private func walkDraft(_ walk: EndpointWalk) async throws {
        try await walk.call(
            "create_campaign",
            [
                "id": "spring", "name": "Spring", "template_id": "hi",
                "variables": ["name": "you"], "limits": ["rate": "1/h"],
            ])
        try await walk.call("list_campaigns")
        try await walk.call("query_campaigns", ["filter": ["status": "draft"]])
        try await walk.call("update_campaign", at: ["spring"], ["title": "Spring is here"])
        try await walk.call(
            "add_recipients", at: ["spring"],
            ["recipients": [["user_id": "ada"], ["user_id": "bob"], ["user_id": "cid"]]])
        try await walk.call(
            "upload_recipients", at: ["spring"],
            file: ("text/csv", "user_id,name\neve,Eve\nfay,Fay\n"))
        try await walk.call("list_recipients", at: ["spring"])
        try await walk.call("remove_recipients", at: ["spring"], ["user_ids": ["fay"]])
        try await walk.call("copy_campaign", at: ["spring"], ["id": "again"])
        try await walk.call("estimate_campaign", at: ["spring"])
        try await walk.call("rehearse_campaign", at: ["spring"])
        try await walk.call("test_campaign", at: ["spring"], ["user_id": "me"])
        try await walk.call("schedule_campaign", at: ["spring"], ["at": "2999-01-01T00:00:00Z"])
        try await walk.call("unschedule_campaign", at: ["spring"])
    }

    private func walkRun(_ walk: EndpointWalk) async throws {
        try await walk.call("start_campaign", at: ["spring"])
        try await walk.call("pause_campaign", at: ["spring"])
        try await walk.call("resume_campaign", at: ["spring"])
        try await walk.call("stop_campaign", at: ["spring"])
        try await walk.call("get_campaign_stats", at: ["spring"])
        try await walk.call(
            "put_limits",
            ["limits": [["level": "campaign", "name": "spring", "rate": "unlimited"]]])
        try await walk.call("retry_failed", at: ["spring"], ["scope": ["pending"]])
        _ = try await walk.server.waitForCampaign("spring", ["completed"])
        let campaign = try await walk.call("get_campaign", at: ["spring"])
        #expect(campaign["stats"]?["sent"] == 4)
        try await walk.call(
            "create_campaign",
            [
                "id": "events", "name": "Events", "template_id": "hi", "trigger": "api",
                "segment_ids": ["list"],
            ])
        let run = try await walk.call("trigger_campaign", at: ["events"], ["idempotency_key": "1"])
        _ = try await walk.server.waitForCampaign(
            try #require(run["run_id"]?.string), ["completed"])
    }

    private func walkDeliveries(_ walk: EndpointWalk) async throws {
        let list = try await walk.call("list_deliveries", at: ["spring"])
        let ids = list["deliveries"]?.array?.compactMap { $0["id"]?.string } ?? []
        try #require(ids.count == 4)
        try await walk.call("list_user_deliveries", at: ["ada"])
        try await walk.call("get_delivery", at: [ids[0]])
        try await walk.call("get_delivery_message", at: [ids[0]])
        try await walk.call("export_deliveries", at: ["spring"])
        let executions = try await walk.call("list_executions", at: ["spring"])
        let execution = try #require(executions["executions"]?.array?.first?["id"]?.string)
        try await walk.call("get_execution", at: [execution])
        try await walk.call("read_delivery", at: [ids[0]])
        try await walk.call("acknowledge_delivery", at: [ids[1]])
        let report = try await walk.call(
            "record_engagement", ["items": [["id": .string(ids[2]), "action": "read"]]])
        #expect(report["recorded"] == 1)
        let link = try await walk.call("make_engagement_link", at: [ids[3]], ["action": "read"])
        let token = try #require(link["url"]?.string?.split(separator: "/").last)
        try await walk.call("follow_engagement_link", at: [String(token)])
        #expect(try await walk.server.stats("spring")["read"] == 4)
    }

    private func walkMessaging(_ walk: EndpointWalk, _ hook: JSONValue) async throws {
        let batch = try await walk.call(
            "send_notification", ["template_id": "hi", "targets": [["user_id": "ada"]]])
        try await walk.call(
            "get_notification", at: [try #require(batch["batch_id"]?.string)])
        let made = try await walk.call("create_event_webhook", ["url": hook])
        let webhook = try #require(made["id"]?.string)
        try await walk.call("list_event_webhooks")
        try await walk.call("get_event_webhook", at: [webhook])
        try await walk.call("update_event_webhook", at: [webhook], ["description": "Ours"])
        try await walk.call("rotate_event_webhook_secret", at: [webhook])
        let ping = try await walk.call("test_event_webhook", at: [webhook])
        let message = try #require(ping["id"]?.string)
        try await walk.call("list_event_messages", at: [webhook])
        try await walk.call("get_event_message", at: [webhook, message])
        try await walk.call("replay_event_message", at: [webhook, message])
        try await walk.call("delete_event_webhook", at: [webhook])
    }

    private func walkRemovals(_ walk: EndpointWalk) async throws {
        for id in ["again", "spring", "events"] {
            try await walk.call("delete_campaign", at: [id])
        }
        for id in ["pro", "list"] { try await walk.call("delete_segment", at: [id]) }
        try await walk.call("delete_provider", at: ["webhook"])
        try await walk.call("delete_user", at: ["bob"])
        try await walk.call("withdraw_attribute", at: ["plan"])
        try await walk.call(
            "create_template",
            .template(["format": "text", "body": "x", "content_type": "text/plain"], id: "spare"))
        try await walk.call("delete_template", at: ["spare"])
    }
}

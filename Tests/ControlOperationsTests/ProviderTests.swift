import Control
import ControlDirectory
import ControlMessages
import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct ProviderTests {
    @Test func aProviderIsSetReadAndForgottenWithItsSecretsMasked() async throws {
        try await TestAPI.with { api in
            #expect(try await api.get("/v1/providers/webhook").status == 404)
            let set = try await api.send(
                "PUT", "/v1/providers/webhook",
                [
                    "url": "http://127.0.0.1:9/hook", "headers": ["Authorization": "Bearer s3cret"],
                    "timeout_ms": 2_000, "connections": 8,
                ])
            #expect(set.status == 200, "\(set.text)")
            try ProviderSettings.shape.check(set.json)
            #expect(set.json["method"] == "POST")
            #expect(set.json["attempts"] == 5)
            #expect(set.json["headers"]?["Authorization"]?.string == ProviderSettings.mask)
            let list = try await api.get("/v1/providers")
            #expect(list.json["providers"]?.array?.count == 1)
            let audit = try await api.get("/v1/audit?resource=provider")
            #expect(audit.json["entries"]?.array?.count == 1)
            for reply in [set, list, audit] { #expect(!reply.text.contains("s3cret")) }
            let stored = try await api.control.database.read { db in
                try WebhookProviders.settings(app: .first, db)
            }
            #expect(stored?.headers == ["Authorization": "Bearer s3cret"])
            #expect(stored?.timeoutMilliseconds == 2_000)

            let masked = try await api.send(
                "PUT", "/v1/providers/webhook",
                ["headers": ["Authorization": .string(ProviderSettings.mask)]])
            #expect(masked.json["errors"]?.array?.first?["path"] == "/headers/Authorization")
            #expect(try await api.send("DELETE", "/v1/providers/webhook").status == 204)
            #expect(try await api.get("/v1/providers/webhook").status == 404)
        }
    }

    @Test func theProvidersHeadersAreMaskedInMessagesThatWereSent() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            _ = try await api.send(
                "PUT", "/v1/providers/webhook", ["headers": ["Authorization": "Bearer s3cret"]])
            let content: JSONValue = [
                "format": "text", "body": "x", "headers": ["X-Own": "{{ receiver.id }}"],
                "url": .string("http://127.0.0.1:\(sink.port)/hook"),
            ]
            _ = try await api.post("/v1/templates", .template(content, id: "t"))
            _ = try await api.post("/v1/templates/t/versions/1/publish")
            try await api.addCampaign("c", recipients: 1, template: "t")
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed"])
            // Also when the provider has others by now.
            _ = try await api.send("DELETE", "/v1/providers/webhook")
            let list = try await api.get("/v1/campaigns/c/deliveries")
            let id = try #require(list.json["deliveries"]?.array?.first?["id"]?.string)
            let message = try await api.get("/v1/deliveries/\(id)/message")
            let headers = message.json["headers"]
            #expect(headers?["Authorization"]?.string == ProviderSettings.mask)
            #expect(headers?["X-Own"] == "u1")
            #expect(headers?["webhook-id"]?.string == id)
            #expect(!message.text.contains("s3cret"))
        }
    }

    @Test func whatCannotBeCalledIsRefused() async throws {
        try await TestAPI.with({ $0.allowsPrivateNetworks = false }) { api in
            for (body, path, code) in [
                (["url": "http://127.0.0.1:9/hook"], "/url", "private_address"),
                (["url": "ftp://example.com"], "/url", "url_invalid"),
                (["url": "https://{{ x"], "/url", "template_syntax"),
                (["headers": ["Host name": "x"]], "/headers/Host name", "header_invalid"),
                (["headers": ["X-A": "{% if %}"]], "/headers/X-A", "template_syntax"),
            ] as [(JSONValue, String, String)] {
                let reply = try await api.send("PUT", "/v1/providers/webhook", body)
                #expect(reply.status == 422)
                let mistake = reply.json["errors"]?.array?.first
                #expect(mistake?["path"]?.string == path)
                #expect(mistake?["code"]?.string == code)
            }
            let content: JSONValue = [
                "format": "text", "body": "x", "url": "http://localhost:9/hook",
            ]
            let template = try await api.post("/v1/templates", .template(content))
            #expect(template.json["errors"]?.array?.first?["path"] == "/content/url")
        }
    }

    @Test func onlyWebhooksCanBeSetUp() async throws {
        try await TestAPI.with { api in
            let push = try await api.send("PUT", "/v1/providers/push", [:])
            #expect(push.status == 422)
            #expect(try await api.send("PUT", "/v1/providers/pigeon", [:]).status == 404)
        }
    }
}

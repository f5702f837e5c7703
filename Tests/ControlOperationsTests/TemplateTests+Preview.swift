import Control
import ControlDirectory
import ControlMessages
import ControlTesting
import JSON
import Testing

@Suite struct TemplatePreviewTests {
    @Test func aPreviewShowsTheRequestForASampleAndWhatIsMissing() async throws {
        try await TestAPI.with { api in
            let content: JSONValue = [
                "format": "json",
                "body": [
                    "text": "Hi {{ receiver.name }} of {{ receiver.city }}{{ gone }}",
                    "code": "{{ code }}", "kind": "{{ kind }}",
                    "tags": "{{ receiver.tags | join(',') }}",
                ],
                "url": "https://example.com/{{ receiver.id }}",
                "headers": ["X-City": "{{ receiver.attributes.city }}", "X-Fixed": "1"],
            ]
            guard case .object(var template) = JSONValue.template(content, id: "t") else { return }
            template["variable_schema"] = [
                "type": "object", "additionalProperties": true,
                "properties": ["kind": ["type": "string", "default": "usual"]],
            ]
            let made = try await api.post("/v1/templates", .object(template))
            #expect(made.status == 201, "\(made.text)")
            let reply = try await api.post(
                "/v1/templates/t/preview",
                [
                    "variables": ["code": "\"1\""],
                    "sample": [
                        "id": "u7", "name": "Zoë", "tags": ["a", "b"],
                        "attributes": ["city": "Rome"],
                    ],
                ])
            #expect(reply.status == 200, "\(reply.text)")
            try Templates.preview.check(reply.json)
            #expect(
                reply.json["body"]
                    == #"{"code":"\"1\"","kind":"usual","tags":"a,b","text":"Hi Zoë of Rome"}"#)
            #expect(reply.json["url"] == "https://example.com/u7")
            #expect(reply.json["missing_variables"] == ["gone"])
            #expect(
                reply.json["headers"]
                    == ["Content-Type": "application/json", "X-City": "Rome", "X-Fixed": "1"])
            #expect(
                reply.json["bytes"]?.integer
                    == reply.json["body"]?.string.map { Int64($0.utf8.count) })
            let empty = try await api.post("/v1/templates/t/preview")
            #expect(empty.status == 200)
            #expect(empty.json["url"] == "https://example.com/sample")
        }
    }

    @Test func aStoredUserIsTheReceiverAndAnotherOneTheSender() async throws {
        try await TestAPI.with { api in
            try await api.insertUser(
                "ada", name: "Ada",
                attributes: ["city": "London", "vip": true, "n": 5, "quote": "a\"b"],
                endpoints: [["type": "webhook", "url": "https://ada.example/hook"]],
                lastActiveAt: 1_700_000_000_123)
            try await api.insertUser("bob", name: "Bob", attributes: ["city": "Paris"])
            let body = """
                {{ receiver.name }}/{{ receiver.city }}/{{ receiver.vip }}/{{ receiver.n + 1 }}/{{ receiver.quote }}/\
                {{ receiver.last_active_at }}/{{ sender.name }}/{{ sender.city }}/\
                {{ sender.attributes.city }}/{{ receiver.gone }}
                """
            _ = try await api.post("/v1/templates", .template(.string(body), id: "t"))
            let reply = try await api.post(
                "/v1/templates/t/versions/1/preview", ["user_id": "ada", "sender_id": "bob"])
            #expect(
                reply.json["body"]
                    == "Ada/London/True/6/a\"b/2023-11-14T22:13:20.123Z/Bob/Paris/Paris/",
                "\(reply.text)")
            #expect(reply.json["url"] == "https://ada.example/hook")
            #expect(reply.json["missing_variables"]?.array?.count == 1)
            let bob = try await api.post("/v1/templates/t/preview", ["user_id": "bob"])
            #expect(bob.status == 422)
            let whole = try await api.post(
                "/v1/templates", .template("{{ receiver | tojson }}", id: "whole"))
            #expect(whole.status == 201)
            let all = try await api.post("/v1/templates/whole/preview", ["user_id": "ada"])
            let receiver = try JSONValue(parsing: all.json["body"]?.string ?? "")
            #expect(receiver["id"] == "ada")
            #expect(receiver["attributes"]?["city"] == "London")
            #expect(receiver["webhook_url"] == "https://ada.example/hook")
            #expect(receiver["locale"] == nil)
            for (field, path) in [("user_id", "/user_id"), ("sender_id", "/sender_id")] {
                let reply = try await api.post(
                    "/v1/templates/whole/preview", [field: "nobody"])
                #expect(reply.json["errors"]?.array?.first?["path"]?.string == path)
            }
        }
    }

    @Test func aRenderThatFailsIsNamedWithItsLine() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/templates", .template("a\n{{ 1 // n }}", id: "t"))
            let reply = try await api.post(
                "/v1/templates/t/preview", ["variables": ["n": 0]])
            #expect(reply.status == 422)
            let mistake = try #require(reply.json["errors"]?.array?.first)
            #expect(mistake["path"] == "/content/body")
            #expect(mistake["line"] == 2)
            var content: JSONValue = ["format": "text", "body": "{{ gone }}", "strict": true]
            _ = try await api.post("/v1/templates", .template(content, id: "strict"))
            #expect(try await api.post("/v1/templates/strict/preview").status == 422)
            content = ["format": "text", "body": "", "url": "{{ receiver.name }}"]
            _ = try await api.post("/v1/templates", .template(content, id: "url"))
            let url = try await api.post(
                "/v1/templates/url/preview", ["sample": ["name": "no url"]])
            #expect(url.json["errors"]?.array?.first?["path"] == "/content/url")
        }
    }

    @Test func theProvidersHeadersAreMaskedInAPreview() async throws {
        try await TestAPI.with { api in
            _ = try await api.send(
                "PUT", "/v1/providers/webhook",
                [
                    "url": "http://127.0.0.1:9/{{ receiver.id }}",
                    "headers": ["Authorization": "Bearer s3cret", "X-Both": "theirs"],
                ])
            let content: JSONValue = [
                "format": "text", "body": "x", "headers": ["x-both": "mine"], "method": "PUT",
            ]
            _ = try await api.post("/v1/templates", .template(content, id: "t"))
            let reply = try await api.post("/v1/templates/t/preview", ["sample": ["id": "u"]])
            #expect(reply.json["url"] == "http://127.0.0.1:9/u")
            #expect(reply.json["method"] == "PUT")
            #expect(reply.json["headers"]?["x-both"] == "mine")
            #expect(reply.json["headers"]?["Authorization"]?.string == ProviderSettings.mask)
            #expect(!reply.text.contains("s3cret"))
        }
    }
}

import Control
import ControlDirectory
import ControlMessages
import ControlTesting
import GRDB
import JSON
import Testing

@Suite struct TemplateTests {
    @Test func versionsGoFromDraftToPublishedOrRejectedAndNoFurther() async throws {
        try await TestAPI.with { api in
            let made = try await api.post("/v1/templates", .template("Hi {{ name }}", id: "hi"))
            #expect(made.status == 201)
            try Templates.shape.check(made.json)
            #expect(made.json["latest"]?["state"] == "draft")
            #expect(made.json["published_version"] == .null)
            let second = try await api.post(
                "/v1/templates/hi/versions", ["content": .content("Hello {{ name }}")])
            #expect(second.status == 201)
            #expect(second.json["version"] == 2)
            try Templates.version.check(second.json)

            let path = "/v1/templates/hi/versions"
            let published = try await api.post("\(path)/1/publish")
            #expect(published.json["state"] == "published")
            #expect(published.json["decided_at"]?.isNull == false)
            let rejected = try await api.post("\(path)/2/reject", ["reason": "typo"])
            #expect(rejected.json["reason"] == "typo")
            for action in ["1/publish", "2/publish"] {
                let again = try await api.post("\(path)/\(action)")
                #expect(again.status == 409)
                #expect(again.code == "action_not_allowed")
                #expect(again.json["allowed_actions"] == [])
            }
            let list = try await api.get("\(path)?limit=1")
            #expect(list.json["versions"]?.array?.first?["content"]?["body"] == "Hi {{ name }}")
            #expect(list.json["next"]?.string != nil)
            let template = try await api.get("/v1/templates/hi")
            #expect(template.json["published_version"] == 1)
            #expect(template.json["latest_version"] == 2)
            #expect(try await api.get("\(path)/3").status == 404)
            #expect(try await api.get("\(path)/x").status == 404)
        }
    }

    @Test func templatesAreListedChangedAndDeleted() async throws {
        try await TestAPI.with { api in
            for id in ["a", "b"] {
                _ = try await api.post("/v1/templates", .template("x", id: id))
            }
            let twice = try await api.post("/v1/templates", .template("x", id: "a"))
            #expect(twice.code == "already_exists")
            let changed = try await api.send("PATCH", "/v1/templates/a", ["name": "Renamed"])
            #expect(changed.json["name"] == "Renamed")
            let list = try await api.get("/v1/templates")
            #expect(list.json["templates"]?.array?.compactMap { $0["id"]?.string } == ["a", "b"])
            #expect(list.json["templates"]?.array?.first?["latest"] == nil)
            #expect(try await api.send("DELETE", "/v1/templates/b").status == 204)
            #expect(try await api.get("/v1/templates/b").status == 404)
        }
    }

    @Test func everyMistakeOfATemplateIsNamedWithItsPlace() async throws {
        try await TestAPI.with { api in
            var content: JSONValue = [
                "format": "text", "body": "{{ 1 + }}\n{% if %}", "url": "{{ x",
                "headers": ["Content-Length": "1", "X-A": "{{ | }}", "x-a": "1"],
            ]
            let reply = try await api.post("/v1/templates", .template(content))
            #expect(reply.status == 422)
            let errors = reply.json["errors"]?.array ?? []
            let paths = Set(errors.compactMap { $0["path"]?.string })
            #expect(
                paths.isSuperset(of: [
                    "/content/body", "/content/url", "/content/headers/Content-Length",
                    "/content/headers/X-A", "/content/headers/x-a",
                ]), "\(reply.text)")
            let first = try #require(errors.first { $0["path"] == "/content/body" })
            #expect(first["line"] == 1)
            #expect(first["column"] == 8)
            #expect(first["code"] == "template_syntax")
            #expect(errors.contains { $0["path"] == "/content/body" && $0["line"] == 2 })

            content = ["format": "json", "body": ["a": ["b": "{{ 1 + }}"]]]
            let nested = try await api.post("/v1/templates", .template(content))
            let mistake = try #require(nested.json["errors"]?.array?.first)
            #expect(mistake["message"]?.string?.hasPrefix("a.b, line 1, column 8: ") == true)
            content = ["format": "json", "body": "{\"a\": 1,\n \"b\" 2}"]
            let broken = try await api.post("/v1/templates", .template(content))
            #expect(broken.json["errors"]?.array?.first?["line"] == 2)
        }
    }

    @Test func variablesAreCheckedAgainstTheSchema() async throws {
        try await TestAPI.with { api in
            let schema: JSONValue = [
                "type": "object", "required": ["name"],
                "properties": [
                    "name": ["type": "string"], "city": ["type": "string"],
                    "old": ["type": "string"],
                ],
            ]
            func create(_ body: String, _ schema: JSONValue) async throws -> Reply {
                guard case .object(var fields) = JSONValue.template(.string(body)) else {
                    return try await api.get("/")
                }
                fields["variable_schema"] = schema
                return try await api.post("/v1/templates", .object(fields))
            }
            let wrong = try await create("{{ name }}\n{{ nmae }}", schema)
            let mistake = try #require(wrong.json["errors"]?.array?.first)
            #expect(mistake["path"] == "/content/body")
            #expect(mistake["code"] == "template_variable")
            #expect(mistake["line"] == 2)
            let fine = try await create(
                "{{ name }} {{ city }} {{ receiver.x }} {{ sender.name }} {{ campaign.id }} "
                    + "{{ channel.id }}", schema)
            #expect(fine.status == 201, "\(fine.text)")
            let warnings = fine.json["warnings"]?.array?.compactMap { $0["code"]?.string }
            #expect(warnings == ["may_be_missing", "not_used"])
            let bad = try await create("x", ["type": "object", "properties": ["a": ["type": "x"]]])
            #expect(bad.json["errors"]?.array?.first?["path"] == "/variable_schema")
        }
    }

    @Test func onlyChannelsThatCanBeSentOverAreTaken() async throws {
        try await TestAPI.with { api in
            let reply = try await api.post("/v1/templates", .template("x", channel: "push"))
            #expect(reply.status == 422)
            #expect(reply.json["errors"]?.array?.first?["path"] == "/channel_type")
        }
    }

    @Test func aTemplateThatACampaignNeedsIsNotDeleted() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/templates", .template("x", id: "t"))
            try await api.insertCampaign("c", template: "t", status: "scheduled")
            let refused = try await api.send("DELETE", "/v1/templates/t")
            #expect(refused.status == 409)
            #expect(refused.code == "reference_in_use")
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE campaign SET status = 'completed_partial'")
            }
            #expect(try await api.send("DELETE", "/v1/templates/t").status == 204)
        }
    }

    @Test func anotherAppsTemplatesAreNotThere() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/templates", .template("x", id: "t"))
            let app = try await api.post("/v1/apps", ["name": "Other"])
            let other = try #require(app.json["key"]?.string)
            #expect(try await api.get("/v1/templates/t", key: other).status == 404)
            #expect(
                try await api.post("/v1/templates", .template("x", id: "t"), key: other).status
                    == 201)
        }
    }

    @Test func campaignsGetPublishedVersionsOnly() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/templates", .template("x", id: "t"))
            func find(_ version: Int64?) async throws -> StoredTemplate {
                try await api.control.database.read { db in
                    try Templates.published(app: .first, id: "t", version: version, db)
                }
            }
            for version in [nil, 1] as [Int64?] {
                let problem = await #expect(throws: Problem.self) { try await find(version) }
                #expect(problem?.code == .templateNotPublished)
            }
            _ = try await api.post("/v1/templates/t/versions/1/publish")
            #expect(try await find(nil).version == 1)
            #expect(try await find(1).content.body == "x")
            let problem = await #expect(throws: Problem.self) { try await find(2) }
            #expect(problem?.code == .notFound)
        }
    }
}

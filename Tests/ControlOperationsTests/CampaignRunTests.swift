import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct CampaignRunTests {
    private func withSink(
        _ configuration: SinkConfiguration = SinkConfiguration(),
        _ body: (TestAPI, Sink) async throws -> Void
    ) async throws {
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await TestAPI.with { api in try await body(api, sink) }
    }

    @Test func aCampaignSendsToEverybodyOnceAndIsCompleted() async throws {
        try await withSink { api, sink in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 2_500)
            let started = try await api.post("/v1/campaigns/c/start")
            #expect(started.status == 200, "\(started.text)")
            #expect(started.json["status"] == "running")
            let ended = try await api.waitForCampaign("c", ["completed"])
            #expect(ended["stats"]?["sent"] == 2_500)
            let stats = try await api.stats("c")
            #expect(stats["total"] == 2_500)
            let statistics = sink.statistics()
            #expect(statistics.requests == 2_500)
            #expect(statistics.duplicates == 0)
            let list = try await api.get("/v1/campaigns/c/deliveries?limit=1000&status=sent")
            #expect(list.json["deliveries"]?.array?.count == 1_000)
            #expect(list.json["next"] != .null)
            let id = try #require(list.json["deliveries"]?.array?.first?["id"]?.string)
            let user = try #require(list.json["deliveries"]?.array?.first?["user_id"]?.string)
            #expect(try await api.get("/v1/deliveries/\(id)").json["status"] == "sent")
            let message = try await api.get("/v1/deliveries/\(id)/message")
            #expect(message.json["body"] == .string("Hi \(user)"), "\(message.text)")
            let byUser = try await api.get("/v1/users/\(user)/deliveries")
            #expect(byUser.json["deliveries"]?.array?.first?["id"] == .string(id))
        }
    }

    @Test func nothingBeginsAfterAPauseAndAResumeSendsTheRest() async throws {
        try await withSink { api, sink in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign(
                "c", recipients: 3_000, ["limits": ["rate": "200/s", "burst": 50]])
            _ = try await api.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 200 { try await Task.sleep(for: .milliseconds(5)) }
            let paused = try await api.post("/v1/campaigns/c/pause")
            #expect(paused.status == 200, "\(paused.text)")
            #expect(paused.json["status"] == "paused")
            try await Task.sleep(for: .milliseconds(200))
            let seen = sink.statistics().requests
            #expect(seen < 3_000)
            try await Task.sleep(for: .milliseconds(300))
            #expect(sink.statistics().requests == seen)
            #expect(try await api.stats("c")["pending"] == .integer(Int64(3_000 - seen)))
            let again = try await api.post("/v1/campaigns/c/pause")
            #expect(again.status == 409)
            #expect(again.json["allowed_actions"]?.array?.contains("resume") == true)
            #expect(
                try await api.send(
                    "PUT", "/v1/limits",
                    ["limits": [["level": "campaign", "name": "c", "rate": "unlimited"]]]
                ).status == 200)
            #expect(try await api.post("/v1/campaigns/c/resume").status == 200)
            _ = try await api.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 3_000)
            #expect(sink.statistics().duplicates == 0)
        }
    }

    @Test func aQuotaIsUsedToTheLastMessageAndNotExceeded() async throws {
        try await withSink { api, sink in
            _ = try await api.send("PATCH", "/v1/app", ["mau": 500, "quota_multiplier": 3])
            try await api.addTemplate(port: sink.port)
            for id in ["a", "b", "c"] { try await api.addCampaign(id, recipients: 1_100) }
            for id in ["a", "b", "c"] { _ = try await api.post("/v1/campaigns/\(id)/start") }
            var paused = 0
            for id in ["a", "b", "c"] {
                let campaign = try await api.waitForCampaign(id, ["completed", "paused_quota"])
                if campaign["status"] == "paused_quota" { paused += 1 }
            }
            #expect(paused >= 1)
            #expect(sink.statistics().requests == 1_500)
        }
    }

    @Test func aCampaignTakesTheVersionThatIsPublishedAndNotADraftAfterIt() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            let content: JSONValue = ["format": "text", "body": "x", "url": "https://example.com"]
            let draft = try await api.post(
                "/v1/templates/welcome/versions", ["content": content])
            #expect(draft.json["version"] == 2)
            let made = try await api.post(
                "/v1/campaigns", ["name": "c", "template_id": "welcome"])
            #expect(made.json["template_version"] == 1, "\(made.text)")
        }
    }

    @Test func anUnpublishedTemplateRefusesTheLaunch() async throws {
        try await withSink { api, sink in
            try await api.addTemplate("draft", port: sink.port, state: "draft")
            try await api.addCampaign("c", recipients: 1, template: "draft")
            let reply = try await api.post("/v1/campaigns/c/start")
            #expect(reply.status == 409)
            #expect(reply.code == "template_not_published")
            #expect(try await api.get("/v1/campaigns/c").json["status"] == "draft")
        }
    }

    @Test func aStoppedServerGoesOnWhereItWas() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestFolder.with { folder in
            var api = try await TestAPI.start(in: folder)
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign(
                "c", recipients: 2_000, ["limits": ["rate": "100/s", "burst": 20]])
            _ = try await api.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 100 { try await Task.sleep(for: .milliseconds(5)) }
            await api.stop()
            let seen = sink.statistics().requests
            #expect(seen < 2_000)
            api = try await TestAPI.start(in: folder, key: api.adminKey)
            _ = try await api.send(
                "PUT", "/v1/limits",
                ["limits": [["level": "campaign", "name": "c", "rate": "unlimited"]]])
            _ = try await api.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 2_000)
            #expect(sink.statistics().duplicates == 0)
            await api.stop()
        }
    }
}

import Control
import ControlDirectory
import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct EngagementTests {
    /// Runs a test with a campaign of a few recipients that has ended.
    private func withCampaign(
        recipients: Int = 5, responses: String = "200:1",
        _ change: (inout ControlOptions) -> Void = { _ in },
        _ body: (TestAPI, [String]) async throws -> Void
    ) async throws {
        var configuration = SinkConfiguration()
        configuration.responses = try ResponseMix(parsing: responses)
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await TestAPI.with(change) { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: recipients)
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed", "failed"])
            let list = try await api.get("/v1/campaigns/c/deliveries")
            let ids = list.json["deliveries"]?.array?.compactMap { $0["id"]?.string } ?? []
            try await body(api, ids)
        }
    }

    @Test func theFirstTimeCountsAndWhoAcknowledgesHasRead() async throws {
        try await withCampaign { api, ids in
            let path = "/v1/deliveries/\(ids[0])"
            let at = "2026-01-31T08:00:00.000Z"
            let first = try await api.post(path + "/acknowledge", ["at": .string(at)])
            #expect(first.status == 200, "\(first.text)")
            try Deliveries.engagement.check(first.json)
            #expect(first.json["read_at"] == .string(at))
            #expect(first.json["acknowledged_at"] == .string(at))
            #expect(first.json["is_new"] == true)
            let again = try await api.post(path + "/read")
            #expect(again.json["is_new"] == false)
            #expect(again.json["read_at"] == .string(at))
            #expect(try await api.post("/v1/deliveries/\(ids[1])/read").status == 200)
            let stats = try await api.stats("c")
            #expect(stats["read"] == 2)
            #expect(stats["acknowledged"] == 1)
            #expect(try await api.get(path).json["status"] == "acknowledged")
            let read = try await api.get("/v1/campaigns/c/deliveries?status=read")
            #expect(read.json["deliveries"]?.array?.map { $0["id"]?.string } == [ids[1]])
        }
    }

    @Test func onlyWhatMayHaveArrivedCanBeRead() async throws {
        try await withCampaign(responses: "400:1") { api, ids in
            let failed = try await api.post("/v1/deliveries/\(ids[0])/read")
            #expect(failed.status == 409)
            #expect(failed.json["delivery_status"] == "failed")
            let engine = try #require(ids[0].split(separator: "-").first)
            for id in ["\(engine)-5", "\(engine)-99999", "\(engine)-01", "x-1", "nothing"] {
                #expect(try await api.post("/v1/deliveries/\(id)/read").status == 404, "\(id)")
            }
            let app = try await api.post("/v1/apps", ["name": "Other"])
            let key = try #require(app.json["key"]?.string)
            let other = try await api.post("/v1/deliveries/\(ids[0])/read", key: key)
            #expect(other.status == 404)
            let future = try await api.post(
                "/v1/deliveries/\(ids[0])/read", ["at": "2999-01-01T00:00:00Z"])
            #expect(future.status == 422)
        }
    }

    @Test func whileAShardHasThePageARecipientIsTakenAtItsWord() async throws {
        var configuration = SinkConfiguration()
        configuration.stallProbability = try #require(Probability(1))
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 2)
            _ = try await api.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 2 { try await Task.sleep(for: .milliseconds(5)) }
            let list = try await api.get("/v1/campaigns/c/deliveries")
            let delivery = try #require(list.json["deliveries"]?.array?.first)
            #expect(delivery["status"] == "pending")
            let id = try #require(delivery["id"]?.string)
            let reply = try await api.post("/v1/deliveries/\(id)/read")
            #expect(reply.status == 200, "\(reply.text)")
            let executions = try await api.get("/v1/campaigns/c/executions?status=processing")
            #expect(executions.json["executions"]?.array?.count == 2)
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }

    @Test func aBatchRecordsWhatItCanAndNamesTheRest() async throws {
        try await withCampaign { api, ids in
            let reply = try await api.post(
                "/v1/deliveries/engagement",
                [
                    "items": [
                        ["id": .string(ids[0]), "action": "read"],
                        ["id": .string(ids[0]), "action": "acknowledge"],
                        ["id": .string(ids[0]), "action": "read"],
                        ["id": "nothing", "action": "read"],
                        ["id": .string(ids[1]), "action": "acknowledge"],
                    ]
                ])
            #expect(reply.status == 200, "\(reply.text)")
            try Deliveries.actsReport.check(reply.json)
            #expect(reply.json["recorded"] == 3)
            #expect(reply.json["unchanged"] == 1)
            #expect(reply.json["refused"] == 1)
            #expect(reply.json["errors"]?.array?.first?["index"] == 3)
            #expect(reply.json["errors"]?.array?.first?["code"] == "not_found")
            let stats = try await api.stats("c")
            #expect(stats["read"] == 2)
            #expect(stats["acknowledged"] == 2)
        }
    }

    @Test func aLinkThatWasChangedIsNone() async throws {
        try await withCampaign({ $0.publicURL = "https://fanfare.example.com/" }) { api, ids in
            let made = try await api.post(
                "/v1/deliveries/\(ids[0])/links",
                ["action": "read", "redirect": "https://example.com/a"])
            let url = try #require(made.json["url"]?.string)
            #expect(url.hasPrefix("https://fanfare.example.com/e/"))
            let link = String(url.dropFirst("https://fanfare.example.com".count))
            let token = try #require(link.split(separator: "?").first)
            let other = token.dropFirst(10).first == "A" ? "B" : "A"
            for wrong in [
                String(token), link.replacing("example.com", with: "example.org"),
                "\(token.prefix(10))\(other)\(token.dropFirst(11))?url=https%3A%2F%2Fexample.com%2Fa",
                "/e/AAAA", "/e/..", "/e/%C3%A4",
            ] {
                let reply = try await api.get(wrong, key: "")
                #expect(reply.status == 404, "\(wrong)")
                #expect(reply.code == "not_found")
            }
            #expect(try await api.stats("c")["read"] == 0)
        }
    }
}

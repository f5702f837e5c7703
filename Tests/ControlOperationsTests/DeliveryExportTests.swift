import Control
import ControlDirectory
import ControlTesting
import Foundation
import JSON
import StandInReceiver
import Testing

@Suite struct DeliveryExportTests {
    private func withSink(
        _ responses: String = "200:1", _ body: (TestAPI, Sink) async throws -> Void
    ) async throws {
        var configuration = SinkConfiguration()
        configuration.responses = try ResponseMix(parsing: responses)
        configuration.retryAfter = .seconds(60)
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await body(api, sink)
        }
    }

    @Test func anExportHasEveryDeliveryOnceAndIsTheListAsJSONLines() async throws {
        try await withSink { api, _ in
            try await api.addCampaign("c", recipients: 2_500)
            let empty = try await api.get("/v1/campaigns/c/export")
            #expect(empty.text.split(separator: "\r\n").count == 1)
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed"])
            let csv = try await api.get("/v1/campaigns/c/export?format=csv&status=sent")
            #expect(csv.status == 200)
            #expect(csv.headers["content-type"]?.hasPrefix("text/csv") == true)
            let lines = csv.text.components(separatedBy: "\r\n").dropLast()
            #expect(lines.count == 2_501)
            #expect(lines[0].hasPrefix("id,campaign_id,user_id,status,reason,attempts"))
            #expect(Set(lines).count == 2_501)
            let jsonl = try await api.get("/v1/campaigns/c/export?format=jsonl")
            let items = try jsonl.text.split(separator: "\n").map {
                try JSONValue(parsing: String($0))
            }
            let list = try await api.get("/v1/campaigns/c/deliveries?limit=1000").json
            #expect(items.count == 2_500)
            #expect(Array(items.prefix(1_000)) == list["deliveries"]?.array)
            for item in items.prefix(3) { try Deliveries.shape.check(item) }
            let none = try await api.get("/v1/campaigns/c/export?format=jsonl&status=failed")
            #expect(none.status == 200)
            #expect(none.bytes.isEmpty)
            #expect(try await api.get("/v1/campaigns/d/export").status == 404)
        }
    }

    @Test func cellsAreQuotedAndNoneIsAFormula() async throws {
        try await withSink { api, _ in
            try await api.addCampaign("c", recipients: 0)
            let users = ["=1+1", "a,b", "q\"q", "-x", "@x,y", "plain"]
            let added = try await api.post(
                "/v1/campaigns/c/recipients",
                ["recipients": .array(users.map { ["user_id": .string($0)] })])
            #expect(added.status == 200, "\(added.text)")
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed"])
            let csv = try await api.get("/v1/campaigns/c/export")
            for cell in [",'=1+1,", ",\"a,b\",", ",\"q\"\"q\",", ",'-x,", ",\"'@x,y\",", ",plain,"]
            {
                #expect(csv.text.contains(cell), "\(cell)")
            }
        }
    }

    @Test func aRunningCampaignIsExportedAsItIs() async throws {
        try await withSink { api, sink in
            try await api.addCampaign(
                "c", recipients: 3_000, ["limits": ["rate": "500/s", "burst": 10]])
            _ = try await api.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 50 { try await Task.sleep(for: .milliseconds(5)) }
            let export = try await api.get("/v1/campaigns/c/export?format=jsonl")
            #expect(export.text.split(separator: "\n").count == 3_000)
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }

    @Test func executionsFollowTheirDeliveries() async throws {
        try await withSink("200:0.5,400:0.5") { api, _ in
            try await api.addCampaign("c", recipients: 40)
            let draft = try await api.get("/v1/campaigns/c/executions")
            #expect(draft.json["executions"] == [])
            _ = try await api.post("/v1/campaigns/c/start")
            let ended = try await api.waitForCampaign("c", ["completed_partial"])
            for (status, figure) in [("completed", "sent"), ("failed", "failed")] {
                let page = try await api.get(
                    "/v1/campaigns/c/executions?status=\(status)"
                ).json
                let count = page["executions"]?.array?.count
                #expect(count.map { .integer(Int64($0)) } == ended["stats"]?[figure])
                let first = try #require(page["executions"]?.array?.first)
                try Deliveries.execution.check(first)
                #expect(first["node"] == "send")
                let id = try #require(first["id"]?.string)
                #expect(try await api.get("/v1/executions/\(id)").json == first)
                let delivery = try #require(first["delivery_id"]?.string)
                #expect(try await api.get("/v1/deliveries/\(delivery)").status == 200)
                #expect(try await api.get("/v1/executions/\(delivery)").status == 404)
            }
            let first = try await api.get("/v1/campaigns/c/executions?limit=25").json
            let next = try #require(first["next"]?.string)
            let rest = try await api.get("/v1/campaigns/c/executions?limit=25&next=\(next)")
            #expect(rest.json["executions"]?.array?.count == 15)
        }
    }

    @Test func aDeliveryThatIsTriedAgainLaterWaits() async throws {
        try await withSink("503:1") { api, _ in
            try await api.addCampaign("c", recipients: 2)
            _ = try await api.post("/v1/campaigns/c/start")
            var waiting: [JSONValue] = []
            for _ in 0..<2_000 where waiting.count < 2 {
                let page = try await api.get("/v1/campaigns/c/executions?status=waiting").json
                waiting = page["executions"]?.array ?? []
                try await Task.sleep(for: .milliseconds(10))
            }
            let execution = try #require(waiting.first)
            try Deliveries.execution.check(execution)
            #expect(execution["waiting_until"] != .null)
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }

    @Test func aUserIsFoundByItsHashAndWithoutOne() async throws {
        try await withSink { api, _ in
            try await api.addCampaign("c", recipients: 2_500)
            try await api.addCampaign("d", recipients: 1)
            for id in ["c", "d"] {
                _ = try await api.post("/v1/campaigns/\(id)/start")
                _ = try await api.waitForCampaign(id, ["completed"])
            }
            let both = try await api.get("/v1/users/u1/deliveries").json
            #expect(both["deliveries"]?.array?.map { $0["campaign_id"] } == ["d", "c"])
            let one = try await api.get("/v1/users/u2345/deliveries").json
            #expect(one["deliveries"]?.array?.count == 1)
            #expect(one["deliveries"]?.array?.first?["user_id"] == "u2345")
            let none = try await api.get("/v1/users/u2501/deliveries").json
            #expect(none["deliveries"] == [])
            let folder = api.control.options.dataDirectory + "/campaigns"
            for campaign in try FileManager.default.contentsOfDirectory(atPath: folder) {
                try FileManager.default.removeItem(atPath: "\(folder)/\(campaign)/users.hashes")
            }
            #expect(try await api.get("/v1/users/u2345/deliveries").json == one)
        }
    }
}

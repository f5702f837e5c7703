import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct NotificationTests {
    @Test func fewTargetsAreAnsweredWhenDoneWithAResultEach() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            let reply = try await api.post(
                "/v1/notifications",
                ["template_id": "welcome", "targets": [["user_id": "a"], ["user_id": "b"]]])
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["status"] == "completed")
            #expect(reply.json["results"]?.array?.count == 2)
            #expect(sink.statistics().requests == 2)
        }
    }

    @Test func manyTargetsAreABatchThatCanBeAskedFor() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            let targets = (0..<50).map { JSONValue.object(["user_id": .string("u\($0)")]) }
            let reply = try await api.post(
                "/v1/notifications", ["template_id": "welcome", "targets": .array(targets)])
            #expect(reply.status == 202)
            let id = try #require(reply.json["batch_id"]?.string)
            _ = try await api.waitForCampaign(id, ["completed"])
            let batch = try await api.get("/v1/notifications/\(id)")
            #expect(batch.json["stats"]?["sent"] == 50)
            #expect(batch.json["results"] == .null)
        }
    }

    @Test func aRefusedNotificationLeavesNothingBehind() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate("draft", port: 9, state: "draft")
            let reply = try await api.post(
                "/v1/notifications", ["template_id": "draft", "targets": [["user_id": "a"]]])
            #expect(reply.status == 409)
            #expect(try await api.get("/v1/campaigns").json["campaigns"] == [])
        }
    }
}

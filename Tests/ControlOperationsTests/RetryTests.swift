import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct RetryTests {
    /// A campaign of which some have no address, and none that does not take the message.
    @Test func whatIsRetriedIsChosenByHowItEndedAndWhyAndAddsUpAgain() async throws {
        var configuration = SinkConfiguration()
        configuration.responses = try ResponseMix(parsing: "410:1")
        let refusing = try Sink.started(configuration)
        defer { refusing.stop() }
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: 0)
            try await api.setURL("{% if port %}http://127.0.0.1:{{ port }}/hook{% endif %}")
            try await api.addCampaign("c", recipients: 0)
            let items = (0..<90).map { index -> JSONValue in
                let port = [sink.port, refusing.port, 0][index % 3]
                return [
                    "user_id": .string("u\(index)"),
                    "variables": ["port": port == 0 ? "" : .string("\(port)")],
                ]
            }
            _ = try await api.post(
                "/v1/campaigns/c/recipients", ["recipients": .array(items)])
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["completed_partial"])
            var stats = try await api.stats("c")
            #expect(stats["sent"] == 30 && stats["failed"] == 30 && stats["skipped"] == 30)
            let path = "/v1/campaigns/c/retry_failed"
            let nobody = try await api.post(
                path, ["scope": ["failed"], "reasons": ["timed_out"]])
            #expect(nobody.status == 409)
            #expect(nobody.code == "audience_empty")
            #expect(try await api.stats("c")["failed"] == 30)
            let retried = try await api.post(
                path, ["scope": ["failed"], "reasons": ["http_410"]])
            #expect(retried.status == 200, "\(retried.text)")
            #expect(retried.json["retried"] == 30)
            #expect(retried.json["campaign"]?["stats"]?["total"] == 90)
            while try await api.get("/v1/campaigns/c").json["status"] == "running" {
                #expect(try await api.stats("c")["total"] == 90)
            }
            stats = try await api.stats("c")
            #expect(stats["failed"] == 30)
            // Each retry carries a new key, so that its receiver does not take it for a repetition.
            #expect(refusing.statistics().requests == 60)
            #expect(refusing.statistics().duplicates == 0)
            let skipped = try await api.post(path, ["scope": ["skipped"]])
            #expect(skipped.json["retried"] == 30)
            _ = try await api.waitForCampaign("c", ["completed_partial"])
            #expect(sink.statistics().requests == 30)
            #expect(try await api.stats("c")["total"] == 90)
        }
    }
}

import ControlTesting
import JSON
import StandInReceiver
import Testing

/// What campaigns and hosts do to each other.
@Suite struct FairnessTests {
    @Test func aSmallCampaignEndsLongBeforeALargeOneThatBeganEarlier() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("large", recipients: 20_000)
            try await api.addCampaign("small", recipients: 300)
            // What both share, so that neither can end before the other by being quick.
            _ = try await api.send(
                "PUT", "/v1/limits",
                ["limits": [["level": "app", "rate": "500/s", "burst": 10]]])
            _ = try await api.post("/v1/campaigns/large/start")
            while sink.statistics().requests < 200 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await api.post("/v1/campaigns/small/start")
            _ = try await api.waitForCampaign("small", ["completed"])
            let pending = try await api.stats("large")["pending"]?.integer ?? 0
            #expect(pending > 10_000)
            _ = try await api.post("/v1/campaigns/large/stop")
        }
    }

    @Test func aHostThatDoesNotAnswerHoldsItsOwnPlacesOnly() async throws {
        var configuration = SinkConfiguration()
        configuration.stallProbability = try #require(Probability(1))
        let slow = try Sink.started(configuration)
        defer { slow.stop() }
        let fast = try Sink.started(SinkConfiguration())
        defer { fast.stop() }
        try await TestAPI.with { api in
            _ = try await api.send(
                "PUT", "/v1/providers/webhook",
                ["connections": 4, "timeout_ms": 5_000, "attempts": 1])
            try await api.addTemplate(port: 0)
            try await api.setURL("http://127.0.0.1:{{ port }}/hook")
            try await api.addCampaign("c", recipients: 0)
            let items = (0..<2_000).map { index -> JSONValue in
                let port = index % 2 == 0 ? slow.port : fast.port
                return [
                    "user_id": .string("u\(index)"),
                    "variables": ["port": .string("\(port)")],
                ]
            }
            _ = try await api.post(
                "/v1/campaigns/c/recipients", ["recipients": .array(items)])
            _ = try await api.post("/v1/campaigns/c/start")
            for _ in 0..<3_000 where fast.statistics().requests < 1_000 {
                try await Task.sleep(for: .milliseconds(10))
            }
            #expect(fast.statistics().requests == 1_000)
            let stats = try await api.stats("c")
            #expect(stats["pending"]?.integer ?? 0 > 900)
            #expect(stats["in_flight"]?.integer ?? 0 <= 4)
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }
}

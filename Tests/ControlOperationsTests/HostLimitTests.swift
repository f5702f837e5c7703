import ControlTesting
import JSON
import StandInReceiver
import Testing

/// Limits of destination hosts, with a server and a receiver.
@Suite struct HostLimitTests {
    private func name(_ sink: Sink) -> String { "http://127.0.0.1:\(sink.port)" }

    private func limit(
        _ sink: Sink, _ fields: [String: JSONValue], _ api: TestAPI
    ) async throws {
        var limit = fields
        limit["level"] = "host"
        limit["name"] = .string(name(sink))
        let reply = try await api.send(
            "PUT", "/v1/limits", ["limits": .array([.object(limit)])])
        #expect(reply.status == 200, "\(reply.text)")
    }

    /// Waits until the figures of a campaign name what holds it up.
    private func bottleneck(
        _ id: String, of limit: String, _ api: TestAPI
    ) async throws -> JSONValue? {
        for _ in 0..<1_500 {
            let stats = try await api.stats(id)
            if stats["bottleneck"]?["limit"]?.string == limit { return stats["bottleneck"] }
            try await Task.sleep(for: .milliseconds(20))
        }
        Issue.record("nothing of \(limit) holds \(id) up")
        return nil
    }

    private func stalling() throws -> Sink {
        var configuration = SinkConfiguration()
        configuration.stallProbability = try #require(Probability(1))
        return try Sink.started(configuration)
    }

    @Test func aRestartGivesNoBurstToAHostThatHasUsedIt() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestFolder.with { folder in
            var api = try await TestAPI.start(in: folder)
            try await limit(sink, ["rate": "1/h", "burst": 5], api)
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 50)
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await bottleneck("c", of: "host", api)
            #expect(sink.statistics().requests == 5)
            await api.stop()
            api = try await TestAPI.start(in: folder, key: api.adminKey)
            _ = try await bottleneck("c", of: "host", api)
            #expect(sink.statistics().requests == 5)
            #expect(try await api.stats("c")["pending"] == 45)
            await api.stop()
        }
    }

    @Test func theHostThatHoldsACampaignUpIsNamedWithItsLimit() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        let other = try Sink.started(SinkConfiguration())
        defer { other.stop() }
        try await TestAPI.with { api in
            try await limit(sink, ["rate": "1/h", "burst": 5], api)
            try await limit(other, ["rate": "1/h", "burst": 400], api)
            try await api.addTemplate(port: 0)
            try await api.setURL("http://127.0.0.1:{{ port }}/hook")
            for (id, count) in [("a", 300), ("b", 500)] {
                try await api.addCampaign(id, recipients: 0)
                let items = (0..<count).map { index -> JSONValue in
                    let port = id == "a" && index % 10 == 0 ? other.port : sink.port
                    return [
                        "user_id": .string("u\(index)"),
                        "variables": ["port": .string("\(port)")],
                    ]
                }
                _ = try await api.post(
                    "/v1/campaigns/\(id)/recipients", ["recipients": .array(items)])
                _ = try await api.post("/v1/campaigns/\(id)/start")
                let bottleneck = try await bottleneck(id, of: "host", api)
                #expect(bottleneck?["name"] == .string(name(sink)))
                #expect(bottleneck?["value"] == "1/h")
            }
        }
    }

    @Test func aHostsBoundOnWhatIsUnderWayIsNamedWithItsNumber() async throws {
        let sink = try stalling()
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await limit(sink, ["in_flight": 3], api)
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 50)
            _ = try await api.post("/v1/campaigns/c/start")
            let bottleneck = try await bottleneck("c", of: "host", api)
            #expect(bottleneck?["name"] == .string(name(sink)))
            #expect(bottleneck?["value"] == "3 in flight")
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }

    @Test(arguments: [("connections", "4 connections to a host"), ("max_in_flight", "4 in flight")])
    func aProvidersBoundsAreNamedAsTheyAreSet(field: String, value: String) async throws {
        let sink = try stalling()
        defer { sink.stop() }
        try await TestAPI.with { api in
            let set = try await api.send(
                "PUT", "/v1/providers/webhook",
                .object(["timeout_ms": 3_000, "attempts": 1, field: 4]))
            #expect(set.status == 200, "\(set.text)")
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 50)
            _ = try await api.post("/v1/campaigns/c/start")
            let bottleneck = try await bottleneck("c", of: "transport", api)
            #expect(bottleneck?["value"] == .string(value))
            #expect(bottleneck?["name"] == .string(field == "connections" ? name(sink) : ""))
            _ = try await api.post("/v1/campaigns/c/stop")
        }
    }
}

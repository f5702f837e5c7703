import ControlTesting
import JSON
import StandInReceiver
import Testing

@Suite struct QuotaTests {
    @Test(arguments: [
        ("pause", "paused_quota", 60, 0), ("trim", "completed_partial", 0, 60),
    ])
    func theEndOfAQuotaDoesWhatItsPolicySays(
        policy: String, status: String, pending: Int, skipped: Int
    ) async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            _ = try await api.send(
                "PATCH", "/v1/app",
                ["mau": 40, "quota_multiplier": 1, "quota_policy": .string(policy)])
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 100)
            let estimate = try await api.post("/v1/campaigns/c/estimate")
            #expect(estimate.json["quota_needed"] == 100)
            #expect(estimate.json["is_covered"] == false)
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", [status])
            let stats = try await api.stats("c")
            #expect(stats["total"] == 100 && stats["sent"] == 40)
            #expect(stats["pending"] == .integer(Int64(pending)))
            #expect(stats["skipped"] == .integer(Int64(skipped)))
            #expect(sink.statistics().requests == 40)
            let quota = try await api.get("/v1/quota")
            #expect(quota.json["used"] == 40 && quota.json["left"] == 0)
            #expect(quota.json["reserved"] == 0)
            #expect(quota.json["forecast"]?["sends_per_day"] != 0)
            #expect(quota.json["forecast"]?["runs_out_at"] != .null)
        }
    }

    @Test func aQuotaThatDoesNotCoverTheAudienceRefusesTheLaunch() async throws {
        try await TestAPI.with { api in
            _ = try await api.send(
                "PATCH", "/v1/app",
                ["mau": 40, "quota_multiplier": 1, "quota_policy": "reject"])
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 100)
            let reply = try await api.post("/v1/campaigns/c/start")
            #expect(reply.status == 402)
            #expect(reply.json["quota_needed"] == 100 && reply.json["quota_left"] == 40)
            #expect(try await api.get("/v1/campaigns/c").json["status"] == "draft")
        }
    }
}

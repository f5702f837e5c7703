import ControlTesting
import JSON
import StandInReceiver
import Testing

/// What is read at each send, and not at the launch.
@Suite struct SendTimeTests {
    /// Starts a campaign of 600 at a slow rate and pauses it in the middle.
    private func pauseMidway(_ api: TestAPI, _ sink: Sink) async throws -> [String] {
        try await api.addTemplate(port: sink.port)
        try await api.addCampaign(
            "c", recipients: 600, ["limits": ["rate": "20/s", "burst": 20]])
        _ = try await api.post("/v1/campaigns/c/start")
        while sink.statistics().requests < 25 { try await Task.sleep(for: .milliseconds(5)) }
        let paused = try await api.post("/v1/campaigns/c/pause")
        #expect(paused.status == 200, "\(paused.text)")
        let list = try await api.get("/v1/campaigns/c/deliveries?status=pending&limit=1000")
        return (list.json["deliveries"]?.array ?? []).compactMap { $0["user_id"]?.string }
    }

    @Test func whoRefusesOrIsSuppressedWhileACampaignIsPausedIsNotSentTo() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            let pending = try await pauseMidway(api, sink)
            try #require(pending.count > 3)
            let (refusing, suppressed, deleted) = (pending[0], pending[1], pending[2])
            _ = try await api.post(
                "/v1/users", ["id": .string(refusing), "consent": ["webhook": "denied"]])
            _ = try await api.send("PUT", "/v1/suppressions/\(suppressed)")
            _ = try await api.post("/v1/users", ["id": .string(deleted)])
            _ = try await api.send("DELETE", "/v1/users/\(deleted)")
            _ = try await api.send(
                "PUT", "/v1/limits",
                ["limits": [["level": "campaign", "name": "c", "rate": "unlimited"]]])
            #expect(try await api.post("/v1/campaigns/c/resume").status == 200)
            _ = try await api.waitForCampaign("c", ["completed_partial"])
            let stats = try await api.stats("c")
            #expect(stats["skipped"] == 3)
            #expect(stats["sent"] == 597)
            #expect(sink.statistics().requests == 597)
            for (user, reason) in [
                (refusing, "no_consent"), (suppressed, "suppressed"), (deleted, "user_deleted"),
            ] {
                let delivery = try await api.get("/v1/users/\(user)/deliveries")
                    .json["deliveries"]?.array?.first
                #expect(delivery?["status"] == "skipped")
                #expect(delivery?["reason"] == .string(reason))
            }
        }
    }
}

import ControlDirectory
import ControlTesting
import JSON
import StandInReceiver
import Testing

/// What the control plane decides by the time follows its one clock.
@Suite struct ClockTests {
    private static let day: Int64 = 24 * 3_600

    /// Runs a test with a control plane that goes by a clock of the test's.
    private func withClock(_ body: (TestAPI, TestClock) async throws -> Void) async throws {
        let clock = TestClock()
        try await TestAPI.with({ $0.clock = clock.clock }) { api in
            try await body(api, clock)
        }
    }

    @Test func aQuotaIsThatOfTheClocksMonth() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await withClock { api, clock in
            _ = try await api.send("PATCH", "/v1/app", ["mau": 20, "quota_multiplier": 1])
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 30)
            let month = try await api.get("/v1/quota").json["month"]
            _ = try await api.post("/v1/campaigns/c/start")
            _ = try await api.waitForCampaign("c", ["paused_quota"])
            #expect(try await api.get("/v1/quota").json["left"] == 0)
            #expect(try await api.post("/v1/campaigns/c/resume").code == "quota_exceeded")

            clock.advance(seconds: 31 * Self.day)
            let next = try await api.get("/v1/quota").json
            #expect(next["month"] != month)
            #expect(next["used"] == 0 && next["left"] == 20)
            #expect(try await api.post("/v1/campaigns/c/resume").status == 200)
            _ = try await api.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 30)
            #expect(try await api.get("/v1/quota").json["used"] == 10)
        }
    }

    @Test func aKeyEndsAndAScheduleIsDueByTheClock() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await withClock { api, clock in
            let due = clock.clock.now + 300 * Self.day
            let made = try await api.post(
                "/v1/keys",
                [
                    "name": "ci", "permissions": ["view_campaigns"],
                    "expires_at": .string(due.rfc3339),
                ])
            let key = try #require(made.json["secret"]?.string)
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 3)
            _ = try await api.post(
                "/v1/campaigns/c/schedule", ["at": .string(due.rfc3339)])
            #expect(try await api.get("/v1/app", key: key).status == 200)

            clock.advance(seconds: 300 * Self.day)
            #expect(try await api.get("/v1/app", key: key).code == "key_expired")
            let campaign = try await api.waitForCampaign("c", ["completed"])
            #expect(campaign["started_at"] == .string(due.rfc3339))
            let log = try await api.get("/v1/audit?limit=1").json
            #expect(log["entries"]?.array?.first?["at"] == .string(due.rfc3339), "\(log)")
        }
    }

    @Test func anAnswerIsForgottenADayLaterByTheClock() async throws {
        try await withClock { api, clock in
            func make() async throws -> JSONValue? {
                let reply = try await api.post(
                    "/v1/keys", ["name": "ci", "permissions": ["view_campaigns"]],
                    headers: ["Idempotency-Key": "a"])
                return reply.json["id"]
            }
            let first = try await make()
            clock.advance(seconds: Self.day)
            #expect(try await make() == first)
            clock.advance(seconds: 1)
            #expect(try await make() != first)
        }
    }
}

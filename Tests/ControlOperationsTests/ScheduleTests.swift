import Control
import ControlDirectory
import ControlTesting
import GRDB
import JSON
import StandInReceiver
import Testing

@Suite struct ScheduleTests {
    @Test func aScheduledCampaignStartsAtItsTime() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 3)
            let at = (WallClock.system.now + 2).rfc3339
            let reply = try await api.post("/v1/campaigns/c/schedule", ["at": .string(at)])
            #expect(reply.json["status"] == "scheduled", "\(reply.text)")
            #expect(reply.json["scheduled_for"] == .string(at))
            _ = try await api.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 3)
        }
    }

    @Test func aCampaignThatWouldStartTooLateIsADraftAgain() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 1)
            _ = try await api.post(
                "/v1/campaigns/c/schedule",
                ["at": "2999-01-01T00:00:00Z", "max_lateness_seconds": 60])
            // As after a restore of an old copy.
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE campaign SET scheduled_for = 1000 WHERE id = 'c'")
            }
            let campaign = try await api.waitForCampaign("c", ["draft"])
            #expect(campaign["status_reason"]?.string?.hasPrefix("schedule_missed") == true)
        }
    }

    /// Starts the campaign and lets its end come while it sends.
    private func startAndEnd(_ api: TestAPI, _ sink: Sink) async throws {
        let started = try await api.post("/v1/campaigns/c/start")
        #expect(started.status == 200, "\(started.text)")
        while sink.statistics().requests < 1 { try await Task.sleep(for: .milliseconds(5)) }
        try await api.control.database.write { db in
            try db.execute(
                sql: "UPDATE campaign SET stop_at = ? WHERE id = 'c'",
                arguments: [WallClock.system.now])
        }
    }

    @Test func aCampaignStopsAtItsEnd() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign(
                "c", recipients: 1_000,
                ["limits": ["rate": "5/s", "burst": 1], "stop_at": "2999-01-01T00:00:00Z"])
            try await startAndEnd(api, sink)
            let campaign = try await api.waitForCampaign("c", ["stopped"])
            #expect(campaign["status_reason"] == "its stop_at has come")
            let pending = try await api.stats("c")["pending"]?.integer ?? 0
            #expect(pending > 0)
        }
    }

    @Test(arguments: [
        // Skipped by the clocks: as much later as they are set forward.
        ("2030-03-31T02:30:00", "2030-03-31T01:30:00.000Z"),
        // Shown twice: the first time.
        ("2030-10-27T02:30:00", "2030-10-27T00:30:00.000Z"),
    ])
    func aLocalTimeThatThereIsNotOnceMeansOneMoment(local: String, moment: String) async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 1)
            let reply = try await api.post(
                "/v1/campaigns/c/schedule",
                ["local_time": .string(local), "time_zone": "Europe/Berlin"])
            #expect(reply.json["scheduled_for"] == .string(moment), "\(reply.text)")
        }
    }

    @Test func aScheduleSetsTheEndOrTakesItAway() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 1)
            for end in ["2999-02-01T00:00:00.000Z", JSONValue.null] {
                let reply = try await api.post(
                    "/v1/campaigns/c/schedule", ["at": "2999-01-01T00:00:00Z", "stop_at": end])
                #expect(reply.json["stop_at"] == end, "\(reply.text)")
                _ = try await api.post("/v1/campaigns/c/unschedule")
            }
        }
    }

    @Test func anEndThatHasComeRefusesALaunchAndDoesNotEndARetry() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 200, ["stop_at": "2020-01-01T00:00:00Z"])
            let late = try await api.post("/v1/campaigns/c/start")
            #expect(late.status == 422, "\(late.text)")
            let before = try await api.post(
                "/v1/campaigns/c/schedule", ["at": "2999-01-01T00:00:00Z"])
            #expect(before.json["errors"]?.array?.first?["path"] == "/stop_at")
            _ = try await api.send(
                "PATCH", "/v1/campaigns/c",
                ["stop_at": "2999-01-01T00:00:00Z", "limits": ["rate": "5/s", "burst": 1]])
            try await startAndEnd(api, sink)
            _ = try await api.waitForCampaign("c", ["stopped"])
            _ = try await api.send(
                "PUT", "/v1/limits",
                ["limits": [["level": "campaign", "name": "c", "rate": "unlimited"]]])
            let retried = try await api.post(
                "/v1/campaigns/c/retry_failed", ["scope": ["pending"]])
            #expect(retried.status == 200, "\(retried.text)")
            _ = try await api.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 200)
        }
    }

    @Test func localTimesAreReadInTheirZoneAndNonsenseIsRefused() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 1)
            let path = "/v1/campaigns/c/schedule"
            let wrong = try await api.post(
                path, ["local_time": "2999-01-01T08:00:00", "time_zone": "Mars/Olympus"])
            #expect(wrong.status == 422)
            #expect(wrong.json["errors"]?.array?.first?["path"] == "/time_zone")
            let past = try await api.post(path, ["at": "2020-01-01T00:00:00Z"])
            #expect(past.status == 422)
            let good = try await api.post(
                path, ["local_time": "2999-07-01T08:00:00", "time_zone": "Europe/Berlin"])
            #expect(good.json["scheduled_for"] == "2999-07-01T06:00:00.000Z", "\(good.text)")
        }
    }
}

import Control
import ControlDirectory
import ControlTesting
import GRDB
import JSON
import StandInReceiver
import Testing

@Suite struct TriggerTests {
    @Test func oneKeyMakesOneRun() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 2, ["trigger": "api"])
            let path = "/v1/campaigns/c/trigger"
            let first = try await api.post(path, ["idempotency_key": "k"])
            #expect(first.status == 202, "\(first.text)")
            let run = try #require(first.json["run_id"]?.string)
            _ = try await api.waitForCampaign(run, ["completed"])
            // A repetition answers the same run, also when nothing more could be launched.
            _ = try await api.send(
                "PATCH", "/v1/app", ["mau": 0, "quota_policy": "reject"])
            let again = try await api.post(path, ["idempotency_key": "k"])
            #expect(again.status == 202, "\(again.text)")
            #expect(again.json["run_id"] == .string(run))
            #expect(again.json["status"] == "completed")
            let refused = try await api.post(path, ["idempotency_key": "l"])
            #expect(refused.status == 402)
            #expect(refused.code == "quota_exceeded")
            #expect(try await api.post("/v1/campaigns/none/trigger").status == 404)
            #expect(sink.statistics().requests == 2)
            // After a day the key is free.
            _ = try await api.send("PATCH", "/v1/app", ["mau": 100])
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE trigger_run SET created_at = created_at - 90000000")
            }
            let later = try await api.post(path, ["idempotency_key": "k"])
            #expect(later.status == 202)
            #expect(later.json["run_id"] != .string(run))
        }
    }

    @Test func aRunThatWasMadeAndNotBegunIsBegunByItsRepetition() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("c", recipients: 2, ["trigger": "api"])
            try await api.addCampaign("run", recipients: 2)
            // As after a crash between the two.
            try await api.control.database.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO trigger_run (campaign, key, run_id, created_at)
                        SELECT pk, 'k', 'run', ? FROM campaign WHERE id = 'c'
                        """, arguments: [WallClock.system.now])
            }
            let reply = try await api.post(
                "/v1/campaigns/c/trigger", ["idempotency_key": "k"])
            #expect(reply.status == 202)
            #expect(reply.json["run_id"] == "run")
            _ = try await api.waitForCampaign("run", ["completed"])
            #expect(sink.statistics().requests == 2)
        }
    }

    @Test func aRunThatHasNotEndedAndAnotherTriggerAreRefused() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign(
                "c", recipients: 50,
                ["trigger": "api", "limits": ["rate": "1/h", "burst": 1]])
            let path = "/v1/campaigns/c/trigger"
            #expect(try await api.post(path, ["idempotency_key": "k"]).status == 202)
            let second = try await api.post(path, ["idempotency_key": "l"])
            #expect(second.status == 409)
            #expect(second.code == "action_not_allowed")
            try await api.addCampaign("m", recipients: 1)
            #expect(try await api.post("/v1/campaigns/m/trigger").status == 409)
        }
    }
}

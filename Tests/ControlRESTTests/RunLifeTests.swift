import CampaignLife
import Control
import ControlDirectory
import ControlTesting
import Foundation
import GRDB
import JSON
import Pacing
import StandInReceiver
import Testing

/// The life of runs on a real server, while requests are on the wire.
@Suite struct RunLifeTests {
    /// A receiver that answers nothing, so that what is on the wire stays there until it times out.
    private func withSilence(
        timeoutMilliseconds: Int64, _ body: (TestServer, Sink) async throws -> Void
    ) async throws {
        var configuration = SinkConfiguration()
        configuration.stallProbability = try #require(Probability(1))
        let sink = try Sink.started(configuration)
        try await TestServer.with { server in
            // Before the server ends, which waits for what is on the wire.
            defer { sink.stop() }
            _ = try await server.send(
                "PUT", "/v1/providers/webhook",
                [
                    "connections": 4, "timeout_ms": .integer(timeoutMilliseconds), "attempts": 1,
                ])
            try await server.addTemplate(port: sink.port)
            try await body(server, sink)
        }
    }

    /// Starts a campaign and waits until a request of it is on the wire.
    private func start(_ id: String, _ server: TestServer, _ sink: Sink) async throws {
        try await server.addCampaign(id, recipients: 50, ["trigger": "api"])
        let before = sink.statistics().requests
        let started = try await server.post("/v1/campaigns/\(id)/start")
        #expect(started.status == 200, "\(started.text)")
        while sink.statistics().requests == before { try await Task.sleep(for: .milliseconds(5)) }
    }

    @Test func theRemovalOfARunningCampaignIsRefusedAtOnceAndHoldsNothingUp() async throws {
        // A request that waited for the end of the run would not be answered within the test.
        try await withSilence(timeoutMilliseconds: 120_000) { server, sink in
            try await start("c", server, sink)
            let removal = try await server.send("DELETE", "/v1/campaigns/c")
            #expect(removal.status == 409)
            #expect(removal.code == "action_not_allowed")
            let paused = try await server.post("/v1/campaigns/c/pause")
            #expect(paused.status == 200, "\(paused.text)")
            #expect(paused.json["in_flight"]?.integer ?? 0 > 0)
            #expect(try await server.send("DELETE", "/v1/campaigns/c").status == 409)
            // The last run has not ended, and what is asked for meanwhile is answered all the same.
            let resumed = try await server.post("/v1/campaigns/c/resume")
            #expect(resumed.json["status"] == "running", "\(resumed.text)")
            #expect(try await server.post("/v1/campaigns/c/pause").status == 200)
            let stopped = try await server.post("/v1/campaigns/c/stop")
            #expect(stopped.json["status"] == "stopped", "\(stopped.text)")
        }
    }

    @Test(arguments: [CampaignStatus.running, .paused, .stopped])
    func theTableOfActionsHoldsWhileRequestsAreOnTheWire(status: CampaignStatus) async throws {
        try await withSilence(timeoutMilliseconds: 1_500) { server, sink in
            for action in CampaignAction.allCases {
                let id = "c-\(action.rawValue)"
                try await start(id, server, sink)
                if status == .paused { _ = try await server.post("/v1/campaigns/\(id)/pause") }
                if status == .stopped { _ = try await server.post("/v1/campaigns/\(id)/stop") }
                let reply = try await server.perform(action, on: id)
                if status.actions.contains(action) {
                    #expect(reply.code != "action_not_allowed", "\(status) \(action)")
                    #expect(
                        reply.status < 300 || action == .retryFailed, "\(action): \(reply.text)")
                } else {
                    #expect(reply.status == 409, "\(status) \(action): \(reply.text)")
                    #expect(reply.code == "action_not_allowed", "\(status) \(action)")
                    #expect(reply.json["state"] == .string(status.rawValue))
                }
                _ = try await server.post("/v1/campaigns/\(id)/stop")
            }
        }
    }

    @Test func aStoppedCampaignIsRemovedWhenItsLastRequestsHaveEnded() async throws {
        try await withSilence(timeoutMilliseconds: 1_500) { server, sink in
            try await start("c", server, sink)
            #expect(try await server.post("/v1/campaigns/c/stop").status == 200)
            #expect(try await server.send("DELETE", "/v1/campaigns/c").status == 204)
            #expect(try await server.get("/v1/campaigns/c").status == 404)
            let folder = server.control.options.dataDirectory + "/campaigns"
            #expect(try FileManager.default.contentsOfDirectory(atPath: folder).isEmpty)
        }
    }

    @Test func theNumberOfARemovedCampaignIsNotUsedAgain() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            var numbers: Set<Int64> = []
            for _ in 0..<3 {
                try await server.addCampaign("c", recipients: 1)
                let number = try await server.control.database.read { db in
                    try Int64.fetchOne(db, sql: "SELECT pk FROM campaign WHERE id = 'c'")
                }
                numbers.insert(try #require(number))
                #expect(try await server.post("/v1/campaigns/c/start").status == 200)
                _ = try await server.waitForCampaign("c", ["completed"])
                #expect(try await server.send("DELETE", "/v1/campaigns/c").status == 204)
            }
            #expect(numbers.count == 3)
        }
    }

    @Test func notificationsLeaveNoLimiterBehind() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            var counts: [Int] = []
            for number in 0..<20 {
                let reply = try await server.post(
                    "/v1/notifications",
                    ["template_id": "welcome", "targets": [["user_id": .string("u\(number)")]]])
                #expect(reply.json["status"] == "completed", "\(reply.text)")
                counts.append(server.control.limits.book.count)
            }
            #expect(Set(counts).count == 1, "\(counts)")
        }
    }

    @Test func aCampaignLimitThatIsSetOutlivesItsRuns() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            try await server.addCampaign("c", recipients: 1, ["limits": ["rate": "500/s"]])
            let before = server.control.limits.book.count
            _ = try await server.post("/v1/campaigns/c/start")
            _ = try await server.waitForCampaign("c", ["completed"])
            // The app's and the provider's came with the run.
            #expect(server.control.limits.book.count == before + 2)
        }
    }

    @Test func aLimitThatCouldNotBeStoredIsNotInForce() async throws {
        try await TestServer.with { server in
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 1, ["limits": ["rate": "10/s"]])
            try await server.control.database.write { db in
                try db.execute(
                    sql: """
                        CREATE TRIGGER full BEFORE INSERT ON audit
                        BEGIN SELECT RAISE(ABORT, 'no room'); END
                        """)
            }
            let book = server.control.limits.book
            let changed = try await server.send(
                "PATCH", "/v1/campaigns/c", ["limits": ["rate": "9000/s"]])
            #expect(changed.status == 500)
            let made = try await server.post(
                "/v1/campaigns",
                [
                    "id": "d", "name": "d", "template_id": "welcome",
                    "limits": ["rate": "9000/s"],
                ])
            #expect(made.status == 500)
            #expect(try await server.post("/v1/campaigns/c/copy", ["id": "e"]).status == 500)
            let rates = ["c", "d", "e"].map {
                book.setting(.init(app: .first, level: .campaign, name: $0)).rate
            }
            #expect(rates == ["10/s", "unlimited", "unlimited"])
        }
    }

    @Test func aDamagedFileCostsItsOwnCampaignAlone() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestFolder.with { folder in
            var server = try await TestServer.start(in: folder)
            try await server.addTemplate(port: sink.port)
            for id in ["damaged", "sound"] {
                try await server.addCampaign(
                    id, recipients: 1_500, ["limits": ["rate": "100/s", "burst": 20]])
                _ = try await server.post("/v1/campaigns/\(id)/start")
            }
            while sink.statistics().requests < 100 { try await Task.sleep(for: .milliseconds(5)) }
            // As a process leaves it that was killed while the campaign ran.
            let engineID = try await server.control.database.read { db in
                try String.fetchOne(
                    db, sql: "SELECT engine_id FROM campaign WHERE id = 'damaged'")
            }
            await server.stop()
            let path = "\(folder)/campaigns/\(try #require(engineID))/campaign.sqlite"
            let content = try Data(contentsOf: URL(fileURLWithPath: path))
            try Data("no database".utf8).write(to: URL(fileURLWithPath: path))
            let database = try DatabaseQueue(path: folder + "/control.sqlite")
            try await database.write { db in
                try db.execute(sql: "UPDATE campaign SET is_open = 1")
            }
            try database.close()

            server = try await TestServer.start(in: folder, key: server.adminKey)
            let damaged = try await server.waitForCampaign("damaged", ["paused_error"])
            #expect(damaged["status_reason"]?.string?.contains("campaign.sqlite") == true)
            try await lift(["damaged", "sound"], server)
            _ = try await server.waitForCampaign("sound", ["completed"])
            let stopped = try await server.post("/v1/campaigns/damaged/resume")
            #expect(stopped.status == 200, "\(stopped.text)")
            _ = try await server.waitForCampaign("damaged", ["paused_error"])
            try content.write(to: URL(fileURLWithPath: path))
            _ = try await server.post("/v1/campaigns/damaged/resume")
            _ = try await server.waitForCampaign("damaged", ["completed"])
            #expect(sink.statistics().requests == 3_000)
            #expect(sink.statistics().duplicates == 0)
            await server.stop()
        }
    }

    /// Whoever was sent to is known from that file alone: it is not made anew.
    @Test(arguments: [(true, "folder"), (true, "file"), (false, "folder")])
    func aLostFileCostsItsOwnCampaignAloneAndIsSentToNobodyTwice(
        wasRunning: Bool, lost: String
    ) async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestFolder.with { folder in
            var server = try await TestServer.start(in: folder)
            try await server.addTemplate(port: sink.port)
            try await server.addCampaign(
                "c", recipients: 500, ["limits": ["rate": "10/s", "burst": 50]])
            _ = try await server.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 50 { try await Task.sleep(for: .milliseconds(5)) }
            if !wasRunning { _ = try await server.post("/v1/campaigns/c/pause") }
            await server.stop()
            let engineID = try FileManager.default.contentsOfDirectory(
                atPath: folder + "/campaigns")[0]
            let path =
                "\(folder)/campaigns/\(engineID)" + (lost == "file" ? "/campaign.sqlite" : "")
            let aside = folder + "/aside"
            try FileManager.default.moveItem(atPath: path, toPath: aside)
            let sent = sink.statistics().requests

            server = try await TestServer.start(in: folder, key: server.adminKey)
            if !wasRunning { _ = try await server.post("/v1/campaigns/c/resume") }
            let campaign = try await server.waitForCampaign("c", ["paused_error"])
            let reason = campaign["status_reason"]?.string ?? ""
            #expect(reason.contains("campaign.sqlite is not there"), "\(reason)")
            #expect(!reason.contains(folder), "\(reason)")
            let retried = try await server.post("/v1/campaigns/c/resume")
            #expect(retried.status == 200, "\(retried.text)")
            _ = try await server.waitForCampaign("c", ["paused_error"])
            #expect(try await server.get("/v1/campaigns/c/deliveries").status == 500)
            #expect(sink.statistics().requests == sent)

            // What came into its place meanwhile is nothing that is needed.
            try? FileManager.default.removeItem(atPath: path)
            try FileManager.default.moveItem(atPath: aside, toPath: path)
            try await lift(["c"], server)
            _ = try await server.post("/v1/campaigns/c/resume")
            _ = try await server.waitForCampaign("c", ["completed"])
            #expect(sink.statistics().requests == 500)
            #expect(sink.statistics().duplicates == 0)
            await server.stop()
        }
    }

    @Test func aCampaignWhoseFileIsLostCanBeStoppedAndRemoved() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            try await server.addCampaign(
                "c", recipients: 500, ["limits": ["rate": "100/s", "burst": 20]])
            _ = try await server.post("/v1/campaigns/c/start")
            while sink.statistics().requests < 20 { try await Task.sleep(for: .milliseconds(5)) }
            _ = try await server.post("/v1/campaigns/c/pause")
            let folder = server.control.options.dataDirectory + "/campaigns"
            // Until the paused run has let go of it.
            try await Task.sleep(for: .milliseconds(300))
            try FileManager.default.removeItem(atPath: folder)
            _ = try await server.post("/v1/campaigns/c/resume")
            _ = try await server.waitForCampaign("c", ["paused_error"])
            #expect(try await server.post("/v1/campaigns/c/stop").status == 200)
            #expect(try await server.post("/v1/campaigns/c/retry_failed").status == 500)
            #expect(try await server.send("DELETE", "/v1/campaigns/c").status == 204)
            #expect(try await server.get("/v1/campaigns/c").status == 404)
        }
    }

    @Test func aLostFileHoldsUpNothingOfOtherCampaigns() async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            var deliveries: [String] = []
            let folder = server.control.options.dataDirectory + "/campaigns"
            var lost: [String] = []
            for id in ["kept", "lost"] {
                let others = Set(try FileManager.default.contentsOfDirectory(atPath: folder))
                try await server.addCampaign(id, recipients: 3, ["ack_deadline_seconds": 1])
                _ = try await server.post("/v1/campaigns/\(id)/start")
                _ = try await server.waitForCampaign(id, ["completed"])
                let list = try await server.get("/v1/campaigns/\(id)/deliveries")
                deliveries.append(
                    try #require(list.json["deliveries"]?.array?.first?["id"]?.string))
                lost = try FileManager.default.contentsOfDirectory(atPath: folder)
                    .filter { !others.contains($0) }
            }
            for name in lost { try FileManager.default.removeItem(atPath: "\(folder)/\(name)") }

            let delivery = try await server.get("/v1/deliveries/\(deliveries[0])")
            let user = try #require(delivery.json["user_id"]?.string)
            let list = try await server.get("/v1/users/\(user)/deliveries")
            #expect(list.status == 200, "\(list.text)")
            let listed = list.json["deliveries"]?.array?.compactMap { $0["id"]?.string }
            #expect(listed == [deliveries[0]])
            let acts = try await server.post(
                "/v1/deliveries/engagement",
                [
                    "items": .array(
                        deliveries.map { ["id": .string($0), "action": "acknowledge"] })
                ])
            #expect(acts.status == 200, "\(acts.text)")
            #expect(acts.json["recorded"] == 1)
            #expect(acts.json["errors"]?.array?.first?["code"] == "internal_error")
            let stats = try await server.get("/v1/campaigns/lost/stats")
            #expect(stats.json["sent"] == 3, "\(stats.text)")
            #expect(stats.json["missed"] == .null)
        }
    }

    /// Takes the limits of campaigns away.
    private func lift(_ ids: [String], _ server: TestServer) async throws {
        let limits = ids.map { id -> JSONValue in
            ["level": "campaign", "name": .string(id), "rate": "unlimited"]
        }
        let reply = try await server.send("PUT", "/v1/limits", ["limits": .array(limits)])
        #expect(reply.status == 200, "\(reply.text)")
    }
}

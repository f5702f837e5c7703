import ControlDirectory
import ControlTesting
import GRDB
import JSON
import StandInReceiver
import Testing

@testable import Control

/// Callers that wait until a campaign does not run any more.
@Suite struct RunWaitTests {
    @Test func aWaitEndsWithItsTimeOrWithTheRun() async throws {
        var configuration = SinkConfiguration()
        configuration.latency = .constant(milliseconds: 60_000)
        let sink = try Sink.started(configuration)
        try await TestAPI.with { api in
            try await api.addTemplate(port: sink.port)
            try await api.addCampaign("slow", recipients: 1)
            _ = try await api.succeed("POST", "/v1/campaigns/slow/start")
            let row = try #require(
                try await api.control.database.read { db in
                    try CampaignRowID.fetchOne(db, sql: "SELECT pk FROM campaign")
                })
            let runner = api.control.runner

            await runner.waitWhileRunning(row, atMost: .milliseconds(300))
            #expect(try await api.get("/v1/campaigns/slow").json["status"] == "running")

            async let waiting: Void = runner.waitWhileRunning(row, atMost: .seconds(3_600))
            _ = try await api.succeed("POST", "/v1/campaigns/slow/stop")
            await waiting
            #expect(try await api.get("/v1/campaigns/slow").json["status"] == "stopped")
            // What is on the wire ends with its connection.
            sink.stop()
        }
    }
}

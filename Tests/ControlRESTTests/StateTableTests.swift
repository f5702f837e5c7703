import CampaignLife
import Control
import ControlDirectory
import ControlTesting
import GRDB
import JSON
import StandInReceiver
import Testing

/// Every state with every action, through the API.
@Suite struct StateTableTests {
    /// What an action that is allowed answers, and the status after it; nil where it stays.
    private static let outcomes: [CampaignAction: (status: Int, after: CampaignStatus?)] = [
        .update: (200, nil), .delete: (204, nil), .copy: (201, nil), .addRecipients: (200, nil),
        .estimate: (200, nil), .rehearse: (200, nil), .test: (202, nil), .start: (200, .running),
        .schedule: (200, .scheduled), .unschedule: (200, .draft), .trigger: (202, nil),
        .pause: (200, .paused), .resume: (200, .running), .stop: (200, .stopped),
        // Nothing has failed yet: the action is taken up and finds nobody.
        .retryFailed: (409, nil),
    ]

    @Test(arguments: CampaignStatus.allCases)
    func everyActionIsTakenOrRefusedAsTheTableSays(status: CampaignStatus) async throws {
        let sink = try Sink.started(SinkConfiguration())
        defer { sink.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: sink.port)
            for action in CampaignAction.allCases {
                let id = "c-\(action.rawValue)"
                try await server.addCampaign(id, recipients: 1, ["trigger": "api"])
                try await server.control.database.write { db in
                    try db.execute(
                        sql: "UPDATE campaign SET status = ? WHERE id = ?",
                        arguments: [status.rawValue, id])
                }
                let reply = try await server.perform(action, on: id)
                if status.actions.contains(action) {
                    try await checkTaken(reply, action, id, server)
                } else {
                    #expect(reply.status == 409, "\(status) \(action)")
                    #expect(reply.code == "action_not_allowed", "\(status) \(action)")
                    #expect(reply.json["state"] == .string(status.rawValue))
                    let allowed = reply.json["allowed_actions"]?.array?.compactMap(\.string)
                    #expect(Set(allowed ?? []) == Set(status.actions.map(\.rawValue)))
                    let after = try await server.get("/v1/campaigns/\(id)").json["status"]
                    #expect(after == .string(status.rawValue), "\(status) \(action)")
                }
            }
        }
    }

    private func checkTaken(
        _ reply: Reply, _ action: CampaignAction, _ id: String, _ server: TestServer
    ) async throws {
        let expected = try #require(Self.outcomes[action])
        #expect(reply.status == expected.status, "\(action): \(reply.text)")
        #expect(reply.code != "action_not_allowed", "\(action)")
        if action == .delete {
            #expect(try await server.get("/v1/campaigns/\(id)").status == 404)
        }
        guard let after = expected.after else { return }
        let status = try await server.get("/v1/campaigns/\(id)").json["status"]?.string
        // A campaign of one recipient may have ended already.
        let possible = after == .running ? ["running", "completed"] : [after.rawValue]
        #expect(possible.contains(status ?? ""), "\(action)")
    }
}

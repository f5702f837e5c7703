import Control
import ControlDirectory
import GRDB
import JSON
import Testing

@Suite struct LimitTests {
    private func put(_ limit: JSONValue, _ server: TestServer) async throws -> TestServer.Reply {
        try await server.send("PUT", "/v1/limits", ["limits": [limit]])
    }

    @Test func aFieldThatIsNotNamedStays() async throws {
        try await TestServer.with { server in
            _ = try await put(["level": "app", "rate": "100/s", "burst": 7], server)
            _ = try await put(["level": "provider", "name": "webhook", "in_flight": 3], server)
            _ = try await put(["level": "app", "in_flight": 5], server)
            let changed = try await put(["level": "app", "rate": "200/s"], server)
            #expect(
                changed.json["limits"] == [
                    ["level": "app", "name": "", "rate": "200/s", "burst": 7, "in_flight": 5],
                    [
                        "level": "provider", "name": "webhook", "rate": "unlimited", "burst": nil,
                        "in_flight": 3,
                    ],
                ])
            let lifted = try await put(
                ["level": "app", "rate": "unlimited", "in_flight": nil], server)
            #expect(lifted.json["limits"]?.array?.count == 1)
        }
    }

    @Test func aChangeThatIsStoredAndNotYetInForceIsNotUndone() async throws {
        try await TestServer.with { server in
            try await server.control.database.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO send_limit (app, level, name, rate, updated_at)
                        VALUES (1, 'app', '', '100/s', 0)
                        """)
            }
            let changed = try await put(["level": "app", "in_flight": 5], server)
            #expect(changed.json["limits"]?.array?.first?["rate"] == "100/s")
            #expect(changed.json["limits"]?.array?.first?["in_flight"] == 5)
        }
    }

    @Test func ofManyChangesAtOnceTheOneThatIsStoredIsInForce() async throws {
        try await TestServer.with { server in
            try await withThrowingTaskGroup { group in
                for number in 1...40 {
                    group.addTask {
                        let rate = JSONValue.string("\(number)/s")
                        let reply = try await self.put(["level": "app", "rate": rate], server)
                        #expect(reply.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            let stored = try await server.get("/v1/limits").json["limits"]?.array?.first
            let key = try #require(LimitBook.Key(app: 1, level: "app", name: ""))
            let inForce = server.control.limits.book.setting(key)
            #expect(stored?["rate"] == .string(inForce.rate))
        }
    }

    @Test func aCampaignsLimitEndsWithIt() async throws {
        try await TestServer.with { server in
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 0, ["limits": ["rate": "1/h"]])
            #expect(try await server.get("/v1/limits").json["limits"]?.array?.count == 1)
            #expect(try await server.send("DELETE", "/v1/campaigns/c").status == 204)
            #expect(try await server.get("/v1/limits").json["limits"] == [])
            let key = try #require(LimitBook.Key(app: 1, level: "campaign", name: "c"))
            #expect(server.control.limits.book.setting(key) == .unlimited)
        }
    }
}

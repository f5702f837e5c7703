import Control
import ControlDirectory
import ControlTesting
import GRDB
import JSON
import Testing

@Suite struct LimitTests {
    private func put(_ limit: JSONValue, _ api: TestAPI) async throws -> Reply {
        try await api.send("PUT", "/v1/limits", ["limits": [limit]])
    }

    @Test func aFieldThatIsNotNamedStays() async throws {
        try await TestAPI.with { api in
            _ = try await put(["level": "app", "rate": "100/s", "burst": 7], api)
            _ = try await put(["level": "provider", "name": "webhook", "in_flight": 3], api)
            _ = try await put(["level": "app", "in_flight": 5], api)
            let changed = try await put(["level": "app", "rate": "200/s"], api)
            #expect(
                changed.json["limits"] == [
                    ["level": "app", "name": "", "rate": "200/s", "burst": 7, "in_flight": 5],
                    [
                        "level": "provider", "name": "webhook", "rate": "unlimited", "burst": nil,
                        "in_flight": 3,
                    ],
                ])
            let lifted = try await put(
                ["level": "app", "rate": "unlimited", "in_flight": nil], api)
            #expect(lifted.json["limits"]?.array?.count == 1)
        }
    }

    @Test func aChangeThatIsStoredAndNotYetInForceIsNotUndone() async throws {
        try await TestAPI.with { api in
            try await api.control.database.write { db in
                try db.execute(
                    sql: """
                        INSERT INTO send_limit (app, level, name, rate, updated_at)
                        VALUES (1, 'app', '', '100/s', 0)
                        """)
            }
            let changed = try await put(["level": "app", "in_flight": 5], api)
            #expect(changed.json["limits"]?.array?.first?["rate"] == "100/s")
            #expect(changed.json["limits"]?.array?.first?["in_flight"] == 5)
        }
    }

    @Test func ofManyChangesAtOnceTheOneThatIsStoredIsInForce() async throws {
        try await TestAPI.with { api in
            try await withThrowingTaskGroup { group in
                for number in 1...40 {
                    group.addTask {
                        let rate = JSONValue.string("\(number)/s")
                        let reply = try await self.put(["level": "app", "rate": rate], api)
                        #expect(reply.status == 200)
                    }
                }
                try await group.waitForAll()
            }
            let stored = try await api.get("/v1/limits").json["limits"]?.array?.first
            let key = try #require(LimitBook.Key(app: .first, level: "app", name: ""))
            let inForce = api.control.limits.book.setting(key)
            #expect(stored?["rate"] == .string(inForce.rate))
        }
    }

    @Test func aCampaignsLimitEndsWithIt() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0, ["limits": ["rate": "1/h"]])
            #expect(try await api.get("/v1/limits").json["limits"]?.array?.count == 1)
            #expect(try await api.send("DELETE", "/v1/campaigns/c").status == 204)
            #expect(try await api.get("/v1/limits").json["limits"] == [])
            let key = try #require(LimitBook.Key(app: .first, level: "campaign", name: "c"))
            #expect(api.control.limits.book.setting(key) == .unlimited)
        }
    }
}

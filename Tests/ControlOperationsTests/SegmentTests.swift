import Control
import ControlDirectory
import ControlMessages
import ControlTesting
import Foundation
import GRDB
import JSON
import Testing

@Suite struct SegmentTests {
    @Test func aListOfTargetsHasAnExactSizeUnderRepeats() async throws {
        try await TestAPI.with { api in
            let made = try await api.post("/v1/segments", ["id": "s", "name": "S"])
            #expect(made.status == 201)
            try Segments.shape.check(made.json)
            #expect(made.json["size_state"] == "ready")
            let ids: JSONValue = ["target_ids": ["c", "a", "b", "a"]]
            let added = try await api.post("/v1/segments/s/targets/add", ids)
            #expect(added.json == ["added": 3, "size": 3])
            let again = try await api.post("/v1/segments/s/targets/add", ids)
            #expect(again.json == ["added": 0, "size": 3])
            let removed = try await api.post(
                "/v1/segments/s/targets/remove", ["target_ids": ["a", "nobody"]])
            #expect(removed.json == ["removed": 1, "size": 2])
            #expect(try await api.get("/v1/segments/s").json["size"] == 2)
            #expect(try await api.get("/v1/segments/s/targets/b").status == 200)
            #expect(try await api.get("/v1/segments/s/targets/a").status == 404)
        }
    }

    @Test func targetsAreListedByIdInPages() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/segments", ["id": "s", "name": "S"])
            let ids = (0..<25).map { JSONValue.string("u\(10 + $0)") }
            _ = try await api.post(
                "/v1/segments/s/targets/add", ["target_ids": .array(ids.shuffled())])
            var seen: [JSONValue] = []
            var path = "/v1/segments/s/targets?limit=10"
            while true {
                let page = try await api.get(path)
                seen += page.json["targets"]?.array?.compactMap { $0["target_id"] } ?? []
                guard let next = page.json["next"]?.string else { break }
                path = "/v1/segments/s/targets?limit=10&next=\(next)"
            }
            #expect(seen == ids)
            let found = try await api.post(
                "/v1/segments/s/targets/query",
                ["filter": ["target_id": ["$gte": "u30", "$lte": "u32"]]])
            #expect(
                found.json["targets"]?.array?.compactMap { $0["target_id"] }
                    == ["u30", "u31", "u32"])
            let wrong = try await api.post(
                "/v1/segments/s/targets/query", ["filter": ["name": "x"]])
            #expect(wrong.json["errors"]?.array?.first?["path"] == "/filter/name")
            #expect(
                try await api.get("/v1/segments/s/targets?limit=10001").status == 400)
        }
    }

    @Test func aFilterIsCountedAndCountedAnewWhenItChanges() async throws {
        try await TestAPI.with { api in
            for number in 0..<10 {
                try await api.insertUser(
                    "u\(number)", attributes: ["plan": number < 3 ? "pro" : "free"],
                    tags: number % 2 == 0 ? ["even"] : [])
            }
            let made = try await api.post(
                "/v1/segments", ["id": "s", "name": "S", "filter": ["plan": "pro"]])
            #expect(made.status == 201)
            #expect(try await api.counted("s")["size"] == 3)
            let changed = try await api.send(
                "PATCH", "/v1/segments/s",
                ["filter": ["plan": "free", "tags": ["$contains": "even"]]])
            #expect(changed.json["size_state"] == "pending")
            #expect(try await api.counted("s")["size"] == 3)
            try await api.insertUser("u10", attributes: ["plan": "free"], tags: ["even"])
            let recount = try await api.post("/v1/segments/s/count")
            #expect(recount.status == 202)
            #expect(try await api.counted("s")["size"] == 4)
            _ = try await api.post(
                "/v1/segments", ["id": "all", "name": "All", "all_users": true])
            #expect(try await api.counted("all")["size"] == 11)
            for action in ["add", "remove"] {
                let refused = try await api.post(
                    "/v1/segments/s/targets/\(action)", ["target_ids": ["u1"]])
                #expect(refused.status == 409)
                #expect(refused.code == "action_not_allowed")
            }
        }
    }

    @Test func mistakesOfASegmentAreNamed() async throws {
        try await TestAPI.with { api in
            for (body, path) in [
                (["name": "x", "filter": ["plan": ["$near": 1]]], "/filter/plan/$near"),
                (["name": "x", "filter": [:], "all_users": true], "/all_users"),
                (["name": "x", "type": "channel"], "/type"),
            ] as [(JSONValue, String)] {
                let reply = try await api.post("/v1/segments", body)
                #expect(reply.status == 422)
                #expect(reply.json["errors"]?.array?.first?["path"]?.string == path)
            }
            _ = try await api.post("/v1/segments", ["id": "list", "name": "x"])
            let change = try await api.send(
                "PATCH", "/v1/segments/list", ["filter": ["plan": "pro"]])
            #expect(change.status == 409)
        }
    }

    @Test func segmentsAreFoundByFilterInOrder() async throws {
        try await TestAPI.with { api in
            for (id, all) in [("a", true), ("b", false), ("c", true)] {
                _ = try await api.post(
                    "/v1/segments",
                    ["id": .string(id), "name": .string("Name \(id)"), "all_users": .bool(all)])
            }
            let query: JSONValue = [
                "filter": ["all_users": true], "sort": [["field": "name", "direction": -1]],
                "limit": 1,
            ]
            let first = try await api.post("/v1/segments/query", query)
            #expect(first.json["segments"]?.array?.first?["id"] == "c")
            guard case .object(var fields) = query else { return }
            fields["next"] = first.json["next"]
            let second = try await api.post("/v1/segments/query", .object(fields))
            #expect(second.json["segments"]?.array?.compactMap { $0["id"] } == ["a"])
            #expect(second.json["next"] == .null)
            fields["filter"] = [:]
            let other = try await api.post("/v1/segments/query", .object(fields))
            #expect(other.code == "invalid_cursor")
            #expect(try await api.post("/v1/segments/query").json["segments"]?.array?.count == 3)
        }
    }

    @Test func aSegmentThatACampaignNeedsIsNotDeletedAndItsTargetsGoWithIt() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/segments", ["id": "s", "name": "S"])
            _ = try await api.post(
                "/v1/segments/s/targets/add", ["target_ids": ["a", "b"]])
            try await api.insertCampaign("c", segments: ["r", "s"], status: "paused")
            let refused = try await api.send("DELETE", "/v1/segments/s")
            #expect(refused.code == "reference_in_use")
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE campaign SET status = 'stopped'")
            }
            #expect(try await api.send("DELETE", "/v1/segments/s").status == 204)
            _ = try await api.post("/v1/segments", ["id": "s", "name": "S"])
            #expect(try await api.get("/v1/segments/s/targets").json["targets"] == [])
            try await api.wait {
                try await api.control.database.read { db in
                    try Int.fetchOne(db, sql: "SELECT count(*) FROM segment_target") == 0
                }
            }
        }
    }
}

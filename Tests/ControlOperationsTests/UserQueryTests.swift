import Control
import ControlDirectory
import ControlTesting
import Filters
import GRDB
import JSON
import Testing

@Suite struct UserQueryTests {
    private func fill(_ api: TestAPI, _ count: Int) async throws {
        let users = (0..<count).map { number -> JSONValue in
            let attributes: JSONValue = [
                "plan": number % 2 == 0 ? "pro" : "free", "age": .integer(Int64(number)),
            ]
            let tags: JSONValue = number % 5 == 0 ? ["vip"] : []
            return [
                "id": .string("u\(100 + number)"), "name": .string("Person \(number % 3)"),
                "attributes": attributes, "tags": tags,
            ]
        }
        let reply = try await api.post("/v1/users/bulk", ["users": .array(users)])
        #expect(reply.json["created"] == .integer(Int64(count)), "\(reply.text)")
    }

    @Test func usersAreFoundByFilterSortedAndPaged() async throws {
        try await TestAPI.with { api in
            try await fill(api, 30)
            var body: [String: JSONValue] = [
                "filter": ["plan": "pro", "age": ["$gte": 4]],
                "sort": [["field": "name", "direction": -1]], "limit": 5,
            ]
            var names: [String] = []
            var ids = Set<String>()
            while true {
                let page = try await api.post("/v1/users/query", .object(body))
                #expect(page.status == 200, "\(page.text)")
                for user in page.json["users"]?.array ?? [] {
                    names.append(user["name"]?.string ?? "")
                    ids.insert(user["id"]?.string ?? "")
                }
                guard let next = page.json["next"], !next.isNull else { break }
                body["next"] = next
            }
            #expect(ids.count == 13)
            #expect(names.count == 13)
            #expect(names == names.sorted(by: >))
        }
    }

    @Test func withoutABodyAllUsersComeInTheOrderOfTheirIds() async throws {
        try await TestAPI.with { api in
            try await fill(api, 12)
            let page = try await api.post("/v1/users/query")
            let ids = page.json["users"]?.array?.compactMap { $0["id"]?.string } ?? []
            #expect(ids.count == 12)
            #expect(ids == ids.sorted())
        }
    }

    @Test func aMistakeInAFilterOrSortIsToldByItsPath() async throws {
        try await TestAPI.with { api in
            for (body, path) in [
                (["filter": ["age": ["$gtt": 5]]], "/filter/age/$gtt"),
                (["filter": ["$or": []]], "/filter/$or"),
                (["sort": [["field": "tags"]]], "/sort/0/field"),
            ] as [(JSONValue, String)] {
                let reply = try await api.post("/v1/users/query", body)
                #expect(reply.status == 422)
                #expect(reply.json["errors"]?.array?.first?["path"]?.string == path)
            }
        }
    }

    @Test func aCursorOfAnotherFilterIsRefused() async throws {
        try await TestAPI.with { api in
            try await fill(api, 10)
            let page = try await api.post("/v1/users/query", ["limit": 3])
            let next = try #require(page.json["next"])
            let other = try await api.post(
                "/v1/users/query", ["limit": 3, "filter": ["plan": "pro"], "next": next])
            #expect(other.status == 400)
            #expect(other.code == "invalid_cursor")
        }
    }

    @Test func aDeclaredAttributeIsCheckedIndexedAndWithdrawn() async throws {
        try await TestAPI.with { api in
            try await fill(api, 10)
            let path = "/v1/attributes/age"
            let made = try await api.send("PUT", path, ["type": "integer", "indexed": true])
            #expect(made.status == 200, "\(made.text)")
            let list = try await api.get("/v1/attributes")
            #expect(list.json["attributes"]?.array == [made.json])
            let plan = try await api.indexes(of: "user_attribute_")
            #expect(plan == 1)
            let wrong = try await api.post(
                "/v1/users", ["id": "x", "attributes": ["age": "old"]])
            #expect(wrong.status == 422)
            #expect(wrong.json["errors"]?.array?.first?["path"] == "/attributes/age")
            let found = try await api.post("/v1/users/query", ["filter": ["age": ["$lt": 3]]])
            #expect(found.json["users"]?.array?.count == 3)
            _ = try await api.send("PUT", path, ["type": "integer", "indexed": false])
            #expect(try await api.indexes(of: "user_attribute_") == 0)
            #expect(try await api.send("DELETE", path).status == 204)
            #expect(try await api.send("DELETE", path).status == 404)
            #expect(
                try await api.post("/v1/users", ["id": "x", "attributes": ["age": "old"]])
                    .status == 201)
        }
    }

    @Test func theIndexOfAnAttributeAnswersItsFilter() async throws {
        try await TestAPI.with { api in
            _ = try await api.send(
                "PUT", "/v1/attributes/home.city", ["type": "string", "indexed": true])
            try await fill(api, 5)
            let plan = try await api.control.database.read { db in
                let schema = FilterSchema.users(
                    app: 1, attributes: try Attributes.declared(.first, db))
                let filter = try Filter(["home.city": "Rome"], schema: schema)
                // As `Users.query` writes it, with the app as a literal.
                return try Row.fetchAll(
                    db,
                    sql: "EXPLAIN QUERY PLAN SELECT user.* FROM user WHERE user.app = 1 AND "
                        + filter.compiled.sql,
                    arguments: StatementArguments(filter.compiled.arguments.map(\.databaseValue))
                ).map { $0["detail"] as String }
            }
            #expect(plan.contains { $0.contains("user_attribute_1_home.city") }, "\(plan)")
        }
    }

    @Test func anAppHasABoundedNumberOfIndexes() async throws {
        try await TestAPI.with { api in
            for number in 0..<16 {
                let reply = try await api.send(
                    "PUT", "/v1/attributes/a\(number)", ["type": "string", "indexed": true])
                #expect(reply.status == 200)
            }
            let more: JSONValue = ["type": "string", "indexed": true]
            #expect(try await api.send("PUT", "/v1/attributes/b", more).code == "limit_reached")
            #expect(try await api.send("PUT", "/v1/attributes/a3", more).status == 200)
            #expect(
                try await api.send(
                    "PUT", "/v1/attributes/b", ["type": "string", "indexed": false]
                ).status == 200)
        }
    }
}

import ControlTesting
import Foundation
import JSON
import Testing

@Suite struct UserTests {
    private let ada: JSONValue = [
        "id": "ada", "name": "Ada", "locale": "en-GB", "timezone": "Europe/London",
        "attributes": ["plan": "pro", "home": ["city": "London", "size": 5]],
        "tags": ["vip", "new"], "consent": ["email": "denied", "webhook": "granted"],
        "endpoints": [["type": "webhook", "url": "https://a.example/hook"]],
        "last_active_at": "2026-01-31T08:00:00Z",
    ]

    @Test func aUserIsShownAsItWasMade() async throws {
        try await TestAPI.with { api in
            let made = try await api.post("/v1/users", ada)
            #expect(made.status == 201, "\(made.text)")
            let user = try await api.get("/v1/users/ada")
            #expect(user.status == 200)
            #expect(user.json == made.json)
            for name in ["id", "name", "locale", "timezone", "attributes", "tags", "consent"] {
                #expect(user.json[name] == ada[name], "\(name)")
            }
            #expect(user.json["last_active_at"] == "2026-01-31T08:00:00.000Z")
            #expect(
                user.json["endpoints"] == [
                    ["id": "webhook", "type": "webhook", "url": "https://a.example/hook"]
                ])
            #expect(try await api.post("/v1/users", ada).code == "already_exists")
        }
    }

    @Test func puttingReplacesEverythingButConsentAndTheLastActivity() async throws {
        try await TestAPI.with { api in
            #expect(try await api.send("PUT", "/v1/users/bob", [:]).status == 201)
            _ = try await api.post("/v1/users", ada)
            let user = try await api.send("PUT", "/v1/users/ada", ["name": "Countess"])
            #expect(user.status == 200)
            #expect(user.json["name"] == "Countess")
            #expect(user.json["attributes"] == [:])
            #expect(user.json["tags"] == [])
            #expect(user.json["endpoints"] == [])
            #expect(user.json["consent"] == ada["consent"])
            #expect(user.json["last_active_at"] == "2026-01-31T08:00:00.000Z")
            let emptied = try await api.send(
                "PUT", "/v1/users/ada", ["consent": [:], "last_active_at": nil])
            #expect(emptied.json["consent"] == [:])
            #expect(emptied.json["last_active_at"] == .null)
        }
    }

    @Test func patchingMergesAttributesAndReplacesOtherFields() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ada)
            let user = try await api.send(
                "PATCH", "/v1/users/ada",
                [
                    "attributes": ["plan": nil, "home": ["size": 6], "beta": true],
                    "tags": ["new", "late"], "name": nil,
                ])
            #expect(user.status == 200, "\(user.text)")
            #expect(
                user.json["attributes"] == ["home": ["city": "London", "size": 6], "beta": true])
            #expect(user.json["tags"] == ["new", "late"])
            #expect(user.json["name"] == .null)
            #expect(user.json["locale"] == "en-GB")
            #expect(try await api.send("PATCH", "/v1/users/eve", [:]).status == 404)
            // The tags that filters look at have followed.
            for (tag, count) in [("vip", 0), ("new", 1), ("late", 1)] {
                let found = try await api.post(
                    "/v1/users/query", ["filter": ["tags": .string(tag)]])
                #expect(found.json["users"]?.array?.count == count, "\(tag)")
            }
        }
    }

    @Test func aDeletedUserIsGoneFromEveryTable() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ada)
            _ = try await api.send("PATCH", "/v1/users/ada", ["name": "Countess Ada"])
            let before = try await api.get("/v1/audit?resource=user&limit=1")
            let change = try #require(before.json["entries"]?.array?.first)
            #expect(change["before"]?["name"] == ada["name"])
            #expect(change["after"]?["name"] == "Countess Ada")
            _ = try await api.post(
                "/v1/events", ["events": [["user_id": "ada", "name": "login"]]])
            #expect(try await api.send("DELETE", "/v1/users/ada").status == 204)
            #expect(try await api.get("/v1/users/ada").status == 404)
            #expect(try await api.send("DELETE", "/v1/users/ada").status == 404)
            for table in ["user", "user_tag", "user_event"] {
                #expect(try await api.count(table) == 0, "\(table)")
            }
            let log = try await api.get("/v1/audit?resource=user")
            #expect(!log.text.contains("Ada") && !log.text.contains("London"))
        }
    }

    @Test func mistakesAreToldByTheirPath() async throws {
        try await TestAPI.with { api in
            for (field, value, path) in [
                ("timezone", "Mars/Base", "/timezone"), ("locale", "e-", "/locale"),
                ("tags", ["a", "a"], "/tags/1"), ("tags", ["a", 1], "/tags/1"),
                ("consent", ["fax": "granted"], "/consent/fax"),
                ("endpoints", [["type": "webhook", "url": "a"]], "/endpoints/0/url"),
                ("colour", "red", "/colour"),
            ] as [(String, JSONValue, String)] {
                let reply = try await api.post(
                    "/v1/users", .object(["id": "x", field: value]))
                #expect(reply.status == 422, "\(path): \(reply.text)")
                #expect(reply.json["errors"]?.array?.first?["path"]?.string == path)
            }
            #expect(try await api.count("user") == 0)
        }
    }

    @Test func personalDataNeedsThePermissionOfUsers() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ada)
            let made = try await api.post(
                "/v1/keys", ["name": "c", "permissions": ["manage_campaigns"]])
            let key = try #require(made.json["secret"]?.string)
            #expect(try await api.get("/v1/users/ada", key: key).status == 403)
            #expect(try await api.post("/v1/users/query", [:], key: key).status == 403)
            #expect(try await api.get("/v1/suppressions", key: key).status == 403)
        }
    }

    @Test func anotherAppHasItsOwnUserOfTheSameId() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ada)
            let app = try await api.post("/v1/apps", ["name": "Other"])
            let other = try #require(app.json["key"]?.string)
            #expect(try await api.get("/v1/users/ada", key: other).status == 404)
            #expect(
                try await api.send("DELETE", "/v1/users/ada", key: other).status == 404)
            #expect(try await api.post("/v1/users", ["id": "ada"], key: other).status == 201)
            let found = try await api.post("/v1/users/query", [:], key: other)
            #expect(found.json["users"]?.array?.count == 1)
            #expect(found.json["users"]?.array?.first?["name"] == .null)
        }
    }

    @Test func aBulkCallMakesAndReplacesAndNamesWhatItRejects() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ada)
            let reply = try await api.post(
                "/v1/users/bulk",
                [
                    "users": [
                        ["id": "ada", "tags": ["old"]], ["name": "nobody"], ["id": "z"],
                        ["id": "b", "tags": ["t"]], ["id": "b", "tags": ["u"]],
                        ["id": "c", "locale": 5],
                    ]
                ])
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["created"] == 2)
            #expect(reply.json["updated"] == 2)
            #expect(reply.json["rejected"] == 2)
            let errors = reply.json["errors"]?.array ?? []
            #expect(errors.map { $0["index"] } == [1, 5])
            #expect(errors.map { $0["path"] } == ["/id", "/locale"])
            #expect(try await api.get("/v1/users/b").json["tags"] == ["u"])
            #expect(try await api.count("user_tag") == 2)
        }
    }

    @Test func propertiesOfEventsAreRefusedRatherThanDropped() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ["id": "a"])
            let reply = try await api.post(
                "/v1/events",
                ["events": [["user_id": "a", "name": "paid", "properties": ["amount": 5]]]])
            #expect(reply.status == 422)
            #expect(reply.json["errors"]?.array?.first?["path"] == "/events/0/properties")
            #expect(try await api.count("user_event") == 0)
        }
    }

    @Test func eventsAreCountedAndMoveTheLastActivity() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ["id": "a"])
            let reply = try await api.post(
                "/v1/events",
                [
                    "events": [
                        ["user_id": "a", "name": "paid", "at": "2026-02-02T00:00:00Z"],
                        ["user_id": "a", "name": "paid", "at": "2026-02-01T00:00:00Z"],
                        ["user_id": "nobody", "name": "paid"],
                    ]
                ])
            #expect(reply.status == 202)
            #expect(reply.json["accepted"] == 2)
            #expect(reply.json["rejected"] == 1)
            #expect(reply.json["errors"]?.array?.first?["index"] == 2)
            let user = try await api.get("/v1/users/a")
            #expect(user.json["last_active_at"] == "2026-02-02T00:00:00.000Z")
            let found = try await api.post(
                "/v1/users/query",
                [
                    "filter": [
                        "events.paid.count": 2, "events.paid": ["$gt": "2026-02-01T12:00:00Z"],
                    ]
                ]
            )
            #expect(found.json["users"]?.array?.count == 1, "\(found.text)")
        }
    }
}

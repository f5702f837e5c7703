import Control
import ControlDirectory
import ControlTesting
import GRDB
import JSON
import Testing

@Suite struct IdentityTests {
    @Test func aKeyIsShownOnceWorksUntilItIsRevokedAndIsListedWithoutItsSecret() async throws {
        try await TestAPI.with { api in
            let made = try await api.post(
                "/v1/keys", ["name": "ci", "permissions": ["view_campaigns"]])
            #expect(made.status == 201)
            let secret = try #require(made.json["secret"]?.string)
            let id = try #require(made.json["id"]?.string)
            #expect(try await api.get("/v1/app", key: secret).status == 200)
            let denied = try await api.get("/v1/keys", key: secret)
            #expect(denied.status == 403)
            #expect(denied.json["permission"] == "admin")
            let list = try await api.get("/v1/keys")
            #expect(list.json["keys"]?.array?.count == 2)
            #expect(!list.text.contains(secret))
            #expect(try await api.send("DELETE", "/v1/keys/\(id)").status == 200)
            let revoked = try await api.get("/v1/app", key: secret)
            #expect(revoked.status == 401)
            #expect(revoked.code == "key_expired")
        }
    }

    @Test func theLastKeyThatMayMakeOthersIsNotRevoked() async throws {
        try await TestAPI.with { api in
            let key = try #require(
                try await api.get("/v1/keys").json["keys"]?.array?.first?["id"]?.string)
            _ = try await api.succeed(
                "POST", "/v1/keys", ["name": "ci", "permissions": ["view_campaigns"]])
            let refused = try await api.send("DELETE", "/v1/keys/\(key)")
            #expect(refused.status == 409)
            #expect(refused.code == "action_not_allowed", "\(refused.text)")
            _ = try await api.succeed(
                "POST", "/v1/keys", ["name": "other", "permissions": ["admin"]])
            #expect(try await api.send("DELETE", "/v1/keys/\(key)").status == 200)
        }
    }

    @Test func aKeyEndsAtItsTimeIsStoredAsAHashAndShowsItsLastUse() async throws {
        try await TestAPI.with { api in
            let end = WallClock.system.now + 3_600
            let made = try await api.post(
                "/v1/keys",
                [
                    "name": "ci", "permissions": ["view_campaigns"],
                    "expires_at": .string(end.rfc3339),
                ])
            let secret = try #require(made.json["secret"]?.string)
            let id = try #require(made.json["id"]?.string)
            #expect(made.json["last_used_at"] == .null)
            try await api.control.database.write { db in
                let rows = try Row.fetchAll(db, sql: "SELECT * FROM api_key")
                #expect(!rows.contains { "\($0)".contains(secret) })
                try db.execute(
                    sql: "UPDATE api_key SET expires_at = 1000 WHERE id = ?", arguments: [id])
            }
            let expired = try await api.get("/v1/app", key: secret)
            #expect(expired.status == 401)
            #expect(expired.code == "key_expired")
            let past = try await api.post(
                "/v1/keys",
                [
                    "name": "ci", "permissions": ["view_campaigns"],
                    "expires_at": "2020-01-01T00:00:00Z",
                ])
            #expect(past.status == 422)
            try await api.control.keys.saveUses()
            let list = try await api.get("/v1/keys")
            #expect(list.json["keys"]?.array?.first?["last_used_at"] != .null)
        }
    }

    @Test func anotherAppsIdsAnswer404() async throws {
        try await TestAPI.with { api in
            let app = try await api.post("/v1/apps", ["name": "Other"])
            #expect(app.status == 201)
            let other = try #require(app.json["key"]?.string)
            let made = try await api.post(
                "/v1/keys", ["name": "x", "permissions": ["admin"]], key: other)
            let id = try #require(made.json["id"]?.string)
            #expect(try await api.get("/v1/keys/\(id)").status == 404)
            #expect(try await api.get("/v1/keys/\(id)", key: other).status == 200)
            #expect(try await api.post("/v1/apps", ["name": "Third"], key: other).status == 403)
        }
    }

    @Test func withoutAKnownKeyNothingIsAnswered() async throws {
        try await TestAPI.with { api in
            for key in ["", "ff_nobody"] {
                let reply = try await api.get("/v1/app", key: key)
                #expect(reply.code == "unauthenticated", "\(key)")
            }
        }
    }

    @Test func everyWrongFieldIsNamedByItsPath() async throws {
        try await TestAPI.with { api in
            let reply = try await api.post(
                "/v1/keys",
                ["permissions": ["admin", "fly"], "expires_at": "tomorrow", "colour": "red"])
            #expect(reply.status == 422)
            let paths = reply.json["errors"]?.array?.compactMap { $0["path"]?.string }
            #expect(paths == ["/name", "/permissions/1", "/expires_at", "/colour"])
        }
    }

    @Test func changesAreInTheAuditLogWithBeforeAndAfter() async throws {
        try await TestAPI.with { api in
            _ = try await api.send("PATCH", "/v1/app", ["mau": 5])
            let log = try await api.get("/v1/audit?resource=app")
            let entry = try #require(log.json["entries"]?.array?.first)
            #expect(entry["before"]?["mau"] == 1_000_000)
            #expect(entry["after"]?["mau"] == 5)
        }
    }

    @Test func aRepeatedPostWithTheSameKeyGetsTheFirstAnswer() async throws {
        try await TestAPI.with { api in
            let body: JSONValue = ["name": "ci", "permissions": ["view_campaigns"]]
            let headers = ["Idempotency-Key": "a-1"]
            let first = try await api.post("/v1/keys", body, headers: headers)
            let again = try await api.post("/v1/keys", body, headers: headers)
            #expect(again.status == 201)
            #expect(again.bytes == first.bytes)
            #expect(again.headers["idempotent-replayed"] == "true")
            let other = try await api.post(
                "/v1/keys", ["name": "cd", "permissions": ["admin"]], headers: headers)
            #expect(other.status == 422)
            #expect(other.code == "idempotency_key_reused")
            #expect(try await api.get("/v1/keys").json["keys"]?.array?.count == 2)
        }
    }

    @Test func aCursorOfAnotherQueryIsRefused() async throws {
        try await TestAPI.with { api in
            for name in ["a", "b"] {
                _ = try await api.post(
                    "/v1/keys", ["name": .string(name), "permissions": ["admin"]])
            }
            let page = try await api.get("/v1/keys?limit=1")
            let next = try #require(page.json["next"]?.string)
            #expect(try await api.get("/v1/keys?limit=1&next=\(next)").status == 200)
            let wrong = try await api.get("/v1/audit?next=\(next)")
            #expect(wrong.status == 400)
            #expect(wrong.code == "invalid_cursor")
        }
    }
}

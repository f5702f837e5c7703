import Control
import ControlDirectory
import ControlTesting
import Foundation
import GRDB
import JSON
import Testing

@Suite struct IdempotencyTests {
    private let body: JSONValue = ["name": "ci", "permissions": ["view_campaigns"]]
    private let headers = ["Idempotency-Key": "a-1"]

    @Test func anAnswerIsKeptOverARestart() async throws {
        try await TestFolder.with { folder in
            var api = try await TestAPI.start(in: folder)
            let first = try await api.post("/v1/keys", body, headers: headers)
            #expect(first.status == 201)
            await api.stop()
            api = try await TestAPI.start(in: folder, key: api.adminKey)
            let again = try await api.post("/v1/keys", body, headers: headers)
            #expect(again.bytes == first.bytes)
            #expect(try await api.get("/v1/keys").json["keys"]?.array?.count == 2)
            await api.stop()
        }
    }

    @Test func aKeptAnswerIsSealedAndOpensForItsApiKeyAlone() async throws {
        try await TestAPI.with { api in
            let first = try await api.post("/v1/keys", body, headers: headers)
            let secret = try #require(first.json["secret"]?.string)
            let kept = try await api.control.database.read { db in
                try Data.fetchOne(db, sql: "SELECT answer FROM idempotency")
            }
            let sealed = try #require(kept)
            #expect(sealed.range(of: Data(secret.utf8)) == nil)
            let all = try await api.post("/v1/keys", ["name": "b", "permissions": ["admin"]])
            let other = try #require(all.json["secret"]?.string)
            let reply = try await api.post("/v1/keys", body, key: other, headers: headers)
            #expect(reply.code == "idempotency_key_reused", "\(reply.text)")
        }
    }

    /// A process that dies after the change and before its answer is kept leaves `applied`.
    @Test(arguments: [("begun", 201, 3), ("applied", 409, 2)])
    func aCrashBeforeTheAnswerDoesNotMakeTheChangeTwice(
        state: String, status: Int, keys: Int
    ) async throws {
        try await TestFolder.with { folder in
            var api = try await TestAPI.start(in: folder)
            _ = try await api.post("/v1/keys", body, headers: headers)
            try await api.control.database.write { db in
                try db.execute(
                    sql: "UPDATE idempotency SET state = ?, status = NULL, answer = NULL",
                    arguments: [state])
            }
            await api.stop()
            api = try await TestAPI.start(in: folder, key: api.adminKey)
            let again = try await api.post("/v1/keys", body, headers: headers)
            #expect(again.status == status, "\(again.text)")
            if state == "applied" { #expect(again.code == "idempotency_in_progress") }
            #expect(try await api.get("/v1/keys").json["keys"]?.array?.count == keys)
            await api.stop()
        }
    }

    @Test func whatChangesNothingIsAnsweredAnewWhateverItsKey() async throws {
        try await TestAPI.with { api in
            let before = try await api.post("/v1/users/query", [:], headers: headers)
            #expect(before.json["users"] == [])
            _ = try await api.post("/v1/users", ["id": "ada"])
            let after = try await api.post("/v1/users/query", [:], headers: headers)
            #expect(after.json["users"]?.array?.count == 1)
        }
    }

    @Test func aKeyIsFreeAgainAfterADay() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/keys", body, headers: headers)
            try await api.control.database.write { db in
                try db.execute(sql: "UPDATE idempotency SET created_at = created_at - 86400001")
            }
            let again = try await api.post("/v1/keys", body, headers: headers)
            #expect(again.status == 201)
            #expect(again.headers["idempotent-replayed"] == nil)
        }
    }
}

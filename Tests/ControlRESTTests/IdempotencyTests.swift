import Control
import ControlDirectory
import Foundation
import GRDB
import JSON
import Testing

@Suite struct IdempotencyTests {
    private let body: JSONValue = ["name": "ci", "permissions": ["view_campaigns"]]
    private let headers = ["Idempotency-Key": "a-1"]

    @Test func anAnswerIsKeptOverARestart() async throws {
        try await TestServer.inFolder { folder in
            var server = try await TestServer.start(in: folder)
            let first = try await server.post("/v1/keys", body, headers: headers)
            #expect(first.status == 201)
            await server.stop()
            server = try await TestServer.start(in: folder, key: server.adminKey)
            let again = try await server.post("/v1/keys", body, headers: headers)
            #expect(again.bytes == first.bytes)
            #expect(try await server.get("/v1/keys").json["keys"]?.array?.count == 2)
            await server.stop()
        }
    }

    @Test func aKeptAnswerIsSealedAndOpensForItsApiKeyAlone() async throws {
        try await TestServer.with { server in
            let first = try await server.post("/v1/keys", body, headers: headers)
            let secret = try #require(first.json["secret"]?.string)
            let kept = try await server.control.database.read { db in
                try Data.fetchOne(db, sql: "SELECT answer FROM idempotency")
            }
            let sealed = try #require(kept)
            #expect(sealed.range(of: Data(secret.utf8)) == nil)
            let all = try await server.post("/v1/keys", ["name": "b", "permissions": ["admin"]])
            let other = try #require(all.json["secret"]?.string)
            let reply = try await server.post("/v1/keys", body, key: other, headers: headers)
            #expect(reply.code == "idempotency_key_reused", "\(reply.text)")
        }
    }

    /// A process that dies after the change and before its answer is kept leaves `applied`.
    @Test(arguments: [("begun", 201, 3), ("applied", 409, 2)])
    func aCrashBeforeTheAnswerDoesNotMakeTheChangeTwice(
        state: String, status: Int, keys: Int
    ) async throws {
        try await TestServer.inFolder { folder in
            var server = try await TestServer.start(in: folder)
            _ = try await server.post("/v1/keys", body, headers: headers)
            try await server.control.database.write { db in
                try db.execute(
                    sql: "UPDATE idempotency SET state = ?, status = NULL, answer = NULL",
                    arguments: [state])
            }
            await server.stop()
            server = try await TestServer.start(in: folder, key: server.adminKey)
            let again = try await server.post("/v1/keys", body, headers: headers)
            #expect(again.status == status, "\(again.text)")
            if state == "applied" { #expect(again.code == "idempotency_in_progress") }
            #expect(try await server.get("/v1/keys").json["keys"]?.array?.count == keys)
            await server.stop()
        }
    }

    @Test func aKeyIsFreeAgainAfterADay() async throws {
        try await TestServer.with { server in
            _ = try await server.post("/v1/keys", body, headers: headers)
            try await server.control.database.write { db in
                try db.execute(sql: "UPDATE idempotency SET created_at = created_at - 86400001")
            }
            let again = try await server.post("/v1/keys", body, headers: headers)
            #expect(again.status == 201)
            #expect(again.headers["idempotent-replayed"] == nil)
        }
    }
}

import Foundation
import JSON
import Testing

@Suite struct RecipientUploadTests {
    private func upload(
        _ text: String, _ server: TestServer, type: String = "text/csv"
    ) async throws -> TestServer.Reply {
        try await server.send(
            "POST", "/v1/campaigns/c/recipients/upload", headers: ["Content-Type": type],
            bytes: Data(text.utf8))
    }

    @Test func rowsAreAcceptedOnceAndRejectsAreListedWithTheirLine() async throws {
        try await TestServer.with { server in
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 0)
            let csv = """
                user_id,name,city
                a,Ann,Rome
                b,Bob
                a,Ann again,Oslo
                c d,Cid,Bern
                e,Eve,

                """
            let reply = try await upload(csv, server)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["accepted"] == 2)
            #expect(reply.json["duplicate"] == 1)
            #expect(reply.json["rejected"] == 2)
            #expect(reply.json["total"] == 2)
            let lines = reply.json["errors"]?.array?.compactMap { $0["line"]?.integer }
            #expect(lines == [3, 5])
            let list = try await server.get("/v1/campaigns/c/recipients")
            let first = try #require(list.json["recipients"]?.array?.first)
            #expect(first["user_id"] == "a")
            #expect(first["variables"]?["city"] == "Rome")
        }
    }

    @Test func jsonLinesKeepTheirTypes() async throws {
        try await TestServer.with { server in
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 0)
            let line = #"{"user_id": "a", "variables": {"n": 5, "list": [1, "x"]}}"#
            let reply = try await upload(line + "\n", server, type: "application/x-ndjson")
            #expect(reply.json["accepted"] == 1, "\(reply.text)")
            let list = try await server.get("/v1/campaigns/c/recipients")
            let variables = list.json["recipients"]?.array?.first?["variables"]
            #expect(variables?["n"] == 5)
            #expect(variables?["list"] == [1, "x"])
        }
    }

    @Test func aFileWithoutUserIDsIsRefusedAndAddsNothing() async throws {
        try await TestServer.with { server in
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 0)
            let reply = try await upload("name\nAnn\n", server)
            #expect(reply.status == 422)
            #expect(try await server.get("/v1/campaigns/c/recipients").json["recipients"] == [])
        }
    }
}

import ControlDirectory
import ControlOperations
import ControlTesting
import Foundation
import JSON
import Testing

@Suite struct RecipientUploadTests {
    private func upload(
        _ text: String, _ api: TestAPI, type: String = "text/csv"
    ) async throws -> Reply {
        try await api.send(
            "POST", "/v1/campaigns/c/recipients/upload", headers: ["Content-Type": type],
            bytes: Data(text.utf8))
    }

    @Test func rowsAreAcceptedOnceAndRejectsAreListedWithTheirLine() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0)
            let csv = """
                user_id,name,city
                a,Ann,Rome
                b,Bob
                a,Ann again,Oslo
                c d,Cid,Bern
                e,Eve,

                """
            let reply = try await upload(csv, api)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["accepted"] == 2)
            #expect(reply.json["duplicate"] == 1)
            #expect(reply.json["rejected"] == 2)
            #expect(reply.json["total"] == 2)
            let lines = reply.json["errors"]?.array?.compactMap { $0["line"]?.integer }
            #expect(lines == [3, 5])
            let list = try await api.get("/v1/campaigns/c/recipients")
            let first = try #require(list.json["recipients"]?.array?.first)
            #expect(first["user_id"] == "a")
            #expect(first["variables"]?["city"] == "Rome")
        }
    }

    @Test func asManyUploadsRunAsMayAndTheNextIsRefused() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0)
            let operations = Operations(api.control)
            let (begun, begins) = AsyncStream<Void>.makeStream()
            let clients = (0..<InputLimits.uploads).map { _ in AsyncStream<Void>.makeStream() }
            try await withThrowingTaskGroup(of: Void.self) { group in
                for (number, client) in clients.enumerated() {
                    // Some of them are of users: they share the threads.
                    let name = number % 2 == 0 ? "upload_recipients" : "import_users"
                    let operation = try #require(operations.all.first { $0.name == name })
                    var request = OperationRequest()
                    request.credential = api.adminKey
                    request.ids = number % 2 == 0 ? ["id": "c"] : [:]
                    request.body = OperationBody(mediaType: "text/csv") { push in
                        _ = await push(Array("user_id\na\n".utf8))
                        begins.yield()
                        for await _ in client.stream {}
                    }
                    group.addTask { [request] in
                        _ = try await operations.perform(operation, request)
                    }
                }
                var count = 0
                for await _ in begun {
                    count += 1
                    if count == InputLimits.uploads { break }
                }
                let refused = try await upload("user_id\nb\n", api)
                #expect(refused.status == 409)
                #expect(refused.code == "limit_reached", "\(refused.text)")
                for client in clients { client.continuation.finish() }
                try await group.waitForAll()
            }
            #expect(try await upload("user_id\nb\n", api).status == 200)
        }
    }

    @Test func jsonLinesKeepTheirTypes() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0)
            let line = #"{"user_id": "a", "variables": {"n": 5, "list": [1, "x"]}}"#
            let reply = try await upload(line + "\n", api, type: "application/x-ndjson")
            #expect(reply.json["accepted"] == 1, "\(reply.text)")
            let list = try await api.get("/v1/campaigns/c/recipients")
            let variables = list.json["recipients"]?.array?.first?["variables"]
            #expect(variables?["n"] == 5)
            #expect(variables?["list"] == [1, "x"])
        }
    }

    @Test func aFileWithoutUserIDsIsRefusedAndAddsNothing() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0)
            let reply = try await upload("name\nAnn\n", api)
            #expect(reply.status == 422)
            #expect(try await api.get("/v1/campaigns/c/recipients").json["recipients"] == [])
        }
    }

    @Test func aCodingIsDeclaredOrAbsent() async throws {
        try await TestAPI.with { api in
            try await api.addTemplate(port: 9)
            try await api.addCampaign("c", recipients: 0)
            let packed = try #require(
                Data(base64Encoded: "H4sIAAAAAAACAystTi2Kz0zhSuQCAANPIpUKAAAA"))
            func upload(_ coding: String?, _ bytes: Data) async throws -> Int {
                var headers = ["Content-Type": "text/csv"]
                headers["Content-Encoding"] = coding
                return try await api.send(
                    "POST", "/v1/campaigns/c/recipients/upload", headers: headers, bytes: bytes
                ).status
            }
            let plain = Data("user_id\nb\n".utf8)
            #expect(try await upload("br", plain) == 415)
            #expect(try await upload("gzip", plain) == 422)
            #expect(try await upload(nil, packed) == 422)
            #expect(try await api.get("/v1/campaigns/c/recipients").json["recipients"] == [])
            #expect(try await upload("gzip", packed) == 200)
            #expect(try await upload(nil, plain) == 200)
        }
    }
}

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

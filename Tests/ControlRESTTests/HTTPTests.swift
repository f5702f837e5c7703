import ControlDirectory
import ControlTesting
import Foundation
import JSON
import Testing

/// What HTTP adds to operations: header fields, methods, redirects, requests that break off.
@Suite struct HTTPTests {
    @Test func withoutAKnownKeyTheAnswerIs401() async throws {
        try await TestServer.with { server in
            let reply = try await server.get("/v1/app", key: "ff_nobody")
            #expect(reply.status == 401)
            #expect(reply.headers["content-type"] == "application/problem+json")
            #expect(reply.headers["www-authenticate"] != nil)
        }
    }

    @Test func otherMethodsAndPathsAnswerProblems() async throws {
        try await TestServer.with { server in
            let method = try await server.send("PUT", "/v1/keys", [:])
            #expect(method.status == 405)
            #expect(method.headers["allow"] == "GET, POST")
            let path = try await server.get("/v1/nothing")
            #expect(path.status == 404)
            #expect(path.code == "not_found")
        }
    }

    @Test func aReplayedAnswerAndAnExportSaySoInTheirHeaders() async throws {
        try await TestServer.with { server in
            let body: JSONValue = ["name": "ci", "permissions": ["view_campaigns"]]
            let headers = ["Idempotency-Key": "a-1"]
            let first = try await server.post("/v1/keys", body, headers: headers)
            #expect(first.headers["idempotent-replayed"] == nil)
            let again = try await server.post("/v1/keys", body, headers: headers)
            #expect(again.headers["idempotent-replayed"] == "true")
            #expect(again.headers["content-type"] == "application/json")
            #expect(again.bytes == first.bytes)
            try await server.addTemplate(port: 9)
            try await server.addCampaign("c", recipients: 1)
            let csv = try await server.get("/v1/campaigns/c/export?format=csv")
            #expect(csv.headers["content-type"]?.hasPrefix("text/csv") == true)
            #expect(
                csv.headers["content-disposition"] == "attachment; filename=\"c-deliveries.csv\"")
        }
    }

    @Test func whoOpensALinkHasReadAndIsLedOn() async throws {
        let receiver = try EventReceiver()
        defer { receiver.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: receiver.port)
            try await server.addCampaign("c", recipients: 1)
            _ = try await server.post("/v1/campaigns/c/start")
            _ = try await server.waitForCampaign("c", ["completed"])
            let sent = try await server.get("/v1/campaigns/c/deliveries").json["deliveries"]?.array
            let path = "/v1/deliveries/\(try #require(sent?.first?["id"]?.string))"
            let made = try await server.post(path + "/links", ["action": "read"])
            #expect(made.status == 200, "\(made.text)")
            let link = try #require(made.json["url"]?.string)
            #expect(link.hasPrefix("/e/"))
            let head = try await server.send("HEAD", link, key: "")
            #expect(head.status == 405)
            #expect(try await server.get(path).json["status"] == "sent")
            let opened = try await server.get(link, key: "")
            #expect(opened.status == 204)
            #expect(opened.headers["cache-control"] == "no-store")
            #expect(try await server.get(path).json["status"] == "read")
            let target = "http://127.0.0.1:\(receiver.port)/next?a=1&b=%20+ü"
            let onward = try await server.post(
                path + "/links", ["action": "acknowledge", "redirect": .string(target)])
            #expect(onward.status == 422)
            let plain = target.replacing("ü", with: "%C3%BC")
            let good = try await server.post(
                path + "/links", ["action": "acknowledge", "redirect": .string(plain)])
            _ = try await server.get(try #require(good.json["url"]?.string), key: "")
            #expect(
                receiver.requests.dropFirst().map(\.line) == ["GET /next?a=1&b=%20+%C3%BC HTTP/1.1"]
            )
            #expect(try await server.get(path).json["status"] == "acknowledged")
        }
    }

    @Test func aRequestThatBreaksOffKeepsWholeBatchesAndCanBeRepeated() async throws {
        try await TestServer.with { server in
            let row = #"{"id":"u%05d","name":"\#(String(repeating: "x", count: 100))"}"# + "\n"
            var text = ""
            for number in 0..<20_000 { text += String(format: row, number) }
            try server.sendHalf(
                "POST /v1/users/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + "\(server.adminKey)\r\nContent-Type: application/x-ndjson\r\n"
                    + "Content-Length: \(text.utf8.count * 2)\r\n\r\n\(text)")
            // The audit entry is the import's last act.
            var entries = 0
            while entries == 0 {
                try await Task.sleep(for: .milliseconds(20))
                entries = try await server.count("audit")
            }
            let kept = try await server.count("user")
            #expect(kept == 16_384)
            let reply = try await server.send(
                "POST", "/v1/users/import",
                headers: ["Content-Type": "application/x-ndjson"], bytes: Data(text.utf8))
            #expect(reply.json["updated"] == .integer(Int64(kept)))
            #expect(try await server.count("user") == 20_000)
        }
    }

    @Test func idsAndParametersAreReadFromTheURL() async throws {
        try await TestServer.with { server in
            _ = try await server.post("/v1/users", ["id": "ada:1"])
            #expect(try await server.get("/v1/users/%61da%3A1").json["id"] == "ada:1")
            for none in ["%00", "a%00", "%FF", String(repeating: "a", count: 256)] {
                #expect(try await server.get("/v1/users/\(none)").status == 404, "\(none)")
            }
            let unknown = try await server.get("/v1/campaigns?colour=red")
            #expect(unknown.code == "invalid_parameter")
            #expect(unknown.json["errors"]?.array?.first?["path"] == "?colour")
            for wrong in ["limit=0", "limit=x", "limit=1&limit=2", "status=gone"] {
                let reply = try await server.get("/v1/campaigns?\(wrong)")
                #expect(reply.code == "invalid_parameter", "\(wrong)")
            }
            #expect(try await server.get("/v1/campaigns?limit=1&status=draft").status == 200)
            // What is wrong is not given back at length.
            let many = try await server.get(
                "/v1/campaigns?" + String(repeating: "&", count: 5_000)
                    + String(repeating: "a", count: 5_000) + "=1")
            #expect(many.code == "invalid_parameter" && many.bytes.count < 20_000)
        }
    }

    @Test(arguments: [
        ("bearer", 200), ("BEARER", 200), ("Basic", 401), ("", 401),
    ])
    func aKeyComesAsABearer(scheme: String, status: Int) async throws {
        try await TestServer.with { server in
            let reply = try await server.send(
                "GET", "/v1/app", key: "",
                headers: ["Authorization": "\(scheme) \(server.adminKey)"])
            #expect(reply.status == status)
        }
    }

    @Test func bodiesAreReadByTheirTypeCodingAndLength() async throws {
        try await TestServer.with { server in
            func upload(_ headers: [String: String], _ bytes: Data) async throws -> Reply {
                try await server.send(
                    "POST", "/v1/users/import", headers: headers, bytes: bytes)
            }
            let table = try await upload(
                ["Content-Type": "Text/CSV; Charset=utf-8"], Data("id\na\nb\n".utf8))
            #expect(table.json["created"] == 2, "\(table.text)")
            let packed = try #require(
                Data(base64Encoded: "H4sIAAAAAAACA6tWykxRslKqyixQquUCAHzm16ENAAAA"))
            let lines = try await upload(
                ["Content-Type": "application/x-ndjson", "Content-Encoding": "GZIP"], packed)
            #expect(lines.json["created"] == 1, "\(lines.text)")
            #expect(try await server.get("/v1/users/zip").status == 200)
            let coded = try await upload(
                ["Content-Type": "text/csv", "Content-Encoding": "br"], Data("id\n".utf8))
            #expect(coded.status == 415)
            let typed = try await server.send(
                "POST", "/v1/users", headers: ["Content-Type": "Application/JSON; charset=utf-8"],
                bytes: Data(#"{"id":"c"}"#.utf8))
            #expect(typed.status == 201, "\(typed.text)")
            let other = try await server.send(
                "POST", "/v1/users", headers: ["Content-Type": "text/plain"],
                bytes: Data(#"{"id":"d"}"#.utf8))
            #expect(other.status == 415)
            let large = try await server.send(
                "POST", "/v1/users", headers: ["Content-Type": "application/json"],
                bytes: Data(count: InputLimits.bodyBytes + 1))
            #expect(large.status == 413)
        }
    }

    @Test func anExportOfManyPiecesArrivesWhole() async throws {
        let receiver = try EventReceiver()
        defer { receiver.stop() }
        try await TestServer.with { server in
            try await server.addTemplate(port: receiver.port)
            try await server.addCampaign("c", recipients: 2_500)
            _ = try await server.post("/v1/campaigns/c/start")
            _ = try await server.waitForCampaign("c", ["completed"])
            let csv = try await server.get("/v1/campaigns/c/export?format=csv")
            let rows = csv.text.components(separatedBy: "\r\n").dropLast()
            #expect(rows.count == 2_501 && Set(rows).count == 2_501)
        }
    }
}

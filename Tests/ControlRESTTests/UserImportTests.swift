import Foundation
import JSON
import Testing

@Suite struct UserImportTests {
    private static let lines = "application/x-ndjson"

    /// Uploads a body.
    private func upload(
        _ server: TestServer, _ text: String, _ mediaType: String = lines, mode: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> TestServer.Reply {
        let query = mode.map { "?mode=\($0)" } ?? ""
        return try await server.send(
            "POST", "/v1/users/import\(query)",
            headers: ["Content-Type": mediaType].merging(headers) { first, _ in first },
            bytes: Data(text.utf8))
    }

    @Test func linesAreWrittenAndBrokenOnesAreListed() async throws {
        try await TestServer.with { server in
            let reply = try await upload(
                server,
                """
                {"id":"a","name":"A","attributes":{"plan":"pro"},"tags":["x","y"]}
                {"id":"b"
                {"id":"c","endpoints":[{"type":"webhook","url":"http://c.example/"}]}
                {"id":"d","locale":"?"}
                {"id":"a","tags":["y","z"]}
                """)
            #expect(reply.status == 200, "\(reply.text)")
            #expect(reply.json["rows"] == 5)
            #expect(reply.json["created"] == 2)
            #expect(reply.json["updated"] == 1)
            #expect(reply.json["rejected"] == 2)
            #expect(reply.json["errors_omitted"] == 0)
            let errors = reply.json["errors"]?.array ?? []
            #expect(errors.map { $0["line"] } == [2, 4])
            #expect(errors.map { $0["path"] } == [nil, "/locale"])
            let user = try await server.get("/v1/users/a")
            #expect(user.json["tags"] == ["y", "z"])
            #expect(user.json["attributes"] == [:])
            #expect(try await server.count("user_tag") == 2)
        }
    }

    @Test func aTableIsReadByItsHeaderAndTheDeclaredTypes() async throws {
        try await TestServer.with { server in
            _ = try await server.send(
                "PUT", "/v1/attributes/age", ["type": "integer", "indexed": true])
            let reply = try await upload(
                server,
                """
                id,name,tags,webhook_url,consent.email,age,attributes.home.city\r
                a,"Ada, L",vip;new,https://a.example/,denied,36,London\r
                b,Bob,,,,old,\r
                c,,,,granted,,Rome\r
                """, "text/csv; charset=utf-8")
            #expect(reply.json["created"] == 2, "\(reply.text)")
            #expect(reply.json["errors"]?.array?.first?["path"] == "/attributes/age")
            let user = try await server.get("/v1/users/a")
            #expect(user.json["name"] == "Ada, L")
            #expect(user.json["attributes"] == ["age": 36, "home": ["city": "London"]])
            #expect(user.json["consent"] == ["email": "denied"])
            #expect(try await server.ineligible() == ["no_consent email a"])
        }
    }

    @Test func aTableChangesOnlyTheConsentThatItNames() async throws {
        try await TestServer.with { server in
            _ = try await server.post(
                "/v1/users", ["id": "a", "consent": ["email": "denied", "sms": "denied"]])
            _ = try await upload(server, "id,plan\na,pro\n", "text/csv")
            #expect(
                try await server.ineligible() == ["no_consent email a", "no_consent sms a"])
            _ = try await upload(server, "id,consent.email\na,granted\n", "text/csv")
            #expect(try await server.ineligible() == ["no_consent sms a"])
            let user = try await server.get("/v1/users/a")
            #expect(user.json["consent"] == ["email": "granted", "sms": "denied"])
        }
    }

    @Test func creatingLeavesUsersThatAreThere() async throws {
        try await TestServer.with { server in
            _ = try await server.post("/v1/users", ["id": "a", "name": "A"])
            let reply = try await upload(
                server, "{\"id\":\"a\",\"name\":\"B\"}\n{\"id\":\"b\"}\n", mode: "create")
            #expect(reply.json["created"] == 1)
            #expect(reply.json["rejected"] == 1)
            #expect(reply.json["errors"]?.array?.first?["code"] == "already_exists")
            #expect(try await server.get("/v1/users/a").json["name"] == "A")
            let guess = try await upload(server, "", mode: "guess")
            #expect(guess.code == "invalid_parameter")
        }
    }

    @Test func manyRowsInAnyOrderAreWrittenOnceEach() async throws {
        try await TestServer.with { server in
            // More than a batch, in an order that is none.
            let count = 40_000
            var text = ""
            for number in 0..<count {
                let id = number * 7_919 % count
                text += #"{"id":"u\#(id)","tags":["t\#(id % 300)","all"],"#
                text += #""attributes":{"n":\#(id)}}"# + "\n"
            }
            let reply = try await upload(server, text)
            #expect(reply.json["created"] == .integer(Int64(count)), "\(reply.text)")
            #expect(try await server.count("user") == count)
            #expect(try await server.count("user_tag") == 2 * count)
            let again = try await upload(server, text)
            #expect(again.json["updated"] == .integer(Int64(count)))
            #expect(try await server.count("user_tag") == 2 * count)
            let found = try await server.post(
                "/v1/users/query", ["filter": ["tags": "t7", "n": ["$lt": 1_000]]])
            #expect(found.json["users"]?.array?.count == 4)
        }
    }

    @Test func moreErrorsThanAreListedAreCounted() async throws {
        try await TestServer.with { server in
            let reply = try await upload(server, String(repeating: "{}\n", count: 1_500))
            #expect(reply.json["rejected"] == 1_500)
            #expect(reply.json["errors"]?.array?.count == 1_000)
            #expect(reply.json["errors_omitted"] == 500)
        }
    }

    @Test func aCompressedBodyIsReadAndADamagedOneKeepsWhatWasWritten() async throws {
        try await TestServer.with { server in
            var gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
            let text = Array("{\"id\":\"a\"}\n".utf8)
            let length = UInt16(text.count)
            gzip += [1] + bytes(length) + bytes(~length) + text
            let whole = gzip + bytes(Self.crc(text)) + bytes(UInt32(text.count))
            let headers = ["Content-Type": Self.lines, "Content-Encoding": "gzip"]
            let reply = try await server.send(
                "POST", "/v1/users/import", headers: headers, bytes: Data(whole))
            #expect(reply.json["created"] == 1, "\(reply.text)")
            let cut = try await server.send(
                "POST", "/v1/users/import", headers: headers, bytes: Data(gzip))
            #expect(cut.status == 422)
            #expect(cut.json["rows"] == 0)
            let other = try await upload(server, "", headers: ["Content-Encoding": "br"])
            #expect(other.status == 415)
        }
    }

    @Test func aBodyThatCannotBeReadIsAProblem() async throws {
        try await TestServer.with { server in
            let nameless = try await upload(server, "name\nA\n", "text/csv")
            #expect(nameless.status == 422)
            let headless = try await upload(server, "", "text/csv")
            #expect(headless.status == 422)
            let other = try await upload(server, "[]", "application/json")
            #expect(other.status == 415)
            let empty = try await upload(server, "")
            #expect(empty.json["rows"] == 0, "\(empty.text)")
        }
    }

    @Test func aRequestThatBreaksOffKeepsWholeBatchesAndCanBeRepeated() async throws {
        try await TestServer.with { server in
            let row = #"{"id":"u%05d","name":"\#(String(repeating: "x", count: 100))"}"# + "\n"
            var text = ""
            for number in 0..<20_000 { text += String(format: row, number) }
            try server.sendHalf(
                "POST /v1/users/import HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                    + "\(server.adminKey)\r\nContent-Type: \(Self.lines)\r\n"
                    + "Content-Length: \(text.utf8.count * 2)\r\n\r\n\(text)")
            // The audit entry is the import's last act.
            var entries = 0
            while entries == 0 {
                try await Task.sleep(for: .milliseconds(20))
                entries = try await server.count("audit")
            }
            let kept = try await server.count("user")
            #expect(kept == 16_384)
            let reply = try await upload(server, text)
            #expect(reply.json["updated"] == .integer(Int64(kept)))
            #expect(try await server.count("user") == 20_000)
        }
    }

    private func bytes<Number: FixedWidthInteger>(_ number: Number) -> [UInt8] {
        (0..<(Number.bitWidth / 8)).map { UInt8(truncatingIfNeeded: number >> ($0 * 8)) }
    }

    private static func crc(_ bytes: [UInt8]) -> UInt32 {
        var crc = ~UInt32(0)
        for byte in bytes {
            crc ^= UInt32(byte)
            for _ in 0..<8 { crc = crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1 }
        }
        return ~crc
    }
}

import ControlTesting
import Foundation
import JSON
import Testing

@Suite struct UserImportTests {
    private static let lines = "application/x-ndjson"

    /// Uploads a body.
    private func upload(
        _ api: TestAPI, _ text: String, _ mediaType: String = lines, mode: String? = nil,
        headers: [String: String] = [:]
    ) async throws -> Reply {
        let query = mode.map { "?mode=\($0)" } ?? ""
        return try await api.send(
            "POST", "/v1/users/import\(query)",
            headers: ["Content-Type": mediaType].merging(headers) { first, _ in first },
            bytes: Data(text.utf8))
    }

    @Test func linesAreWrittenAndBrokenOnesAreListed() async throws {
        try await TestAPI.with { api in
            let reply = try await upload(
                api,
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
            let user = try await api.get("/v1/users/a")
            #expect(user.json["tags"] == ["y", "z"])
            #expect(user.json["attributes"] == [:])
            #expect(try await api.count("user_tag") == 2)
        }
    }

    @Test func aTableIsReadByItsHeaderAndTheDeclaredTypes() async throws {
        try await TestAPI.with { api in
            _ = try await api.send(
                "PUT", "/v1/attributes/age", ["type": "integer", "indexed": true])
            let reply = try await upload(
                api,
                """
                id,name,tags,webhook_url,consent.email,age,attributes.home.city\r
                a,"Ada, L",vip;new,https://a.example/,denied,36,London\r
                b,Bob,,,,old,\r
                c,,,,granted,,Rome\r
                """, "text/csv; charset=utf-8")
            #expect(reply.json["created"] == 2, "\(reply.text)")
            #expect(reply.json["errors"]?.array?.first?["path"] == "/attributes/age")
            let user = try await api.get("/v1/users/a")
            #expect(user.json["name"] == "Ada, L")
            #expect(user.json["attributes"] == ["age": 36, "home": ["city": "London"]])
            #expect(user.json["consent"] == ["email": "denied"])
            #expect(try await api.ineligible() == ["no_consent email a"])
        }
    }

    @Test func aTableChangesOnlyTheConsentThatItNames() async throws {
        try await TestAPI.with { api in
            _ = try await api.post(
                "/v1/users", ["id": "a", "consent": ["email": "denied", "sms": "denied"]])
            _ = try await upload(api, "id,plan\na,pro\n", "text/csv")
            #expect(
                try await api.ineligible() == ["no_consent email a", "no_consent sms a"])
            _ = try await upload(api, "id,consent.email\na,granted\n", "text/csv")
            #expect(try await api.ineligible() == ["no_consent sms a"])
            let user = try await api.get("/v1/users/a")
            #expect(user.json["consent"] == ["email": "granted", "sms": "denied"])
        }
    }

    @Test func creatingLeavesUsersThatAreThere() async throws {
        try await TestAPI.with { api in
            _ = try await api.post("/v1/users", ["id": "a", "name": "A"])
            let reply = try await upload(
                api, "{\"id\":\"a\",\"name\":\"B\"}\n{\"id\":\"b\"}\n", mode: "create")
            #expect(reply.json["created"] == 1)
            #expect(reply.json["rejected"] == 1)
            #expect(reply.json["errors"]?.array?.first?["code"] == "already_exists")
            #expect(try await api.get("/v1/users/a").json["name"] == "A")
            let guess = try await upload(api, "", mode: "guess")
            #expect(guess.code == "invalid_parameter")
        }
    }

    @Test func manyRowsInAnyOrderAreWrittenOnceEach() async throws {
        try await TestAPI.with { api in
            // More than a batch, in an order that is none.
            let count = 40_000
            var text = ""
            for number in 0..<count {
                let id = number * 7_919 % count
                text += #"{"id":"u\#(id)","tags":["t\#(id % 300)","all"],"#
                text += #""attributes":{"n":\#(id)}}"# + "\n"
            }
            let reply = try await upload(api, text)
            #expect(reply.json["created"] == .integer(Int64(count)), "\(reply.text)")
            #expect(try await api.count("user") == count)
            #expect(try await api.count("user_tag") == 2 * count)
            let again = try await upload(api, text)
            #expect(again.json["updated"] == .integer(Int64(count)))
            #expect(try await api.count("user_tag") == 2 * count)
            let found = try await api.post(
                "/v1/users/query", ["filter": ["tags": "t7", "n": ["$lt": 1_000]]])
            #expect(found.json["users"]?.array?.count == 4)
        }
    }

    @Test func moreErrorsThanAreListedAreCounted() async throws {
        try await TestAPI.with { api in
            let reply = try await upload(api, String(repeating: "{}\n", count: 1_500))
            #expect(reply.json["rejected"] == 1_500)
            #expect(reply.json["errors"]?.array?.count == 1_000)
            #expect(reply.json["errors_omitted"] == 500)
        }
    }

    @Test func aCompressedBodyIsReadAndADamagedOneKeepsWhatWasWritten() async throws {
        try await TestAPI.with { api in
            var gzip: [UInt8] = [0x1F, 0x8B, 8, 0, 0, 0, 0, 0, 0, 255]
            let text = Array("{\"id\":\"a\"}\n".utf8)
            let length = UInt16(text.count)
            gzip += [1] + bytes(length) + bytes(~length) + text
            let whole = gzip + bytes(Self.crc(text)) + bytes(UInt32(text.count))
            let headers = ["Content-Type": Self.lines, "Content-Encoding": "gzip"]
            let reply = try await api.send(
                "POST", "/v1/users/import", headers: headers, bytes: Data(whole))
            #expect(reply.json["created"] == 1, "\(reply.text)")
            let cut = try await api.send(
                "POST", "/v1/users/import", headers: headers, bytes: Data(gzip))
            #expect(cut.status == 422)
            #expect(cut.json["rows"] == 0)
            let other = try await upload(api, "", headers: ["Content-Encoding": "br"])
            #expect(other.status == 415)
        }
    }

    @Test func aBodyThatCannotBeReadIsAProblem() async throws {
        try await TestAPI.with { api in
            let nameless = try await upload(api, "name\nA\n", "text/csv")
            #expect(nameless.status == 422)
            let headless = try await upload(api, "", "text/csv")
            #expect(headless.status == 422)
            let other = try await upload(api, "[]", "application/json")
            #expect(other.status == 415)
            let empty = try await upload(api, "")
            #expect(empty.json["rows"] == 0, "\(empty.text)")
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

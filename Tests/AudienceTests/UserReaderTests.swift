import JSON
import Jinja
import Testing

@testable import Audience

/// Users are read from objects, lines and tables by one set of rules.
@Suite struct UserReaderTests {
    static func rules(_ attributes: [(String, UserRules.AttributeType)] = []) -> UserRules {
        UserRules(
            consentTypes: ["webhook", "email"],
            attributes: attributes.map { ($0.0.split(separator: ".").map(String.init), $0.1) },
            isTimeZone: { $0 == "Europe/Berlin" })
    }

    /// The first user of a batch, and what was rejected.
    struct Read {
        var id: String?
        var name: String?
        var locale: String?
        var attributes: String?
        var tags: [String] = []
        var tagsJSON: String?
        var endpoints: String?
        var lastActiveAt: Int64?
        var granted: UInt32 = 0
        var denied: UInt32 = 0
        var count = 0
        /// Line, path and code of each reject.
        var rejects: [String] = []

        init(_ batch: borrowing UserBatch) {
            count = batch.rows.count
            rejects = batch.rejects.map { "\($0.line) \($0.fault.path) \($0.fault.code)" }
            guard let row = batch.rows.first else { return }
            func text(_ text: UserBatch.Text, _ batch: borrowing UserBatch) -> String? {
                text.exists ? batch.string(text) : nil
            }
            id = text(row.id, batch)
            name = text(row.name, batch)
            locale = text(row.locale, batch)
            attributes = text(row.attributes, batch)
            tagsJSON = text(row.tags, batch)
            endpoints = text(row.endpoints, batch)
            for tag in Int(row.firstTag)..<Int(row.firstTag + row.tagCount) {
                tags.append(batch.string(batch.tags[tag]))
            }
            lastActiveAt = row.lastActiveAt
            (granted, denied) = (row.granted, row.denied)
        }
    }

    static func read(
        _ text: String, _ format: AudienceFormat = .jsonLines, _ rules: UserRules = rules()
    ) throws -> Read {
        let pipe = BytePipe(pieces: 2)
        // In pieces that split rows anywhere.
        let bytes = Array(text.utf8)
        pipe.pushAll(
            stride(from: 0, to: bytes.count, by: 7).map {
                Array(bytes[$0..<min($0 + 7, bytes.count)])
            })
        var reader = try UserReader(
            BytePipeReader(pipe), format: format, isCompressed: false, rules: rules)
        var batch = UserBatch(capacity: 64)
        while try reader.fill(&batch, rules) {}
        return Read(batch)
    }

    /// The path and code of what is wrong with one user; empty when nothing is.
    static func fault(_ json: String, _ rules: UserRules = rules()) -> String {
        var reader = UserObjectReader(rules)
        var batch = UserBatch(capacity: 64)
        do throws(UserFault) {
            try reader.read(Array(json.utf8), into: &batch)
            return ""
        } catch {
            #expect(batch.rows.isEmpty && batch.byteCount == 0 && batch.tags.isEmpty)
            return "\(error.path) \(error.code)"
        }
    }

    @Test func everyFieldOfAnObjectIsRead() throws {
        let user = try Self.read(
            #"{ "id" : "u1", "name":"A\u00fc", "locale":"de-DE", "timezone":"Europe/Berlin", "#
                + #""attributes" : {"b" : [1, 2.50, {"c":null}], "a":"x\"y", "n":"\n"}, "#
                + #""tags":["vip","a\"b"], "consent":{"email":"denied","webhook":"granted"}, "#
                + #""last_active_at":"2026-01-31T08:00:00Z", "#
                + #""endpoints":[{"url":"https://a.example/","type":"webhook"}] }"#)
        #expect(user.rejects == [])
        #expect(user.id == "u1")
        #expect(user.name == "Aü")
        #expect(user.locale == "de-DE")
        #expect(user.attributes == #"{"b":[1,2.50,{"c":null}],"a":"x\"y","n":"\n"}"#)
        #expect(user.tags == ["vip", "a\"b"])
        #expect(user.tagsJSON == #"["vip","a\"b"]"#)
        #expect(
            user.endpoints
                == #"[{"id":"webhook","type":"webhook","url":"https://a.example/"}]"#)
        #expect(user.lastActiveAt == 1_769_846_400_000)
        #expect((user.granted, user.denied) == (1, 2))
    }

    @Test(
        arguments: [
            (#"{"name":"x"}"#, "/id missing"), (#"{"id":""}"#, "/id too_short"),
            (#"{"id":5}"#, "/id wrong_type"), (#"{"id":"a b"}"#, "/id wrong_format"),
            (#"{"id":"a/b"}"#, "/id wrong_format"), (#"{"id":"a","id":"b"}"#, "/id duplicate"),
            (#"{"id":"a","colour":1}"#, "/colour unknown_field"),
            (#"{"id":"a","locale":"e"}"#, "/locale wrong_format"),
            (#"{"id":"a","locale":"en_US"}"#, "/locale wrong_format"),
            (#"{"id":"a","timezone":"Mars/Base"}"#, "/timezone unknown_value"),
            (#"{"id":"a","tags":["x","y","x"]}"#, "/tags/2 duplicate"),
            (#"{"id":"a","tags":["a\"","a\""]}"#, "/tags/1 duplicate"),
            (#"{"id":"a","tags":[""]}"#, "/tags/0 too_short"),
            (#"{"id":"a","tags":"x"}"#, "/tags wrong_type"),
            (#"{"id":"a","consent":{"fax":"granted"}}"#, "/consent/fax unknown_field"),
            (#"{"id":"a","consent":{"email":"maybe"}}"#, "/consent/email unknown_value"),
            (#"{"id":"a","endpoints":[{"type":"webhook"}]}"#, "/endpoints/0/url missing"),
            (
                #"{"id":"a","endpoints":[{"type":"pigeon","url":"http://a"}]}"#,
                "/endpoints/0/type unknown_value"
            ),
            (
                #"{"id":"a","endpoints":[{"type":"webhook","url":"ftp://a"}]}"#,
                "/endpoints/0/url wrong_format"
            ),
            (#"{"id":"a","last_active_at":"yesterday"}"#, "/last_active_at wrong_format"),
            (#"{"id":"a","attributes":[]}"#, "/attributes wrong_type"),
            (#"{"id":"a","attributes":{"x":"\u0000"}}"#, "/attributes wrong_format"),
            (#"{"id":"a","attributes":{"x":1e999}}"#, "/attributes wrong_format"),
            (#"{"id":"a""#, " invalid_json"), (#"{"id":"a"} x"#, " invalid_json"),
        ] as [(String, String)])
    func aMistakeIsToldByPathAndCode(json: String, fault: String) {
        #expect(Self.fault(json) == fault)
    }

    @Test func attributesAreBoundedInBytesLevelsAndValues() {
        let long = String(repeating: "x", count: UserLimits.attributeBytes)
        #expect(Self.fault(#"{"id":"a","attributes":{"x":"\#(long)"}}"#) == "/attributes too_large")
        let deep =
            String(repeating: "[", count: UserLimits.attributeDepth)
            + String(repeating: "]", count: UserLimits.attributeDepth)
        #expect(Self.fault(#"{"id":"a","attributes":{"x":\#(deep)}}"#) == "/attributes too_large")
        let many = Array(repeating: "1", count: UserLimits.attributeValues)
            .joined(separator: ",")
        #expect(
            Self.fault(#"{"id":"a","attributes":{"x":[\#(many)]}}"#) == "/attributes too_large")
    }

    @Test(
        arguments: [
            (#"{"a":1,"b":2,"a":3}"#, #"{"a":3,"b":2}"#),
            (#"{"a":{"x":1,"x":2}}"#, #"{"a":{"x":2}}"#),
            (#"{"\u0061":1}"#, #"{"a":1}"#),
            (#"{"a":"\\u0000"}"#, #"{"a":"\\u0000"}"#),
            (#"{ "a" : [ 1 , 2 ] }"#, #"{"a":[1,2]}"#),
            (#"{}"#, #"{}"#),
        ] as [(String, String)])
    func storedAttributesReadTheSameEverywhere(given: String, stored: String) throws {
        #expect(try Self.read(#"{"id":"a","attributes":\#(given)}"#).attributes == stored)
    }

    @Test func anObjectOfManyKeysIsStoredWhole() throws {
        let fields = (0..<500).map { #""k\#($0)":\#($0)"# }.joined(separator: ",")
        let user = try Self.read(#"{"id":"a","attributes":{\#(fields)}}"#)
        let stored = try JSONValue(parsing: user.attributes ?? "")
        #expect(stored.object?.count == 500)
        #expect(stored["k499"] == 499)
    }

    @Test(
        arguments: [
            (#"{"plan":"pro","home":{"size":5},"seen":"2026-01-31T08:00:00Z","ok":true}"#, ""),
            (#"{"plan":null}"#, ""), (#"{"plan":5}"#, "/attributes/plan wrong_type"),
            (#"{"home":{"size":5.5}}"#, "/attributes/home/size wrong_type"),
            (#"{"home":{"size":"5"}}"#, "/attributes/home/size wrong_type"),
            (#"{"seen":"now"}"#, "/attributes/seen wrong_type"),
            (#"{"ok":1}"#, "/attributes/ok wrong_type"),
            (#"{"ok":true,"ok":1}"#, "/attributes/ok wrong_type"),
        ] as [(String, String)])
    func aDeclaredAttributeHasItsType(attributes: String, fault: String) {
        let rules = Self.rules([
            ("plan", .string), ("home.size", .integer), ("seen", .time), ("ok", .boolean),
        ])
        #expect(Self.fault(#"{"id":"a","attributes":\#(attributes)}"#, rules) == fault)
    }

    @Test func aRejectedUserLeavesNothingToTheNext() throws {
        let users = try Self.read(
            #"{"id":"a","tags":["a\"","b","b"]}"# + "\n" + #"{"id":"b","tags":["x\"","y"]}"#)
        #expect(users.id == "b")
        #expect(users.tags == ["x\"", "y"])
        #expect(users.rejects == ["1 /tags/2 duplicate"])
    }

    @Test func aBrokenLineIsRejectedByItsNumberAndTheOthersAreRead() throws {
        let lines = try Self.read(
            """
            {"id":"a"}

            {"id":"b"
            {"id":"c","locale":1}
            {"id":"d"}
            """)
        #expect(lines.count == 2)
        #expect(lines.rejects == ["3  invalid_json", "4 /locale wrong_type"])
    }
}

extension BytePipe {
    /// Hands over pieces as fast as the reader takes them, from another thread.
    func pushAll(_ pieces: [[UInt8]]) {
        pushNext(pieces[...])
    }

    private func pushNext(_ pieces: ArraySlice<[UInt8]>) {
        guard let piece = pieces.first else { return finish() }
        push(piece) { goesOn in if goesOn { self.pushNext(pieces.dropFirst()) } }
    }
}

import CurlTransport
import Engine
import Testing

@Suite struct TargetRulesTests {
    @Test(
        "A target that cannot work is refused with the field at fault",
        arguments: [
            ("nowhere", "POST", [], "url"), ("http://", "POST", [], "url"),
            ("ftp://a.example/", "POST", [], "url"), ("file:///etc/passwd", "POST", [], "url"),
            ("http://user@a.example/", "POST", [], "url"),
            ("http://user:secret@a.example/", "POST", [], "url"),
            ("http://a.example/a b", "POST", [], "url"),
            ("http://a.example:99999/", "POST", [], "url"), ("http://a:0/", "POST", [], "url"),
            ("http:///a/", "POST", [], "url"), ("http://a%61.example/", "POST", [], "url"),
            ("http://a@b@c/", "POST", [], "url"),
            ("http://a.example/", "GET", [], "method"), ("http://a.example/", "post", [], "method"),
            ("http://a.example/", "POST /x HTTP/1.1\r\nA: b\r\n\r\n", [], "method"),
            ("http://a.example/", "POST", [HeaderField("", "value")], "header"),
            ("http://a.example/", "POST", [HeaderField("na me", "value")], "header"),
            ("http://a.example/", "POST", [HeaderField("name:", "value")], "header"),
            ("http://a.example/", "POST", [HeaderField("name", "a\r\nother: value")], "header"),
            ("http://a.example/", "POST", [HeaderField("name", "a\u{0}b")], "header"),
            (
                "http://a.example/", "POST", Array(repeating: HeaderField("a", "b"), count: 65),
                "header"
            ),
        ] as [(String, String, [HeaderField], String)])
    func refuses(
        _ url: String, _ method: String, _ fields: [HeaderField], _ field: String
    ) throws {
        let harness = try TransportHarness()
        defer { harness.close() }
        let error = #expect(throws: TransportError.self) {
            try harness.target(url, fields: fields, method: method)
        }
        #expect(error?.field == field)
        #expect(error?.description.contains("secret") == false)
    }

    @Test(
        "The names of a request's fields are tokens, and not too many",
        arguments: [["a", "b c"], [""], Array(repeating: "a", count: 65)])
    func refusesFieldNames(_ names: [String]) throws {
        let harness = try TransportHarness()
        defer { harness.close() }
        let error = #expect(throws: TransportError.self) {
            try harness.target("http://a.example/", requestFieldNames: names)
        }
        #expect(error?.field == "header")
    }

    @Test(
        "No more of answers can be asked for than is kept",
        arguments: [
            AnswerParts(bodyBytesMax: EngineLimits.answerBodyBytesMax + 1),
            AnswerParts(bodyBytesMax: -1), AnswerParts(fieldNames: ["a b"]),
            AnswerParts(
                fieldNames: Array(repeating: "a", count: EngineLimits.answerFieldsMax + 1)),
        ])
    func refusesAnswer(_ parts: AnswerParts) throws {
        let harness = try TransportHarness()
        defer { harness.close() }
        let error = #expect(throws: TransportError.self) {
            try harness.target("http://a.example/", answer: parts)
        }
        #expect(error?.field == "answer")
    }

    @Test("There is a limit to the number of targets, and released ones make room")
    func targetsMax() throws {
        let harness = try TransportHarness { $0.targetsMax = 2 }
        defer { harness.close() }
        let first = try harness.target("http://a.example/")
        _ = try harness.target("http://b.example/")
        let error = #expect(throws: TransportError.self) { try harness.target("http://c.example/") }
        #expect(error?.field == "transport")
        harness.transport.release(first)
        #expect(try harness.target("http://c.example/") == first)
    }
}

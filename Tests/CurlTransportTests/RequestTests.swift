import CurlTransport
import Engine
import Testing

@Suite struct RequestTests {
    @Test("A request carries its target's and its own headers, and its body, and nothing else")
    func carries() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(
                server.url + "?a=b",
                fields: [
                    HeaderField("Content-Type", "application/json"),
                    HeaderField("X-Static", "yes"),
                ], requestFieldNames: ["webhook-id", "webhook-timestamp"])
            let result = try harness.send(
                target, fields: ["msg_1", "17"], body: #"{"a":1}"#)
            #expect(result.status == 200)
            #expect(result.failure == .none)
            #expect(result.requestLeft)
            #expect(result.wireAttempts == 1)
            #expect(result.retryAfterSeconds == -1)
            let request = try #require(server.requests.first)
            #expect(
                request.head == [
                    "POST /hook?a=b HTTP/1.1", "Host: 127.0.0.1:\(server.port)",
                    "webhook-id: msg_1", "webhook-timestamp: 17",
                    "Content-Type: application/json", "X-Static: yes", "Content-Length: 7",
                ])
            #expect(request.body == #"{"a":1}"#)
        }
    }

    @Test("Without a content type of its own a request has none")
    func noContentType() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            #expect(try harness.send(harness.target(server.url), body: "").status == 200)
            let request = try #require(server.requests.first)
            #expect(request.header("Content-Type") == nil)
            #expect(request.header("Content-Length") == "0")
        }
    }

    @Test("A large request does not wait for the server's leave")
    func noExpect() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let body = String(repeating: "x", count: 2_000_000)
            #expect(try harness.send(harness.target(server.url), body: body).status == 200)
            let request = try #require(server.requests.first)
            #expect(request.header("Expect") == nil)
            #expect(request.body.utf8.count == body.utf8.count)
        }
    }

    @Test("Other methods carry a body too", arguments: ["PUT", "PATCH", "DELETE"])
    func methods(_ method: String) throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            #expect(try harness.send(harness.target(server.url, method: method)).status == 200)
            let request = try #require(server.requests.first)
            #expect(request.head.first == "\(method) /hook HTTP/1.1")
            #expect(request.body == "{}")
        }
    }

    @Test("Each request may bring its own URL")
    func ownURL() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(nil)
            for path in ["/one", "/two", "/three?x#y"] {
                let url = "http://127.0.0.1:\(server.port)\(path)"
                #expect(try harness.send(target, url: url).status == 200)
            }
            let lines = server.requests.compactMap(\.head.first)
            #expect(
                lines == ["POST /one HTTP/1.1", "POST /two HTTP/1.1", "POST /three?x HTTP/1.1"])
            #expect(server.connectionCount == 1)
        }
    }

    @Test(
        "A URL that cannot be used ends its request and no other",
        arguments: [
            "u:p@127.0.0.1", "u@127.0.0.1", "[::1", ":80", "127.0.0.1:99999", "a\0b",
        ])
    func invalidURL(_ authority: String) throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(nil)
            harness.start(0, target, authority: authority)
            harness.start(1, target, url: server.url)
            let results = harness.results(2).sorted { $0.flight.rawValue < $1.flight.rawValue }
            #expect(results[0].failure == .urlInvalid)
            #expect(results[0].status == 0)
            #expect(!results[0].requestLeft)
            #expect(results[0].wireAttempts == 0)
            #expect(results[1].status == 200)
        }
    }

    @Test(
        "What would end a header line does not get out", arguments: ["\n", "\r", "\r\n", "\0"])
    func headerInjection(_ lineBreak: String) throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(server.url, requestFieldNames: ["a"])
            let result = try harness.send(target, fields: ["b\(lineBreak)evil: yes"])
            #expect(result.failure == .requestInvalid)
            #expect(!result.requestLeft)
            #expect(try harness.send(target, fields: ["b"]).status == 200)
            #expect(server.requests.count == 1)
        }
    }

    @Test("Each of many flights ends once, with its own answer, on connections that are kept")
    func manyFlights() throws {
        let server = try ScriptedServer { request in
            [.send(Answer.status(200 + (Int(request.header("number") ?? "") ?? 0) % 50))]
        }
        try withTransport(server, flightsMax: 32) { harness in
            let target = try harness.target(server.url, requestFieldNames: ["number"])
            var number = 0
            var statusOfFlight: [UInt32: Int] = [:]
            func begin(_ flight: UInt32) {
                statusOfFlight[flight] = 200 + number % 50
                harness.start(flight, target, fields: ["\(number)"], body: "\(number)")
                number += 1
            }
            for flight in 0..<32 { begin(UInt32(flight)) }
            var ended = 0
            while ended < 1_000 {
                for result in harness.results(1) {
                    ended += 1
                    let expected = statusOfFlight.removeValue(forKey: result.flight.rawValue)
                    #expect(Int(result.status) == expected)
                    if number < 1_000 { begin(result.flight.rawValue) }
                }
            }
            #expect(Set(server.requests.map(\.body)).count == 1_000)
            #expect(server.requests.count == 1_000)
            #expect(server.connectionCount <= 32)
            #expect(harness.transport.flightCount == 0)
            #expect(!harness.transport.hasActivity)
        }
    }

    @Test("Targets share the handles that there are")
    func sharedHandles() throws {
        let server = try ScriptedServer()
        try withTransport(server, flightsMax: 2) { harness in
            let targets = try (0..<3).map { index in
                try harness.target(
                    "http://127.0.0.1:\(server.port)/\(index)",
                    fields: [HeaderField("target", "\(index)")],
                    requestFieldNames: (0..<index).map { "line\($0)" })
            }
            for round in 0..<4 {
                for (index, target) in targets.enumerated() {
                    let fields = (0..<index).map { _ in "\(round)" }
                    #expect(try harness.send(target, fields: fields).status == 200)
                    let request = try #require(server.requests.last)
                    #expect(request.head.first == "POST /\(index) HTTP/1.1")
                    #expect(request.header("target") == "\(index)")
                    #expect(request.head.filter { $0.hasPrefix("line") }.count == index)
                }
            }
        }
    }

    @Test("A field without a value is left out")
    func emptyField() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(server.url, requestFieldNames: ["one", "two", "three"])
            #expect(try harness.send(target, fields: ["1", "", "3"]).status == 200)
            let request = try #require(server.requests.first)
            #expect(request.header("one") == "1")
            #expect(request.header("two") == nil)
            #expect(request.header("three") == "3")
        }
    }

    @Test("The lines of a request may be of any length, longer than those before")
    func growingFields() throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(server.url, requestFieldNames: ["one", "two"])
            for count in [1, 100, 7_000, 2] {
                let value = String(repeating: "v", count: count)
                #expect(try harness.send(target, fields: [value, "b"]).status == 200)
                let request = try #require(server.requests.last)
                #expect(request.header("one") == value)
                #expect(request.header("two") == "b")
            }
        }
    }

    @Test(
        "A URL goes out as it is, its fragment and the case of its scheme aside",
        arguments: [
            ("/one?a=b/c#d/e?f", "/one?a=b/c"), ("?a=b", "/?a=b"), ("", "/"), ("#x", "/"),
            ("/%41%2F", "/%41%2F"),
        ])
    func urlForms(_ rest: String, _ path: String) throws {
        let server = try ScriptedServer()
        try withTransport(server) { harness in
            let target = try harness.target(nil)
            let url = "HTTP://127.0.0.1:\(server.port)\(rest)"
            #expect(try harness.send(target, url: url).status == 200)
            #expect(server.requests.first?.head.first == "POST \(path) HTTP/1.1")
        }
    }

    @Test("A released target's flights still end")
    func release() throws {
        let server = try ScriptedServer { _ in [.wait(milliseconds: 20), .send(Answer.status(204))]
        }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            harness.start(0, target)
            harness.transport.kick()
            harness.transport.release(target)
            let second = try harness.target(server.url)
            #expect(second != target)
            #expect(harness.results(1).map(\.status) == [204])
            // Only now its place is free.
            #expect(try harness.target(server.url) == target)
            #expect(try harness.send(second).status == 204)
        }
    }
}

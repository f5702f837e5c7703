import Testing

/// What goes over the wire: the request line, the headers, the body.
@Suite(.serialized) struct RequestTests {
    @Test func addressAndHeadersMayBeTemplates() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            try await bench.run(
                bench.send(
                    bench.audience(5),
                    to: "http://127.0.0.1:\(server.port)"
                        + "/u/{{ receiver.id|upper }}?order={{ order }}",
                    [
                        "--header", "X-Order: no. {{ order }}", "--header",
                        "Authorization: Bearer abc", "--header", "X-Colons: a:b: c",
                    ]))
            let requests = server.requests.sorted { $0.path < $1.path }
            #expect(requests.count == 5)
            for (index, request) in requests.enumerated() {
                let order = 1_000 + index
                #expect(request.line == "POST /u/U\(index)?order=\(order) HTTP/1.1")
                #expect(request.header("x-order") == "no. \(order)")
                #expect(request.header("authorization") == "Bearer abc")
                #expect(request.header("x-colons") == "a:b: c")
                #expect(request.header("host") == "127.0.0.1:\(server.port)")
                #expect(request.header("content-type") == "application/json")
                #expect(request.header("user-agent")?.hasPrefix("fanfare/") == true)
                #expect(request.body == #"{"to":"u\#(index)","order":"\#(order)"}"#)
                #expect(request.header("content-length") == "\(request.body.utf8.count)")
                let added = ["expect", "accept", "transfer-encoding"]
                for name in added { #expect(request.header(name) == nil, "\(name)") }
            }
        }
    }

    @Test(arguments: ["PUT", "PATCH", "DELETE"])
    func methodAndTypeAreWhatWasAsked(_ method: String) async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            try await bench.run(
                bench.send(
                    bench.audience(1), to: server.url,
                    ["--method", method, "--content-type", "text/plain"]))
            let request = try #require(server.requests.first)
            #expect(request.line == "\(method) /hook HTTP/1.1")
            #expect(request.header("content-type") == "text/plain")
            #expect(!request.body.isEmpty)
        }
    }

    @Test func aTypeGivenAsHeaderReplacesTheDefaultOnly() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            try await bench.run(
                bench.send(
                    bench.audience(1), to: server.url,
                    [
                        "--header", "X-One: 1", "--header", "content-type: text/a", "--header",
                        "Content-Type: text/b",
                    ]))
            let request = try #require(server.requests.first)
            #expect(request.header("x-one") == "1")
            let types = request.headers.filter { $0.lowercased().hasPrefix("content-type:") }
            #expect(types == ["Content-Type: text/b"])
        }
    }

    @Test func aLineBreakInAHeaderFailsItsRecipientOnly() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let audience = try bench.write(
                "user_id,note\na,fine\nb,\"x\r\nX-Injected: 1\"\nc,\"x\ny\"\nd,fine\n", to: "a.csv")
            _ = try bench.template("{{ receiver.id }}")
            try await bench.run(
                bench.send(audience, to: server.url, ["--header", "X-Note: {{ note }}"]), exits: 3)
            #expect(server.requests.map(\.body).sorted() == ["a", "d"])
            #expect(server.requests.allSatisfy { $0.header("x-injected") == nil })
            #expect(try bench.report().failures == ["header_invalid": 2])
            #expect(try await bench.outcomes(["--status", "failed"]).map(\.userId) == ["b", "c"])
        }
    }

    @Test func anAddressThatIsNoneFailsItsRecipientOnly() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let good = "http://127.0.0.1:\(server.port)/in"
            let audience = try bench.write(
                "user_id,where\na,\(good)\nb,nowhere\nc,file:///etc/passwd\nd,\n", to: "a.csv")
            _ = try bench.template("{{ receiver.id }}")
            try await bench.run(bench.send(audience, to: "{{ where }}"), exits: 3)
            #expect(server.requests.map(\.body) == ["a"])
            #expect(try bench.report().failures == ["url_invalid": 2, "no_endpoint": 1])
        }
    }

    @Test func aMessageThatFailsToRenderFailsItsRecipientOnly() async throws {
        try await Workbench.use { bench in
            let server = try bench.server()
            let audience = try bench.write(
                #"{"user_id":"a","variables":{"n":{"x":1}}}"# + "\n" + #"{"user_id":"b"}"# + "\n",
                to: "a.jsonl")
            _ = try bench.template("{{ receiver.id }}{{ n.x }}")
            try await bench.run(bench.send(audience, to: server.url), exits: 3)
            #expect(server.requests.map(\.body) == ["a1"])
            #expect(try bench.report().failures == ["render_failed": 1])
        }
    }

    @Test func redirectionsAreNotFollowed() async throws {
        try await Workbench.use { bench in
            let server = try bench.server { _ in .status(302, headers: ["Location: /other"]) }
            try await bench.run(bench.send(bench.audience(2), to: server.url), exits: 3)
            #expect(server.requests.map(\.path) == ["/hook", "/hook"])
            #expect(try bench.report().failures == ["http_302": 2])
        }
    }
}

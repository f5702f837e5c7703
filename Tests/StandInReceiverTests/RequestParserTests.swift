import Testing

@testable import StandInReceiver

@Suite struct RequestParserTests {
    struct Case: CustomTestStringConvertible, Sendable {
        let name: String
        let input: [UInt8]
        let events: [RequestParser.Event]
        var testDescription: String { name }

        init(_ name: String, _ input: String, _ events: RequestParser.Event...) {
            self.name = name
            self.input = Array(input.utf8)
            self.events = events
        }
    }

    @Test(arguments: corpus)
    func `The events do not depend on how the input is cut`(example: Case) {
        #expect(events(of: [example.input[...]]) == example.events, "in one piece")
        #expect(events(of: example.input.indices.map { example.input[$0...$0] }) == example.events)
        for cut in example.input.indices.dropFirst() {
            #expect(
                events(of: [example.input[..<cut], example.input[cut...]]) == example.events,
                "cut before byte \(cut)")
        }
    }

    @Test func `Two requests stay apart when three pieces cut them anywhere`() {
        let input = Array(
            ("POST /a HTTP/1.1\r\nHost: h\r\nwebhook-id: k\r\nContent-Length: 3\r\n\r\nabc"
                + "POST /b HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n")
                .utf8)
        let expected: [RequestParser.Event] = [.request(request(key: "k")), .request(request())]
        for first in stride(from: 1, to: input.count - 1, by: 3) {
            for second in stride(from: first + 1, to: input.count, by: 5) {
                let pieces = [input[..<first], input[first..<second], input[second...]]
                #expect(events(of: pieces) == expected, "cuts at \(first), \(second)")
            }
        }
    }

    @Test func `A head larger than the limit is refused, whole or in pieces`() {
        let line = "X-Filler: " + String(repeating: "x", count: 1000) + "\r\n"
        let lines = SinkLimits.headBytesMax / line.utf8.count
        let head = "POST / HTTP/1.1\r\nHost: h\r\n"
        let fits = Array((head + String(repeating: line, count: lines - 1) + "\r\n").utf8)
        let exceeds = Array((head + String(repeating: line, count: lines + 1) + "\r\n").utf8)
        let endless = [UInt8](repeating: UInt8(ascii: "P"), count: SinkLimits.headBytesMax + 1)
        for size in [1 << 20, 4096, 100] {
            #expect(events(of: pieces(fits, size)) == [.request(request())])
            #expect(events(of: pieces(exceeds, size)) == [.failed(.headTooLarge)])
            #expect(events(of: pieces(endless, size)) == [.failed(.headTooLarge)])
        }
    }

    @Test func `A body may have any length up to the limit`() {
        for length in [1, 65_536, SinkLimits.bodyBytesMax] {
            let head = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: \(length)\r\n\r\n"
            let body = [UInt8](repeating: UInt8(ascii: "\n"), count: length)
            #expect(
                events(of: pieces(Array(head.utf8) + body, 1 << 20)) == [.request(request())])
        }
        let size = String(SinkLimits.bodyBytesMax, radix: 16)
        let chunked = "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"
        #expect(
            events(of: [Array((chunked + size + "\r\n").utf8)[...]]) == [.failed(.bodyTooLarge)])
    }

    private func pieces(_ input: [UInt8], _ size: Int) -> [ArraySlice<UInt8>] {
        stride(from: 0, to: input.count, by: size).map {
            input[$0..<min($0 + size, input.count)]
        }
    }

    /// The events of a connection that delivers `pieces`, without `needsMore`.
    private func events(of pieces: [ArraySlice<UInt8>]) -> [RequestParser.Event] {
        var parser = RequestParser(keyHeader: Array("webhook-id".utf8))
        var events: [RequestParser.Event] = []
        for piece in pieces {
            var offset = 0
            let bytes = Array(piece)
            reading: while true {
                let event = parser.next(bytes.span, from: &offset)
                switch event {
                case .needsMore:
                    #expect(offset == bytes.count)
                    break reading
                case .failed:
                    return events + [event]
                default: events.append(event)
                }
            }
        }
        return events
    }
}

/// What the corpus expects of a request.
private func request(
    _ method: RequestHead.Method = .post, _ route: RequestHead.Route = .provider,
    key: String? = nil, isHTTP10: Bool = false, keepsAlive: Bool = true
) -> RequestHead {
    RequestHead(
        method: method, route: route, key: key.map { KeyDigest($0) }, isHTTP10: isHTTP10,
        keepsAlive: keepsAlive)
}

private let corpus: [RequestParserTests.Case] = [
    .init("a minimal request", "GET / HTTP/1.1\r\nHost: h\r\n\r\n", .request(request(.get))),
    .init("bare line feeds", "GET / HTTP/1.1\nHost: h\n\n", .request(request(.get))),
    .init(
        "empty lines first", "\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n", .request(request(.get))),
    .init(
        "a body and a key",
        "POST /hook HTTP/1.1\r\nHost: h\r\nWebhook-ID: \t msg_1 \r\nContent-Length: 5\r\n\r\nhello",
        .request(request(key: "msg_1"))),
    .init(
        "the first key counts",
        "POST / HTTP/1.1\r\nHost: h\r\nwebhook-id:a\r\nWEBHOOK-ID: b\r\n\r\n",
        .request(request(key: "a"))),
    .init(
        "an empty key is none", "POST / HTTP/1.1\r\nHost: h\r\nwebhook-id: \r\n\r\n",
        .request(request())),
    .init(
        "two pipelined requests",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        .request(request()), .request(request(.get))),
    .init(
        "chunks, extensions and trailers",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: Chunked\r\n\r\n"
            + "4;a=b\r\nWiki\r\nA \r\n0123456789\r\n0\r\nX: y\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n",
        .request(request()), .request(request(.get))),
    .init(
        "an expected 100",
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-Continue\r\nContent-Length: 1\r\n\r\nx",
        .awaitsContinue, .request(request())),
    .init(
        "an expected 100 without a body",
        "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\n\r\n",
        .request(request())),
    .init(
        "HTTP/1.0", "GET / HTTP/1.0\r\n\r\n",
        .request(request(.get, isHTTP10: true, keepsAlive: false))),
    .init(
        "HTTP/1.0 that keeps alive", "GET / HTTP/1.0\r\nConnection: Keep-Alive\r\n\r\n",
        .request(request(.get, isHTTP10: true))),
    .init(
        "a closing connection", "GET / HTTP/1.1\r\nHost: h\r\nConnection: x , Close\r\n\r\n",
        .request(request(.get, keepsAlive: false))),
    .init(
        "the sink's own paths",
        "GET /_sink/stats HTTP/1.1\r\nHost: h\r\n\r\nGET /_sink/stats?x=1 HTTP/1.1\r\nHost: h\r\n\r\n"
            + "POST /_sink/reset HTTP/1.1\r\nHost: h\r\n\r\nPUT /_sink/x HTTP/1.1\r\nHost: h\r\n\r\n",
        .request(request(.get, .statistics)), .request(request(.get, .statistics)),
        .request(request(.post, .statisticsReset)), .request(request(.other, .unknownControl))),
    .init(
        "equal lengths given twice",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 01\r\n\r\nx",
        .request(request())),
    .init("nothing", ""),
    .init("half a request", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 3\r\n\r\nab"),
    .init("a TLS handshake", "\u{16}\u{03}\u{01}\u{02}\u{00}", .failed(.malformed)),
    .init("no version", "GET /\r\n\r\n", .failed(.malformed)),
    .init("an unknown version", "GET / HTTP/2.0\r\n\r\n", .failed(.unknownVersion)),
    .init("no protocol", "GET / FTPS/1.1\r\n\r\n", .failed(.malformed)),
    .init("blanks in the target", "GET /a b HTTP/1.1\r\n\r\n", .failed(.malformed)),
    .init("no target", "GET  HTTP/1.1\r\n\r\n", .failed(.malformed)),
    .init("no host", "GET / HTTP/1.1\r\n\r\n", .failed(.malformed)),
    .init("a line without a colon", "GET / HTTP/1.1\r\nHost\r\n", .failed(.malformed)),
    .init("an empty name", "GET / HTTP/1.1\r\n: x\r\n", .failed(.malformed)),
    .init("a blank before the colon", "GET / HTTP/1.1\r\nHost : h\r\n", .failed(.malformed)),
    .init("a folded header", "GET / HTTP/1.1\r\nHost: h\r\n x: y\r\n", .failed(.malformed)),
    .init("a control character", "GET / HTTP/1.1\r\nHost: \u{01}\r\n", .failed(.malformed)),
    .init("a stray CR", "GET / HTTP/1.1\r\nHost: a\rb\r\n", .failed(.malformed)),
    .init(
        "two lengths", "POST / HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n",
        .failed(.malformed)),
    .init("a negative length", "POST / HTTP/1.1\r\nContent-Length: -1\r\n", .failed(.malformed)),
    .init("an empty length", "POST / HTTP/1.1\r\nContent-Length:\r\n", .failed(.malformed)),
    .init(
        "an absurd length", "POST / HTTP/1.1\r\nContent-Length: 1234567890123456789\r\n",
        .failed(.malformed)),
    .init(
        "a large length", "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 16777217\r\n\r\n",
        .failed(.bodyTooLarge)),
    .init(
        "a length beside chunks",
        "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
        .failed(.malformed)),
    .init(
        "an unknown coding", "POST / HTTP/1.1\r\nTransfer-Encoding: gzip, chunked\r\n",
        .failed(.unknownCoding)),
    .init(
        "chunks in HTTP/1.0", "POST / HTTP/1.0\r\nTransfer-Encoding: chunked\r\n\r\n",
        .failed(.malformed)),
    .init(
        "a chunk size that is no number",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        .failed(.malformed)),
    .init(
        "a chunk longer than its size",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n",
        .failed(.malformed)),
    .init(
        "an absurd chunk size",
        "POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n",
        .failed(.malformed)),
]

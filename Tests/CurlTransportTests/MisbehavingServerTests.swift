import CurlTransport
import Engine
import Glibc
import Testing

@Suite struct MisbehavingServerTests {
    private func result(
        timeoutMilliseconds: Int = 20_000, _ steps: @escaping @Sendable (Int) -> [ServerStep]
    ) throws -> TransferResult {
        let server = try ScriptedServer { request in steps(request.number) }
        var result: TransferResult?
        try withTransport(server) { harness in
            let target = try harness.target(server.url, timeoutMilliseconds: timeoutMilliseconds)
            result = try harness.send(target)
        }
        return try #require(result)
    }

    @Test("A connection that ends after the request, without an answer, is lost")
    func closesAfterRequest() throws {
        let result = try result { _ in [.close] }
        #expect(result.failure == .connectionLost)
        #expect(result.status == 0)
        #expect(result.requestLeft)
        #expect(result.wireAttempts == 1)
    }

    @Test("A connection that is reset after the request is lost")
    func resets() throws {
        let result = try result { _ in [.reset] }
        #expect(result.failure == .connectionLost)
        #expect(result.requestLeft)
    }

    @Test("A connection that is reset before the request fails")
    func closesBeforeRequest() throws {
        let server = try ScriptedServer(accepted: { _ in [.reset] }) { _ in [] }
        try withTransport(server) { harness in
            let result = try harness.send(harness.target(server.url))
            // The reset may arrive before libcurl has seen that the connection stands.
            if result.requestLeft {
                #expect(result.failure == .connectionLost)
            } else {
                #expect(result.failure == .connectFailed)
            }
            #expect(result.status == 0)
        }
    }

    @Test("An answer that comes before a reset counts")
    func answersAndResets() throws {
        let result = try result { _ in [.send(Answer.status(201)), .reset] }
        #expect(result.status == 201)
        #expect(result.failure == .none)
    }

    @Test("A slow answer is an answer")
    func answersSlowly() throws {
        let result = try result { _ in
            [
                .send("HTTP/1.1 2"), .wait(milliseconds: 20), .send("02 Accepted\r\nContent-"),
                .wait(milliseconds: 20), .send("Length: 2\r\n\r\no"), .wait(milliseconds: 20),
                .send("k"),
            ]
        }
        #expect(result.status == 202)
        #expect(result.failure == .none)
    }

    @Test("A server that never answers is timed out, and the request may have been heard")
    func neverAnswers() throws {
        let result = try result(timeoutMilliseconds: 500) { _ in [.hang] }
        #expect(result.failure == .timedOut)
        #expect(result.status == 0)
        #expect(result.requestLeft)
    }

    @Test("A connection that does not come about is timed out, and the request was not heard")
    func connectTimeout() throws {
        // A listener with a full queue: the kernel drops what else comes.
        let server = try ScriptedServer(backlog: 0, accepts: false) { _ in [] }
        let waiting = (0..<4).map { _ in Sockets.connect(port: server.port) }
        defer { for socket in waiting { close(socket) } }
        try withTransport(server) { harness in
            let target = try harness.target(server.url, connectTimeoutMilliseconds: 100)
            let result = try harness.send(target)
            #expect(result.failure == .timedOut)
            #expect(!result.requestLeft)
            #expect(result.wireAttempts == 0)
        }
    }

    @Test(
        "Garbage is no answer",
        arguments: [
            "SSH-2.0-OpenSSH\r\n", "\u{1}\u{2}\u{3}\r\n\r\n", "HTTP/1.1 two\r\n\r\n",
            "HTTP/1.1 000 Zero\r\nContent-Length: 0\r\n\r\n",
        ])
    func garbage(_ text: String) throws {
        let result = try result { _ in [.send(text), .close] }
        #expect(result.status == 0)
        #expect(result.failure == .responseInvalid)
        #expect(result.requestLeft)
    }

    @Test(
        "A status is the provider's word, though its body was cut off", arguments: [200, 429, 500])
    func partialAnswer(_ status: Int) throws {
        let result = try result { _ in
            [.send("HTTP/1.1 \(status) Whatever\r\nContent-Length: 100\r\n\r\nshort"), .close]
        }
        #expect(Int(result.status) == status)
        #expect(result.failure == .none)
        #expect(result.transportCode == 18)
    }

    // The timeout is long enough for the status to arrive on a loaded machine.
    @Test("A status is the provider's word, though its body never ends")
    func endlessBody() throws {
        let result = try result(timeoutMilliseconds: 1_500) { _ in
            [.send("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort"), .hang]
        }
        #expect(result.status == 200)
        #expect(result.failure == .none)
        #expect(result.transportCode == 28)
    }

    @Test("Half a status line is no answer")
    func partialStatusLine() throws {
        let result = try result { _ in [.send("HTTP/1.1 20"), .close] }
        #expect(result.status == 0)
        #expect(result.failure == .responseInvalid || result.failure == .connectionLost)
        #expect(result.requestLeft)
    }

    @Test("Interim answers are not final")
    func interim() throws {
        let final = try result { _ in
            [.send("HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + Answer.status(202))]
        }
        #expect(final.status == 202)
        let none = try result { _ in [.send("HTTP/1.1 100 Continue\r\n\r\n"), .close] }
        #expect(none.status == 0)
        #expect(none.failure != .none)
    }

    @Test("A body beyond the limit is cut off, its status is kept")
    func bigBody() throws {
        let body = String(repeating: "x", count: 1_000_000)
        let server = try ScriptedServer { _ in [.send(Answer.status(200, body: body))] }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            let result = try harness.send(target)
            #expect(result.status == 200)
            #expect(result.failure == .none)
            #expect(result.transportCode == 23)
            // The connection went with it; the next request opens another one.
            #expect(try harness.send(target).status == 200)
            #expect(server.connectionCount == 2)
        }
    }

    @Test("A body within the limit is read, and the connection is kept")
    func bodyWithinLimit() throws {
        let body = String(repeating: "x", count: 60_000)
        let server = try ScriptedServer { _ in [.send(Answer.status(200, body: body))] }
        try withTransport(server) { harness in
            let target = try harness.target(server.url)
            for _ in 0..<3 { #expect(try harness.send(target).status == 200) }
            #expect(server.connectionCount == 1)
        }
    }

    @Test("Headers beyond libcurl's limit end the answer, the status is kept")
    func bigHeaders() throws {
        let line = "X-Long: " + String(repeating: "x", count: 400_000) + "\r\n"
        let result = try result { _ in [.send("HTTP/1.1 200 OK\r\n" + line + "\r\n"), .close] }
        #expect(result.status == 200)
        #expect(result.failure == .none)
        #expect(result.transportCode != 0)
    }

    @Test(
        "Retry-After is understood in both forms",
        arguments: [
            ("Retry-After: 120", 120...120),
            ("Retry-After: 99999999999", 2_147_483_647...2_147_483_647),
            ("Retry-After: 99999999999999999999", -1 ... -1),
            ("Retry-After: Fri, 31 Dec 2060 23:59:59 GMT", 1_000_000...2_147_483_647),
            ("Retry-After: Wed, 21 Oct 2015 07:28:00 GMT", -1 ... -1),
            ("Retry-After: soon", -1 ... -1),
            ("Retry-After: 0", -1 ... -1), ("Retry-After: -5", -1 ... -1),
            ("X-Other: 1", -1 ... -1),
        ] as [(String, ClosedRange<Int32>)])
    func retryAfter(_ header: String, _ expected: ClosedRange<Int32>) throws {
        for status in [429, 503] {
            let result = try result { _ in [.send(Answer.status(status, headers: [header]))] }
            #expect(Int(result.status) == status)
            // libcurl 8.14 tells of 6 hours at the most, which is more than is heeded.
            let isCut = result.retryAfterSeconds == 21_600 && expected.upperBound > 21_600
            #expect(expected.contains(result.retryAfterSeconds) || isCut)
        }
    }

    @Test("A redirect is an answer and not followed")
    func redirect() throws {
        let result = try result { _ in
            [.send(Answer.status(302, headers: ["Location: http://127.0.0.1:1/"]))]
        }
        #expect(result.status == 302)
        #expect(result.wireAttempts == 1)
    }

    @Test("A port without a server is a failed connection")
    func connectionRefused() throws {
        let (socket, port) = try Sockets.listen(backlog: 1)
        close(socket)
        let harness = try TransportHarness()
        defer { harness.close() }
        let result = try harness.send(harness.target("http://127.0.0.1:\(port)/"))
        #expect(result.failure == .connectFailed)
        #expect(!result.requestLeft)
        #expect(result.wireAttempts == 0)
    }

    @Test("A name that does not exist is a failed look-up")
    func unknownHost() throws {
        let harness = try TransportHarness()
        defer { harness.close() }
        // A label of more than 63 bytes: the system's resolver refuses it without asking anyone.
        let host = String(repeating: "a", count: 70) + ".invalid"
        let result = try harness.send(harness.target("http://\(host)/"))
        #expect(result.failure == .resolveFailed)
        #expect(!result.requestLeft)
    }

    @Test("A server that does not speak TLS is a TLS failure")
    func tls() throws {
        let server = try ScriptedServer(accepted: { _ in
            [.send("HTTP/1.1 400 Bad\r\n\r\n"), .close]
        }) { _ in [] }
        try withTransport(server) { harness in
            let result = try harness.send(harness.target("https://127.0.0.1:\(server.port)/"))
            #expect(result.failure == .tlsFailed)
            #expect(!result.requestLeft)
        }
    }
}

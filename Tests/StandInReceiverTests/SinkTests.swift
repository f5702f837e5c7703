import Foundation
import StandInReceiver
import Testing
import UVLoop

@Suite struct StandInReceiverTests {
    private func withSink(
        _ change: (inout SinkConfiguration) throws -> Void = { _ in },
        _ body: (Sink) throws -> Void
    ) throws {
        var configuration = SinkConfiguration()
        try change(&configuration)
        let sink = try Sink.started(configuration)
        defer { sink.stop() }
        try body(sink)
    }

    /// Asks again and again, for a bounded number of times: a broken sink fails instead of hanging.
    private func eventually(_ condition: () -> Bool) -> Bool {
        (0..<1_000_000).contains { _ in condition() }
    }

    @Test(arguments: [false, true])
    func `Requests on one connection are answered and counted`(spins: Bool) throws {
        try withSink({ $0.spins = spins }) { sink in
            #expect(sink.port != 0)
            let client = TestClient(port: sink.port)
            client.post("a")
            #expect(client.statuses(1) == [200])
            client.post("b")
            client.post("a")
            client.post()
            #expect(client.statuses(3) == [200, 200, 200])
            let statistics = sink.statistics()
            #expect(statistics.requests == 4)
            #expect(statistics.distinctKeys == 2)
            #expect(statistics.duplicates == 1)
            #expect(statistics.acceptedDuplicates == 1)
            #expect(statistics.requestsWithoutKey == 1)
            #expect(statistics.statuses == [HTTPStatus(200): 4])
            #expect(statistics.connectionsOpened == 1)
            #expect(statistics.connectionsNow == 1)
            #expect(statistics.bytesOut == 4 * 38)
            #expect(statistics.bytesIn > 4 * 38)
        }
    }

    @Test func `Statistics are served and reset over HTTP`() throws {
        try withSink { sink in
            let client = TestClient(port: sink.port)
            client.post("a")
            client.post("a")
            client.send("GET /_sink/stats HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.statuses(2) == [200, 200])
            let answer = try #require(client.answer())
            #expect(answer.head.contains("Content-Type: application/json"))
            let object = try #require(
                JSONSerialization.jsonObject(with: Data(answer.body.utf8)) as? [String: Any])
            #expect(object["requests"] as? Int == 2)
            #expect(object["duplicates"] as? Int == 1)
            client.send("POST /_sink/reset HTTP/1.1\r\nHost: h\r\n\r\n")
            client.send("GET /_sink/reset HTTP/1.1\r\nHost: h\r\n\r\n")
            client.send("GET /_sink/other HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(client.statuses(3) == [200, 405, 404])
            client.post("a")
            #expect(client.statuses(1) == [200])
            let statistics = sink.statistics()
            #expect(statistics.requests == 1)
            #expect(statistics.duplicates == 0)
            #expect(statistics.statuses == [HTTPStatus(200): 1])
            #expect(statistics.controlRequests == 2)
        }
    }

    @Test
    func `A mix of statuses is the same for the same seed, with Retry-After where it belongs`()
        throws
    {
        func run() throws -> [Int] {
            var statuses: [Int] = []
            try withSink {
                $0.seed = 5
                $0.responses = try ResponseMix(parsing: "429:0.3,500:0.2,503:0.2")
                $0.retryAfter = .seconds(3)
            } _: { sink in
                let client = TestClient(port: sink.port)
                for _ in 0..<200 {
                    client.post()
                    let answer = try #require(client.answer())
                    let mayRetry = answer.status == 429 || answer.status == 503
                    #expect(answer.head.contains("Retry-After: 3") == mayRetry)
                    statuses.append(answer.status)
                }
                let counted = sink.statistics().statuses
                #expect(counted.values.reduce(0, +) == 200)
                #expect(counted[HTTPStatus(429)] == statuses.count { $0 == 429 })
            }
            return statuses
        }
        let statuses = try run()
        #expect(Set(statuses) == [200, 429, 500, 503])
        #expect(try run() == statuses)
    }

    @Test func `Pipelined requests are answered in order, whatever their latencies`() throws {
        try withSink {
            $0.latency = try LatencyModel(parsing: "uniform:0ms..20ms")
            $0.responses = try ResponseMix(parsing: "201:0.2,202:0.2,429:0.2,500:0.2")
        } _: { sink in
            // The same seed on a sink without latency gives the order to expect.
            var expected: [Int] = []
            try withSink {
                $0.responses = sink.configuration.responses
            } _: { other in
                let client = TestClient(port: other.port)
                client.send(
                    Array(
                        String(
                            repeating: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\n\r\nx",
                            count: 300
                        ).utf8))
                expected = client.statuses(300)
            }
            let client = TestClient(port: sink.port)
            for _ in 0..<300 { client.post() }
            #expect(client.statuses(300) == expected)
            #expect(sink.statistics().answersDropped == 0)
        }
    }

    @Test func `A stalled request is read, counted and never answered`() throws {
        try withSink {
            $0.stallProbability = try #require(Probability(1))
        } _: { sink in
            let stalled = TestClient(port: sink.port)
            stalled.post("a")
            stalled.post("b")
            #expect(eventually { sink.statistics().requests >= 2 })
            let other = TestClient(port: sink.port)
            other.send("GET /_sink/stats HTTP/1.1\r\nHost: h\r\n\r\n")
            #expect(other.answer()?.status == 200)
            #expect(stalled.isSilent)
            let statistics = sink.statistics()
            #expect(statistics.stalls == 2)
            #expect(statistics.accepted == 0)
            #expect(statistics.connectionsNow == 2)
            stalled.close()
            #expect(eventually { sink.statistics().connectionsNow <= 1 })
            #expect(sink.statistics().answersDropped == 0)
        }
    }

    @Test func `A reset request is counted and its connection reset`() throws {
        try withSink {
            $0.resetProbability = try #require(Probability(1))
        } _: { sink in
            let client = TestClient(port: sink.port)
            client.post("a")
            #expect(client.end() == .reset)
            let again = TestClient(port: sink.port)
            again.post("a")
            #expect(again.end() == .reset)
            let statistics = sink.statistics()
            #expect(statistics.requests == 2)
            #expect(statistics.resets == 2)
            #expect(statistics.duplicates == 1)
            #expect(statistics.acceptedDuplicates == 0)
        }
    }

    @Test func `An answer that is never sent is counted as dropped, its message as accepted`()
        throws
    {
        try withSink {
            $0.latency = .constant(milliseconds: 3_000_000)
        } _: { sink in
            let client = TestClient(port: sink.port)
            client.post("a")
            #expect(eventually { sink.statistics().requests >= 1 })
            sink.stop()
            #expect(sink.statistics().accepted == 1)
            #expect(sink.statistics().answersDropped == 1)
            #expect(sink.statistics().connectionsNow == 0)
        }
    }

    @Test func `Connections are closed when the client asks, after the answer`() throws {
        try withSink { sink in
            let client = TestClient(port: sink.port)
            client.post(headers: "Connection: close\r\n")
            let answer = try #require(client.answer())
            #expect(answer.head.contains("Connection: close"))
            #expect(client.end() == .end)

            let old = TestClient(port: sink.port)
            old.send("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            #expect(try #require(old.answer()).head.contains("Connection: keep-alive"))
            old.send("GET / HTTP/1.0\r\n\r\n")
            #expect(try #require(old.answer()).head.contains("Connection: close"))
            #expect(old.end() == .end)
        }
    }

    @Test func `A client that has shut its sending side still gets its delayed answers`() throws {
        try withSink {
            $0.latency = .constant(milliseconds: 10)
        } _: { sink in
            let client = TestClient(port: sink.port)
            client.post()
            client.post()
            client.shutdownSending()
            #expect(client.statuses(2) == [200, 200])
            #expect(client.end() == .end)
        }
    }

    /// Input that ends its connection, by the status that it is answered with.
    private static let unacceptable: [Int: String] = [
        400: "nonsense\r\n\r\n",
        413: "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999\r\n\r\n",
        431: "POST / HTTP/1.1\r\nHost: h\r\nX: \(String(repeating: "x", count: 70_000))\r\n\r\n",
        505: "GET / HTTP/3.0\r\n\r\n",
    ]

    @Test(arguments: unacceptable.keys.sorted())
    func `Unacceptable input is answered and ends the connection`(status: Int) throws {
        let input = try #require(Self.unacceptable[status])
        try withSink { sink in
            let client = TestClient(port: sink.port)
            client.post("before")
            client.send(input)
            #expect(client.statuses(2) == [200, status])
            #expect(client.end() == .end)
            let statistics = sink.statistics()
            #expect(statistics.requests == 1)
            #expect(statistics.refusedInputs == 1)
        }
    }

    @Test func `A client that expects a 100 gets it before the answer`() throws {
        try withSink {
            $0.latency = .constant(milliseconds: 2)
        } _: { sink in
            let client = TestClient(port: sink.port)
            client.send(
                "POST / HTTP/1.1\r\nHost: h\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n")
            #expect(client.answer()?.head == "HTTP/1.1 100 Continue")
            client.send("{}")
            #expect(client.statuses(1) == [200])
            #expect(sink.statistics().statuses == [HTTPStatus(200): 1])
        }
    }

    @Test func `A client that pipelines without reading is held back, and served when it reads`()
        throws
    {
        try withSink {
            $0.latency = .constant(milliseconds: 1)
        } _: { sink in
            let total = 40_000
            let client = TestClient(port: sink.port)
            let request = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 2\r\n\r\n{}"
            let batch = Array(String(repeating: request, count: 1000).utf8)
            let descriptor = client.descriptor
            let sender = try LoopThread {
                for _ in 0..<(total / 1000) { TestClient.send(batch, to: descriptor) }
            }
            var answered = 0
            while answered < total, client.answer()?.status == 200 { answered += 1 }
            sender.join()
            #expect(answered == total)
            #expect(sink.statistics().requests == total)
        }
    }

    @Test func `Many connections are served at once`() throws {
        try withSink {
            $0.latency = .constant(milliseconds: 3)
        } _: { sink in
            let clients = (0..<200).map { _ in TestClient(port: sink.port) }
            for (number, client) in clients.enumerated() { client.post("key-\(number)") }
            for client in clients { #expect(client.statuses(1) == [200]) }
            let statistics = sink.statistics()
            #expect(statistics.distinctKeys == 200)
            #expect(statistics.connectionsPeak == 200)
            #expect(statistics.windows.reduce(0, +) == 200)
        }
    }

    @Test func `Statistics can be taken on any thread, before, during and after`() throws {
        let sink = Sink()
        #expect(sink.statistics() == SinkStatistics())
        try sink.start()
        let first = try LoopThread { for _ in 0..<200 { _ = sink.statistics() } }
        let second = try LoopThread { for _ in 0..<200 { _ = sink.statistics() } }
        let client = TestClient(port: sink.port)
        for _ in 0..<100 { client.post() }
        #expect(client.statuses(100).allSatisfy { $0 == 200 })
        first.join()
        second.join()
        sink.stop()
        sink.stop()
        #expect(sink.statistics().requests == 100)
        #expect(client.end() != nil)
    }

    @Test func `A sink can run on the caller's thread`() throws {
        let sink = Sink()
        let stopper = try LoopThread {
            while sink.port == 0 {}
            let client = TestClient(port: sink.port)
            client.post()
            _ = client.answer()
            sink.stop()
        }
        var heard: SocketAddress?
        try sink.run { heard = $0 }
        stopper.join()
        #expect(heard == sink.address)
        #expect(sink.statistics().requests == 1)
    }

    @Test func `A port that is taken is an error that names it`() throws {
        try withSink { sink in
            var configuration = SinkConfiguration()
            configuration.address = sink.address
            #expect {
                _ = try Sink.started(configuration)
            } throws: { error in
                "\(error)".hasPrefix("cannot listen on \(sink.address): uv_")
            }
        }
    }
}

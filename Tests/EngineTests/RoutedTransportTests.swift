import Engine
import Testing

@Suite("Two transports as one")
struct RoutedTransportTests {
    private typealias Pair = RoutedTransport<ScriptedTransport, ScriptedTransport>

    private func specification(_ url: String?) -> TargetSpecification {
        TargetSpecification(
            url: url, method: "POST", fields: [], timeoutMilliseconds: 1_000,
            connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true, forbidsResend: false)
    }

    private func pair() -> Pair {
        Pair(ScriptedTransport(), ScriptedTransport()) { target in
            target.url?.hasPrefix("https:") == true ? .second : .first
        }
    }

    @Test("each target's requests go out by its own transport, under that one's number")
    func routes() throws {
        var pair = pair()
        let clear = try pair.prepare(specification("http://a.test/"))
        let secure = try pair.prepare(specification("https://a.test/"))
        #expect(clear != secure)
        let request = try #require(StoredRequest(body: Array("b".utf8)))
        pair.start(FlightID(0), request.request(to: clear))
        pair.start(FlightID(1), request.request(to: secure))
        #expect(pair.first.requests.map(\.flight) == [FlightID(0)])
        #expect(pair.second.requests.map(\.flight) == [FlightID(1)])
        // Both number their targets from 1.
        #expect(pair.first.requests[0].target == TargetID(1))
        #expect(pair.second.requests[0].target == TargetID(1))
    }

    @Test("completions of both are taken, each once")
    func completes() throws {
        var pair = pair()
        let clear = try pair.prepare(specification("http://a.test/"))
        let secure = try pair.prepare(specification("https://a.test/"))
        let request = try #require(StoredRequest(body: []))
        for flight in 0..<4 {
            pair.start(
                FlightID(UInt32(flight)), request.request(to: flight % 2 == 0 ? clear : secure))
        }
        for request in pair.second.requests { pair.second.answer(request, 200) }
        for request in pair.first.requests { pair.first.answer(request, 201) }
        var ended: [UInt32: UInt16] = [:]
        while let completion = pair.nextCompletion() {
            #expect(ended[completion.result.flight.rawValue] == nil)
            ended[completion.result.flight.rawValue] = completion.result.status
        }
        #expect(ended == [0: 201, 1: 200, 2: 201, 3: 200])
    }

    @Test("what a transport refuses is refused, and the other is not asked")
    func refuses() throws {
        var pair = pair()
        pair.second.refusal = TransportError(field: "url", message: "is not for now")
        #expect(throws: TransportError.self) { try pair.prepare(specification("https://a.test/")) }
        #expect(pair.first.specifications.isEmpty)
        _ = try pair.prepare(specification("http://a.test/"))
        #expect(pair.first.specifications.count == 1)
    }

    @Test("a target is released where it was prepared")
    func releases() throws {
        var pair = pair()
        let clear = try pair.prepare(specification("http://a.test/"))
        let secure = try pair.prepare(specification("https://a.test/"))
        pair.release(secure)
        #expect(pair.first.released.isEmpty)
        #expect(pair.second.released == [TargetID(1)])
        pair.release(clear)
        #expect(pair.first.released == [TargetID(1)])
    }
}

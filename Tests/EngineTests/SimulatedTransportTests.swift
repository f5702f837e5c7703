import Engine
import EngineTesting
import Testing

@Suite("The simulator's transport")
struct SimulatedTransportTests {
    private let peer: ScriptedPeer
    private let transport: SimulatedTransport

    init() {
        peer = ScriptedPeer()
        transport = SimulatedTransport(peer)
    }

    @Test("it keeps to what every transport has to do")
    func conforms() {
        // Flights end in another order than they start in.
        peer.latencyNanoseconds = { Int64($0 * 37 % 64) * 1_000 }
        let subject = SimulatedSubject(transport, peer)
        var suite = TransportConformance(subject) { Issue.record("\($0)") }
        suite.run()
        #expect(peer.misuses.isEmpty)
        #expect(peer.nextEnd() == nil)
    }

    @Test("an answer after the target's timeout comes too late, however long it takes")
    func timeout() throws {
        let bound: Int64 = 300_000_000
        for late: Int64 in [0, 1, 1_000_000_000_000] {
            peer.latencyNanoseconds = { _ in bound + late }
            let begin = peer.nowNanoseconds
            let target = try transport.prepare(specification(timeoutMilliseconds: 300))
            let request = try #require(StoredRequest(body: []))
            transport.start(FlightID(0), request.request(to: target))
            #expect(transport.nextCompletion() == nil)
            transport.end(try #require(peer.nextEnd()))
            let result = try #require(transport.nextCompletion()).result
            #expect(peer.nowNanoseconds == begin + bound)
            #expect(result.status == (late == 0 ? 200 : 0))
            #expect(result.failure == (late == 0 ? .none : .timedOut))
            #expect(result.requestLeft && result.wireAttempts == 1)
        }
    }

    @Test("flights are handed out in the order of their ends, when the peer lets them")
    func order() throws {
        peer.latencyNanoseconds = { 10 - Int64($0) }
        let target = try transport.prepare(specification())
        let request = try #require(StoredRequest(body: []))
        for number: UInt32 in 0..<4 {
            transport.start(FlightID(number), request.request(to: target))
        }
        while let flight = peer.nextEnd() { transport.end(flight) }
        peer.isClosed = true
        #expect(transport.nextCompletion() == nil)
        peer.isClosed = false
        for number: UInt32 in [3, 2, 1, 0] {
            #expect(transport.nextCompletion()?.result.flight == FlightID(number))
        }
        #expect(transport.nextCompletion() == nil)
    }

    @Test("what the peer does not admit is no flight")
    func refusal() throws {
        let target = try transport.prepare(specification())
        let request = try #require(StoredRequest(body: []))
        peer.isClosed = true
        transport.start(FlightID(0), request.request(to: target))
        #expect(peer.nextEnd() == nil && peer.received.isEmpty)
        transport.release(target)
        #expect(peer.releases == [0])
    }

    @Test("calls that no caller may make are reported")
    func misuse() throws {
        let target = try transport.prepare(specification(names: ["key"]))
        let request = try #require(StoredRequest(fieldValues: ["1"], body: []))
        transport.start(FlightID(0), request.request(to: TargetID(9)))
        #expect(peer.misuses.last?.contains("not prepared") == true)
        let bare = try #require(StoredRequest(body: []))
        transport.start(FlightID(0), bare.request(to: target))
        #expect(peer.misuses.last?.contains("other header fields") == true)
        transport.start(FlightID(0), request.request(to: target))
        #expect(peer.misuses.count == 2)
        transport.start(FlightID(0), request.request(to: target))
        #expect(peer.misuses.last?.contains("started twice") == true)
        transport.release(target)
        #expect(peer.misuses.count == 3 && peer.releases == [1])
        transport.release(target)
        #expect(peer.misuses.last?.contains("is released that") == true)
        transport.start(FlightID(1), request.request(to: target))
        #expect(peer.misuses.count == 5)
    }

    @Test("a request whose bytes change before its completion was taken is reported")
    func changedBytes() throws {
        let body = UnsafeMutableRawBufferPointer.allocate(byteCount: 4, alignment: 1)
        defer { unsafe body.deallocate() }
        unsafe body.copyBytes(from: "body".utf8)
        let target = try transport.prepare(specification())
        let request = unsafe TransferRequest(
            target: target, address: nil, fields: FieldValues(), body: UnsafeRawBufferPointer(body))
        for isChanged in [false, true] {
            transport.start(FlightID(0), request)
            if isChanged { unsafe body[3] += 1 }
            transport.end(try #require(peer.nextEnd()))
            #expect(transport.nextCompletion() != nil)
            #expect(peer.misuses.count == (isChanged ? 1 : 0))
        }
    }

    @Test("targets that break a rule of the port are refused by the field")
    func targets() {
        let broken = [
            ("url", specification("peer.test")), ("url", specification("http://user@peer.test/")),
            ("method", specification(method: "A B")),
            ("header", specification(fields: [HeaderField("a", "b\r\nc: d")])),
            ("header", specification(names: ["a b"])),
            ("answer", specification(answer: AnswerParts(bodyBytesMax: 1 << 20))),
            ("transport", specification(timeoutMilliseconds: 0)),
        ]
        for (field, specification) in broken {
            do throws(TransportError) {
                _ = try transport.prepare(specification)
                Issue.record("a target is prepared that breaks a rule of its \(field)")
            } catch {
                #expect(error.field == field)
            }
        }
    }

    private func specification(
        _ url: String? = nil, method: String = "POST", fields: [HeaderField] = [],
        names: [String] = [], answer: AnswerParts = AnswerParts(),
        timeoutMilliseconds: Int = 1_000
    ) -> TargetSpecification {
        TargetSpecification(
            url: url ?? peer.url(.answers(200)), method: method, fields: fields,
            requestFieldNames: names, answer: answer, timeoutMilliseconds: timeoutMilliseconds,
            connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true, forbidsResend: false)
    }
}

/// The simulator's transport with a peer that the suite tells what to do.
private final class SimulatedSubject: TransportSubject {
    var transport: SimulatedTransport
    let flightsMax = 64
    let hasPeer = true
    private let peer: ScriptedPeer
    private var taken = 0

    init(_ transport: SimulatedTransport, _ peer: ScriptedPeer) {
        self.transport = transport
        self.peer = peer
    }

    func url(_ behaviour: PeerBehaviour) -> String? { peer.url(behaviour) }

    func advance() {
        if let flight = peer.nextEnd() { transport.end(flight) }
    }

    func takeReceived() -> [ReceivedParts] {
        defer { taken = peer.received.count }
        return Array(peer.received[taken...])
    }
}

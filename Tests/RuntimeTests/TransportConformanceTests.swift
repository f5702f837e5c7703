import Engine
import EngineTesting
import Runtime
import Testing

@Suite("Transports of the runtime")
struct TransportConformanceTests {
    @Test("the transport without a network keeps to what every transport has to do")
    func instant() {
        var suite = TransportConformance(InstantSubject(InstantTransport())) {
            Issue.record("\($0)")
        }
        suite.run()
    }

    @Test("two transports as one keep to it, whichever carries a target")
    func routed() {
        for route in [InstantPair.Route.first, .second] {
            let pair = InstantPair(InstantTransport(), InstantTransport()) { _ in route }
            var suite = TransportConformance(InstantSubject(pair)) { Issue.record("\($0)") }
            suite.run()
        }
    }

    @Test("two transports on one loop are busy while either is, and close together")
    func routedLoop() throws {
        var pair = InstantPair(InstantTransport(), InstantTransport()) { target in
            target.method == "POST" ? .first : .second
        }
        for method in ["POST", "PUT"] {
            let target = try pair.prepare(
                TargetSpecification(
                    url: "http://a.test/", method: method, fields: [], timeoutMilliseconds: 1_000,
                    connectTimeoutMilliseconds: 1_000, allowsPrivateNetworks: true,
                    forbidsResend: false))
            #expect(!pair.hasActivity)
            let request = try #require(StoredRequest(body: []))
            pair.start(FlightID(0), request.request(to: target))
            pair.kick()
            #expect(pair.hasActivity)
            #expect(pair.nextCompletion()?.result.flight == FlightID(0))
            #expect(!pair.hasActivity)
            pair.start(FlightID(1), request.request(to: target))
            pair.close()
            #expect(!pair.hasActivity)
        }
    }
}

private typealias InstantPair = RoutedTransport<InstantTransport, InstantTransport>

/// A transport that answers everything with 200 by itself.
private final class InstantSubject<Carrier: LoopTransport>: TransportSubject {
    var transport: Carrier
    let flightsMax = 64
    let hasPeer = false

    init(_ transport: Carrier) { self.transport = transport }

    func url(_ behaviour: PeerBehaviour) -> String? {
        behaviour == .answers(200) ? "http://a.test/" : nil
    }

    func advance() { transport.kick() }

    func takeReceived() -> [ReceivedParts] { [] }
}

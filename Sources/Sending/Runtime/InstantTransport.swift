package import Engine

/// A transport without a network: every request is answered with status 200 at the next look.
///
/// It measures what everything but HTTP costs, and rehearses the machinery without a receiver.
package struct InstantTransport: LoopTransport {
    private var finished: [FlightID] = []
    private var targets: UInt16 = 0

    package init() {}

    package mutating func prepare(
        _ target: TargetSpecification
    ) throws(TransportError) -> TargetID {
        targets &+= 1
        return TargetID(targets)
    }

    package mutating func release(_ target: TargetID) {}

    package mutating func start(_ flight: FlightID, _ request: TransferRequest) {
        finished.append(flight)
    }

    package mutating func nextCompletion() -> TransferCompletion? {
        guard let flight = finished.popLast() else { return nil }
        return TransferCompletion(
            TransferResult(
                flight: flight, status: 200, failure: .none, transportCode: 0, requestLeft: true,
                wireAttempts: 1, retryAfterSeconds: -1))
    }

    package mutating func kick() {}

    package var hasActivity: Bool { !finished.isEmpty }

    package mutating func close() { finished.removeAll() }
}

package import Engine

/// A transport whose network is a `SimulatedPeer`, for the simulator and for whoever else has time
/// in the hand.
///
/// It carries requests as any other transport does, and checks beside that each call is one that a
/// caller may make: what is wrong is reported to the peer. Flights end when the peer's time says
/// so, and their completions are handed out in the order of their ends.
package final class SimulatedTransport: Transport {
    private struct Target {
        let specification: TargetSpecification
        /// Flights of it that have not ended.
        var flights = 0
        /// Whether it goes with the last of them.
        var isReleased = false
    }

    private let peer: any SimulatedPeer
    private var targets: [TargetID: Target] = [:]
    private var targetsMade: UInt16 = 0
    /// What was started and not handed out again.
    private var flights: [FlightID: WireFlight] = [:]
    /// Those of them that have ended.
    private var ended: [WireFlight] = []
    /// What the last completion lent, until the next call.
    private var lent: KeptAnswer?

    /// Connects a transport that nothing was asked of.
    package init(_ peer: any SimulatedPeer) { self.peer = peer }

    // MARK: Transport

    /// Prepares a target.
    ///
    /// - Throws: `TransportError` naming the field that breaks a rule of the port.
    package func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
        lent = nil
        try target.check()
        targetsMade += 1
        let id = TargetID(targetsMade)
        targets[id] = Target(specification: target)
        return id
    }

    /// Forgets a target when the last of its flights has ended.
    package func release(_ id: TargetID) {
        lent = nil
        guard let target = targets[id], !target.isReleased else {
            return peer.report(misuse: "a target is released that is not prepared")
        }
        targets[id]?.isReleased = true
        forgetIfUnused(id)
        peer.released(flights: target.flights)
    }

    /// Begins a request, unless the peer does not admit it.
    package func start(_ id: FlightID, _ request: TransferRequest) {
        lent = nil
        guard let target = targets[request.target], !target.isReleased else {
            return peer.report(misuse: "a request to a target that is not prepared")
        }
        guard flights[id] == nil else {
            return peer.report(misuse: "flight \(id.rawValue) is started twice")
        }
        guard request.fields.count == target.specification.requestFieldNames.count else {
            return peer.report(misuse: "other header fields than the target announced")
        }
        let flight = WireFlight(id, to: request.target, target.specification, WireRequest(request))
        guard peer.admits(flight) else { return }
        flights[id] = flight
        targets[request.target]?.flights += 1
        let refusal = flight.refusal.map { failure in
            WireFate.failure(failure, requestLeft: false, afterNanoseconds: 0)
        }
        let nanoseconds = flight.meet(refusal ?? peer.receive(flight))
        peer.schedule(flight, afterNanoseconds: nanoseconds)
    }

    /// Takes the flight that ended first, if the peer hands it out.
    package func nextCompletion() -> TransferCompletion? {
        lent = nil
        guard let flight = ended.first, peer.handsOut(flight) else { return nil }
        ended.removeFirst()
        flights[flight.id] = nil
        targets[flight.target]?.flights -= 1
        forgetIfUnused(flight.target)
        if !flight.request.isUnchanged {
            peer.report(misuse: "the bytes of a request changed while it was on the wire")
        }
        guard let answer = flight.answer, !flight.specification.answer.isEmpty else {
            return TransferCompletion(flight.result)
        }
        let kept = KeptAnswer(answer, flight.specification.answer)
        lent = kept
        return TransferCompletion(flight.result, answer: kept.view)
    }

    // MARK: The peer's side

    /// The time of a flight's end has come, which its peer was told when it started.
    package func end(_ flight: WireFlight) {
        precondition(
            flights[flight.id] === flight && !ended.contains { $0 === flight },
            "A flight ended that is not on the wire.")
        ended.append(flight)
    }

    private func forgetIfUnused(_ id: TargetID) {
        guard let target = targets[id], target.isReleased, target.flights == 0 else { return }
        targets[id] = nil
    }
}

import Engine
import EngineTesting

/// A peer that does with a request what it was told when its URL was made, in a time that moves
/// from one end to the next.
final class ScriptedPeer: SimulatedPeer {
    private(set) var nowNanoseconds: Int64 = 0
    /// What it has got.
    private(set) var received: [ReceivedParts] = []
    /// What was wrong with the calls of the transport.
    private(set) var misuses: [String] = []
    /// How many flights each released target had left.
    private(set) var releases: [Int] = []
    /// After how much time a flight with this number is answered.
    var latencyNanoseconds: (UInt32) -> Int64 = { _ in 1_000_000 }
    /// Whether it admits nothing and hands nothing out.
    var isClosed = false
    private var behaviours: [PeerBehaviour] = []
    private var ends: [(nanoseconds: Int64, flight: WireFlight)] = []

    /// A URL at which it behaves so.
    func url(_ behaviour: PeerBehaviour) -> String {
        behaviours.append(behaviour)
        return "http://peer.test/\(behaviours.count - 1)"
    }

    /// Moves on to the next end of a flight; `nil` when there is none.
    func nextEnd() -> WireFlight? {
        guard let next = ends.indices.min(by: { ends[$0].nanoseconds < ends[$1].nanoseconds })
        else { return nil }
        let end = ends.remove(at: next)
        nowNanoseconds = end.nanoseconds
        return end.flight
    }

    // MARK: SimulatedPeer

    func admits(_ flight: WireFlight) -> Bool { !isClosed }

    func receive(_ flight: WireFlight) -> WireFate {
        let parts = flight.received
        let latency = latencyNanoseconds(flight.id.rawValue)
        guard let number = Int(parts.path.dropFirst()) else {
            preconditionFailure("A request goes to a URL that the peer has not made.")
        }
        let behaviour = behaviours[number]
        if behaviour != .isAbsent { received.append(parts) }
        switch behaviour {
        case .answers(let status, let fields, let body):
            let fields = fields.map { line in
                let colon = line.firstIndex(of: ":") ?? line.endIndex
                return HeaderField(String(line[..<colon]), String(line[colon...].dropFirst(2)))
            }
            return .answer(
                WireAnswer(status, fields: fields, body: Array(body.utf8)),
                afterNanoseconds: latency)
        case .closes:
            return .failure(.connectionLost, requestLeft: true, afterNanoseconds: latency)
        case .neverAnswers: return .silence
        case .isAbsent:
            return .failure(.connectFailed, requestLeft: false, afterNanoseconds: latency)
        }
    }

    func schedule(_ flight: WireFlight, afterNanoseconds nanoseconds: Int64) {
        ends.append((nowNanoseconds + nanoseconds, flight))
    }

    func handsOut(_ flight: WireFlight) -> Bool { !isClosed }

    func released(flights: Int) { releases.append(flights) }

    func report(misuse: String) { misuses.append(misuse) }
}

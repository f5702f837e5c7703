import CurlTransport
import Engine
import EngineTesting
import Glibc
import Structures
import Testing
import UVLoop

@Suite struct ConformanceTests {
    @Test("libcurl keeps to what every transport has to do")
    func conforms() throws {
        let server = try ScriptedServer { request in
            CurlSubject.steps(request.head.first ?? "")
        }
        try withTransport(server, flightsMax: 8) { harness in
            let (socket, absentPort) = try Sockets.listen(backlog: 1)
            close(socket)
            var suite = TransportConformance(
                CurlSubject(harness, server, absentPort: absentPort)
            ) { Issue.record("\($0)") }
            suite.run()
        }
    }
}

/// libcurl with a server that behaves as the path says.
private final class CurlSubject: TransportSubject {
    var transport: CurlCarrier
    let flightsMax = 8
    let hasPeer = true
    private let harness: TransportHarness
    private let server: ScriptedServer
    private let absentPort: UInt16
    private var taken = 0

    /// What the server was asked to do, by the number in the path.
    private static let behaviours = Guarded<[PeerBehaviour]>([])

    init(_ harness: TransportHarness, _ server: ScriptedServer, absentPort: UInt16) {
        self.harness = harness
        self.server = server
        self.absentPort = absentPort
        transport = harness.transport
    }

    func url(_ behaviour: PeerBehaviour) -> String? {
        if behaviour == .isAbsent { return "http://127.0.0.1:\(absentPort)/" }
        let number = Self.behaviours.withLock { behaviours in
            behaviours.append(behaviour)
            return behaviours.count - 1
        }
        return "http://127.0.0.1:\(server.port)/\(number)"
    }

    func advance() {
        transport.kick()
        harness.loop.run(transport.hasActivity ? .nowait : .once)
    }

    func takeReceived() -> [ReceivedParts] {
        let requests = server.requests
        defer { taken = requests.count }
        return requests[taken...].map { request in
            let line = (request.head.first ?? "").split(separator: " ")
            let fields = request.head.dropFirst().map { line in
                let pair = line.split(separator: ":", maxSplits: 1)
                return (pair[0].lowercased(), String(pair[1].drop { $0 == " " }))
            }
            return ReceivedParts(
                method: String(line[0]), path: String(line[1]),
                fields: Dictionary(fields) { first, _ in first }, body: request.bytes)
        }
    }

    /// What the server does with a request, by its first line.
    static func steps(_ line: String) -> [ServerStep] {
        let path = line.split(separator: " ")[1]
        guard let number = Int(path.dropFirst()) else { return [.close] }
        switch behaviours.withLock({ $0[number] }) {
        case .answers(let status, let fields, let body):
            // A 204 has no body and no length.
            if status == 204 { return [.send("HTTP/1.1 204 No Content\r\n\r\n")] }
            return [.send(Answer.status(Int(status), headers: fields, body: body))]
        case .closes: return [.close]
        case .neverAnswers: return [.hang]
        case .isAbsent: return [.reset]
        }
    }
}

package import Engine

/// What the peer of a transport under test does with a request.
package enum PeerBehaviour: Hashable, Sendable {
    /// Answers with a status, header fields and a body.
    case answers(UInt16, fields: [String] = [], body: String = "")
    /// Takes the request and ends the connection.
    case closes
    /// Takes the request and never answers.
    case neverAnswers
    /// Is not there.
    case isAbsent
}

/// A request as the peer has got it.
package struct ReceivedParts: Sendable {
    package let method: String
    package let path: String
    /// The header fields, names in lower case.
    package let fields: [String: String]
    package let body: [UInt8]

    /// Joins the parts.
    package init(method: String, path: String, fields: [String: String], body: [UInt8]) {
        self.method = method
        self.path = path
        self.fields = fields
        self.body = body
    }
}

/// A transport under test, with the peer that it sends to.
package protocol TransportSubject: AnyObject {
    associatedtype Carrier: Transport

    /// The transport.
    var transport: Carrier { get set }
    /// Flights that it is set up for.
    var flightsMax: Int { get }
    /// Whether its peer keeps what it gets; a transport without a network has none.
    var hasPeer: Bool { get }

    /// A URL at which the peer behaves so; `nil` when it cannot be made to.
    func url(_ behaviour: PeerBehaviour) -> String?

    /// Lets transport and peer work for a moment.
    func advance()

    /// What the peer has got since the last call, in any order.
    func takeReceived() -> [ReceivedParts]
}

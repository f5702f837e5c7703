package import Engine

/// What a `SimulatedTransport` is connected to: whoever watches its calls and says what becomes of
/// its requests, and when.
package protocol SimulatedPeer: AnyObject {
    /// Whether a request may be made now.
    ///
    /// One that may not is no flight: nothing leaves, and nothing ends.
    func admits(_ flight: WireFlight) -> Bool

    /// Takes a request that goes on the wire.
    ///
    /// - Returns: What becomes of it.
    func receive(_ flight: WireFlight) -> WireFate

    /// Sees to it that `SimulatedTransport.end` is called with a flight, once, when so much time
    /// has passed.
    func schedule(_ flight: WireFlight, afterNanoseconds nanoseconds: Int64)

    /// Whether the next completion, which is this flight's, is handed out.
    ///
    /// If not it is kept, and asked about again.
    func handsOut(_ flight: WireFlight) -> Bool

    /// A target was released, with so many flights that have not ended.
    func released(flights: Int)

    /// The transport was called as no caller may.
    func report(misuse: String)
}

/// What becomes of a request that a peer was sent.
package enum WireFate {
    /// An answer arrives after so much time.
    case answer(WireAnswer, afterNanoseconds: Int64)
    /// After so much time it is plain that none will; `requestLeft` says whether any byte of the
    /// request may have left.
    case failure(TransferFailure, requestLeft: Bool, afterNanoseconds: Int64)
    /// The peer has it and stays silent.
    case silence
}

/// An answer as a simulated peer gives it.
package struct WireAnswer {
    /// A final one: from 200.
    package let status: UInt16
    package let fields: [HeaderField]
    package let body: [UInt8]

    /// Joins the parts.
    package init(_ status: UInt16, fields: [HeaderField] = [], body: [UInt8] = []) {
        self.status = status
        self.fields = fields
        self.body = body
    }

    /// The value of the first field of a name, which may be in any case.
    func field(_ name: String) -> String? {
        fields.first { $0.name.lowercased() == name.lowercased() }?.value
    }

    /// Its Retry-After in seconds, −1 when it has none; peers here never write a date.
    var retryAfterSeconds: Int32 { max(-1, field("Retry-After").flatMap { Int32($0) } ?? -1) }
}

package import Engine

/// A transport that lives on a shard's loop.
package protocol LoopTransport: Transport, SendableMetatype {
    /// Puts on the wire what the turn started; called once at its end.
    mutating func kick()

    /// Whether completions may be there that no loop event announces.
    var hasActivity: Bool { get }

    /// Ends what is on the wire and gives up every handle, so that the loop can be closed.
    mutating func close()
}

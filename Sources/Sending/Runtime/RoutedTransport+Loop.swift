package import Engine

/// Two transports on one loop.
extension RoutedTransport: LoopTransport where First: LoopTransport, Second: LoopTransport {
    /// Puts on the wire what the turn started, on both.
    package mutating func kick() {
        first.kick()
        second.kick()
    }

    /// Whether either may have completions that no loop event announces.
    package var hasActivity: Bool { first.hasActivity || second.hasActivity }

    /// Ends what is on the wire of both.
    package mutating func close() {
        first.close()
        second.close()
    }
}

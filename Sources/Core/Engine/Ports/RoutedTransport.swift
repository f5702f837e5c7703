/// Carries the flights of one shard over two transports, by target.
///
/// Which transport a target gets is decided once, when it is prepared. Both have flights of the
/// same numbers, so each must be set up for as many as the shard has. A third transport is a routed
/// one in the place of the second.
package struct RoutedTransport<First: Transport, Second: Transport>: Transport {
    /// One of the two.
    package enum Route: Sendable {
        case first
        case second
    }

    package var first: First
    package var second: Second
    private let route: @Sendable (TargetSpecification) -> Route

    /// The bit of a target's number that says that it is the second transport's.
    private static var secondBit: UInt16 { 1 << 15 }

    /// Joins two transports.
    ///
    /// - Parameters:
    ///   - first: One transport.
    ///   - second: The other.
    ///   - route: Which of them carries the requests to a target.
    package init(
        _ first: First, _ second: Second,
        route: @escaping @Sendable (TargetSpecification) -> Route
    ) {
        self.first = first
        self.second = second
        self.route = route
    }

    /// Prepares a target with the transport that is to carry its requests.
    ///
    /// - Throws: What that transport throws.
    package mutating func prepare(
        _ target: TargetSpecification
    ) throws(TransportError) -> TargetID {
        let isSecond = route(target) == .second
        let id = try isSecond ? second.prepare(target) : first.prepare(target)
        precondition(id.rawValue & Self.secondBit == 0, "a transport has too many targets")
        return isSecond ? TargetID(id.rawValue | Self.secondBit) : id
    }

    /// Forgets a target.
    package mutating func release(_ target: TargetID) {
        if let id = Self.second(target) { second.release(id) } else { first.release(target) }
    }

    /// Begins a request with its target's transport.
    package mutating func start(_ flight: FlightID, _ request: TransferRequest) {
        guard let id = Self.second(request.target) else { return first.start(flight, request) }
        var request = request
        request.target = id
        second.start(flight, request)
    }

    /// Takes the next finished flight of either.
    package mutating func nextCompletion() -> TransferCompletion? {
        first.nextCompletion() ?? second.nextCompletion()
    }

    /// A target's number as the second transport has it; `nil` for one of the first's.
    private static func second(_ target: TargetID) -> TargetID? {
        guard target.rawValue & secondBit != 0 else { return nil }
        return TargetID(target.rawValue & ~secondBit)
    }
}

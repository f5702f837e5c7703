import Dispatch
package import SendPlans

/// Says where the addresses of names are.
package struct Resolver: Sendable {
    /// Asks for one name; takes as long as it likes, and is asked about few names at a time.
    let lookUp: @Sendable (String) async -> HostReach

    /// How long callers wait for an answer.
    let patience: Duration

    /// Makes a resolver of a function that may wait but must not block its thread.
    package init(
        patience: Duration = DestinationLimits.patience,
        _ lookUp: @escaping @Sendable (String) async -> HostReach
    ) {
        self.lookUp = lookUp
        self.patience = patience
    }

    /// The system's, which blocks: on threads of its own, so that nothing else waits for them.
    package static let system = Resolver { name in
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Destination.lookUp(name)) }
        }
    }

    private static let queue = DispatchQueue(
        label: "fanfare.resolver", qos: .utility, attributes: .concurrent)
}

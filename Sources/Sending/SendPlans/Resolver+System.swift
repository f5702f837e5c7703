import Dispatch
package import Engine

extension Resolver {
    /// The system's, which blocks: on threads of its own, so that nothing else waits for them.
    package static let system = Resolver(patience: DestinationLimits.patience) { name in
        await withCheckedContinuation { continuation in
            queue.async { continuation.resume(returning: Destination.lookUp(name)) }
        }
    }

    private static let queue = DispatchQueue(
        label: "fanfare.resolver", qos: .utility, attributes: .concurrent)
}

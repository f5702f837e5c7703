/// Carries requests to providers: the dispatcher's only way out.
///
/// One shard thread owns a transport and makes every call. A transport never queues: the dispatcher
/// hands over at most as many requests as it was configured for, in total and per host. Each
/// started flight ends in exactly one completion, also when its target is released meanwhile.
package protocol Transport {
    /// Prepares what all requests to a target share.
    ///
    /// - Throws: `TransportError` naming the field that cannot be used.
    mutating func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID

    /// Forgets a target that has no flight left.
    mutating func release(_ target: TargetID)

    /// Begins a request. The bytes behind `request` stay in place until its completion was taken.
    mutating func start(_ flight: FlightID, _ request: TransferRequest)

    /// Takes the next finished flight, `nil` when there is none for now.
    ///
    /// What it holds of the answer is valid until the next call of the transport.
    mutating func nextCompletion() -> TransferCompletion?
}

/// A target that cannot be prepared.
package struct TransportError: Error, Sendable, CustomStringConvertible {
    /// The field at fault: `url`, `method`, `header`, `answer`, or `transport` for a failure of its
    /// own.
    package let field: String
    /// What is wrong with it; never its value, which may be a secret.
    package let message: String

    /// Names what is at fault.
    package init(field: String, message: String) {
        self.field = field
        self.message = message
    }

    /// The field and what is wrong with it.
    package var description: String { "\(field): \(message)" }
}

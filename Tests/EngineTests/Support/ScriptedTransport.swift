import Engine

/// A transport that only notes what it is given; the test says how each flight ends.
final class ScriptedTransport: Transport {
    struct Request {
        let flight: FlightID
        let target: TargetID
        let url: String?
        /// The idempotency key, from the first header line.
        let key: String
        let body: String
    }

    /// Every request, in the order of the starts.
    private(set) var requests: [Request] = []
    /// Set to make the next `prepare` throw.
    var refusal: TransportError?
    private var targets: UInt16 = 0
    private var results: [TransferResult] = []

    func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
        if let refusal { throw refusal }
        targets += 1
        return TargetID(targets)
    }

    func release(_ target: TargetID) {}

    func start(_ flight: FlightID, _ request: TransferRequest) {
        let line = unsafe request.headerLines.map { unsafe String(cString: $0) } ?? ""
        unsafe requests.append(
            Request(
                flight: flight, target: request.target,
                url: request.url.map { unsafe String(cString: $0) },
                key: String(line.dropFirst("\(IdempotencyKey.headerName): ".count)),
                body: unsafe String(decoding: request.body, as: UTF8.self)))
    }

    func nextCompletion() -> TransferResult? { results.isEmpty ? nil : results.removeFirst() }

    /// Ends a flight with an answer.
    func answer(_ request: Request, _ status: UInt16, retryAfterSeconds: Int32 = -1) {
        results.append(
            TransferResult(
                flight: request.flight, status: status, failure: .none, transportCode: 0,
                requestLeft: true, wireAttempts: 1, retryAfterSeconds: retryAfterSeconds))
    }

    /// Ends a flight without one.
    func lose(_ request: Request, requestLeft: Bool) {
        results.append(
            TransferResult(
                flight: request.flight, status: 0, failure: .connectionLost, transportCode: 56,
                requestLeft: requestLeft, wireAttempts: 1, retryAfterSeconds: -1))
    }
}

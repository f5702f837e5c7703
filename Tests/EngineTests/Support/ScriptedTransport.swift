import Engine

/// A transport that only notes what it is given; the test says how each flight ends.
@safe
final class ScriptedTransport: Transport {
    struct Request {
        let flight: FlightID
        let target: TargetID
        let url: String?
        /// The idempotency key, from the first field.
        let key: String
        /// The values of all fields.
        let fields: [String]
        let body: String
    }

    /// Every request, in the order of the starts.
    private(set) var requests: [Request] = []
    /// Set to make the next `prepare` throw.
    var refusal: TransportError?
    private var targets: UInt16 = 0
    private var results: [(result: TransferResult, answer: [UInt8])] = []
    /// The memory behind the last completion's answer.
    private var answer = UnsafeMutableRawBufferPointer.allocate(byteCount: 0, alignment: 1)
    private(set) var released: [TargetID] = []
    /// What was prepared.
    private(set) var specifications: [TargetSpecification] = []

    func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
        if let refusal { throw refusal }
        specifications.append(target)
        targets += 1
        return TargetID(targets)
    }

    func release(_ target: TargetID) { released.append(target) }

    func start(_ flight: FlightID, _ request: TransferRequest) {
        var fields: [String] = []
        var rest = request.fields
        while let value = unsafe rest.next() {
            unsafe fields.append(String(decoding: value, as: UTF8.self))
        }
        let url = request.address.map { address in
            unsafe "\(address.scheme.prefix)"
                + String(decoding: address.authority, as: UTF8.self)
                + String(decoding: address.path, as: UTF8.self)
        }
        requests.append(
            Request(
                flight: flight, target: request.target, url: url, key: fields.first ?? "",
                fields: fields, body: unsafe String(decoding: request.body, as: UTF8.self)))
    }

    func nextCompletion() -> TransferCompletion? {
        guard !results.isEmpty else { return nil }
        let (result, body) = results.removeFirst()
        unsafe answer.deallocate()
        unsafe answer = .allocate(byteCount: body.count, alignment: 1)
        unsafe answer.copyBytes(from: body)
        return unsafe TransferCompletion(
            result,
            answer: TransferAnswer(
                body: UnsafeRawBufferPointer(answer), isBodyWhole: true, fields: FieldValues()))
    }

    deinit { unsafe answer.deallocate() }

    /// Ends a flight with an answer.
    func answer(
        _ request: Request, _ status: UInt16, retryAfterSeconds: Int32 = -1, body: String = ""
    ) {
        let result = TransferResult(
            flight: request.flight, status: status, failure: .none, transportCode: 0,
            requestLeft: true, wireAttempts: 1, retryAfterSeconds: retryAfterSeconds)
        results.append((result, Array(body.utf8)))
    }

    /// Ends a flight without one.
    func lose(_ request: Request, requestLeft: Bool) {
        let result = TransferResult(
            flight: request.flight, status: 0, failure: .connectionLost, transportCode: 56,
            requestLeft: requestLeft, wireAttempts: 1, retryAfterSeconds: -1)
        results.append((result, []))
    }
}

package import Engine

/// A request that a simulated transport was given, from its start to its completion.
package final class WireFlight {
    package let id: FlightID
    let target: TargetID
    /// What the target says of all its requests.
    package let specification: TargetSpecification
    let request: WireRequest
    /// How it ends: known from the moment that it is on the wire, told when its time has come.
    private(set) var result: TransferResult
    /// The answer that it ends with; `nil` when there is none.
    private(set) var answer: WireAnswer?

    init(
        _ id: FlightID, to target: TargetID, _ specification: TargetSpecification,
        _ request: WireRequest
    ) {
        self.id = id
        self.target = target
        self.specification = specification
        self.request = request
        result = TransferResult(
            flight: id, status: 0, failure: .none, transportCode: 0, requestLeft: false,
            wireAttempts: 0, retryAfterSeconds: -1)
    }

    /// Where it goes: its own URL or the target's.
    package var url: String { request.url ?? specification.url ?? "" }

    /// Why it cannot go on the wire; `nil` when it can.
    var refusal: TransferFailure? {
        guard request.fields.allSatisfy({ HeaderField.isValue($0) }) else {
            return .requestInvalid
        }
        guard let url = try? HTTPURL(url), !url.hasUserInfo else { return .urlInvalid }
        return nil
    }

    /// The request as it arrives.
    package var received: ReceivedParts {
        let own = zip(specification.requestFieldNames, request.fields).compactMap { name, value in
            value.isEmpty ? nil : HeaderField(name, String(decoding: value, as: UTF8.self))
        }
        let fields = (specification.fields + own).map { ($0.name.lowercased(), $0.value) }
        return ReceivedParts(
            method: specification.method, path: path,
            fields: Dictionary(fields) { first, _ in first }, body: request.body)
    }

    private var path: String {
        guard let parts = try? HTTPURL(url).parts else { return "" }
        let bytes = Array(url.utf8)[parts.authorityEnd..<parts.pathEnd]
        let path = String(decoding: bytes, as: UTF8.self)
        return path.hasPrefix("/") ? path : "/" + path
    }

    /// Notes what becomes of it, within the time that the target gives.
    ///
    /// - Returns: After how many nanoseconds it ends.
    func meet(_ fate: WireFate) -> Int64 {
        let timeoutNanoseconds =
            Int64(specification.timeoutMilliseconds) * SimulationLimits.millisecond
        switch fate {
        case .answer(let answer, let nanoseconds) where nanoseconds <= timeoutNanoseconds:
            leave()
            result.status = answer.status
            result.retryAfterSeconds = answer.retryAfterSeconds
            self.answer = answer
            return nanoseconds
        case .failure(let failure, let requestLeft, let nanoseconds)
        where nanoseconds <= timeoutNanoseconds:
            if requestLeft { leave() }
            result.failure = failure
            return nanoseconds
        case .failure(_, requestLeft: false, _): break
        case .answer, .failure, .silence: leave()
        }
        result.failure = .timedOut
        return timeoutNanoseconds
    }

    private func leave() {
        result.requestLeft = true
        result.wireAttempts = 1
    }
}

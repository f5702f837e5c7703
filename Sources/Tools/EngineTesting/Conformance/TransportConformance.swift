import Engine

/// What every transport has to do, whatever it is made of: checks of the port `Transport`.
///
/// Plain code that reports through a closure, for the tests of each implementation to run.
package struct TransportConformance<Subject: TransportSubject> {
    private let subject: Subject
    private let report: (String) -> Void
    /// Requests whose bytes have to stay.
    private var requests: [FlightID: StoredRequest] = [:]

    /// Looks how often a transport is asked before a flight counts as lost.
    private static var advancesMax: Int { 200_000 }

    /// Prepares the checks.
    ///
    /// - Parameters:
    ///   - subject: The transport, of which nothing is on the wire.
    ///   - report: Called with each rule that does not hold.
    package init(_ subject: Subject, report: @escaping (String) -> Void) {
        self.subject = subject
        self.report = report
    }

    /// Runs all checks that the subject's peer can take part in.
    package mutating func run() {
        do throws(TransportError) {
            try endsEachFlightOnce()
            try passesAnswersOn()
            try keepsWhatIsAsked()
            try sendsTheParts()
            try tellsWhatLeft()
            try refusesWhatCannotBeSent()
            try endsFlightsOfReleasedTargets()
        } catch {
            report("a target cannot be prepared: \(error)")
        }
    }

    // MARK: Checks

    private mutating func endsEachFlightOnce() throws(TransportError) {
        guard let target = try prepare(.answers(200)) else { return }
        for round in 0..<3 {
            let flights = (0..<subject.flightsMax).map { FlightID(UInt32($0)) }
            for flight in flights { start(flight, target) }
            let ended = collect(flights.count)
            check(Set(ended.map(\.result.flight)) == Set(flights), "round \(round): all end")
            for end in ended {
                let result = end.result
                check(result.status == 200 && result.failure == .none, "an answer is a success")
                check(result.requestLeft && result.wireAttempts >= 1, "what was answered has left")
                check(result.retryAfterSeconds == -1, "no Retry-After is −1")
            }
            check(subject.transport.nextCompletion() == nil, "nothing ends twice")
        }
        subject.transport.release(target)
    }

    private mutating func passesAnswersOn() throws(TransportError) {
        for status: UInt16 in [200, 204, 302, 400, 404, 410, 429, 500, 503] {
            guard let end = try send(.answers(status, fields: ["Retry-After: 7"])) else { continue }
            check(end.result.status == status, "status \(status) arrives")
            check(end.result.failure == .none, "status \(status) is an answer")
            if status == 429 || status == 503 {
                check(end.result.retryAfterSeconds == 7, "Retry-After of \(status) arrives")
            }
            check(end.body.isEmpty && !end.isBodyWhole, "nothing is kept unasked")
        }
    }

    private mutating func keepsWhatIsAsked() throws(TransportError) {
        let asked = AnswerParts(bodyBytesMax: 8, fieldNames: ["x-one", "x-two"])
        let forms: [(body: String, kept: String, isWhole: Bool)] = [
            ("", "", true), ("short", "short", true), ("just8byt", "just8byt", true),
            ("more than 8", "more tha", false),
        ]
        for form in forms {
            let behaviour = PeerBehaviour.answers(400, fields: ["X-Two: 2"], body: form.body)
            guard let end = try send(behaviour, asking: asked) else { continue }
            check(end.body == form.kept, "the first bytes of “\(form.body)” are kept")
            check(end.isBodyWhole == form.isWhole, "whether “\(form.body)” is whole is known")
            check(end.fields == ["", "2"], "the named fields are kept, absent ones are empty")
        }
    }

    private mutating func sendsTheParts() throws(TransportError) {
        guard subject.hasPeer, let url = subject.url(.answers(200)) else { return }
        _ = subject.takeReceived()
        let names = ["x-key", "x-empty", "x-more"]
        for (method, ownURL) in [("POST", nil), ("PUT", url)] {
            let target = try subject.transport.prepare(
                Self.specification(
                    ownURL == nil ? url : nil, method: method,
                    fields: [HeaderField("X-Fixed", "always")], names: names))
            let body = [UInt8](0...255)
            guard
                let request = StoredRequest(
                    url: ownURL, fieldValues: ["key 1", "", "more"], body: body)
            else { return report("the peer's URL is none: \(url)") }
            start(FlightID(0), target, request)
            _ = collect(1)
            let received = subject.takeReceived()
            check(received.count == 1, "one request arrives for one flight")
            for parts in received {
                check(parts.method == method, "the method arrives")
                check(url.hasSuffix(parts.path), "the path arrives")
                check(parts.fields["x-fixed"] == "always", "the target's fields arrive")
                check(parts.fields["x-key"] == "key 1", "the request's fields arrive")
                check(parts.fields["x-more"] == "more", "fields keep their places")
                check(parts.fields["x-empty"] == nil, "a field without a value is left out")
                check(parts.body == body, "the body arrives byte by byte")
            }
            subject.transport.release(target)
        }
    }

    private mutating func tellsWhatLeft() throws(TransportError) {
        for forbidsResend in [false, true] {
            if let end = try send(.closes, forbidsResend: forbidsResend) {
                check(end.result.status == 0, "no answer is no status")
                check(end.result.failure == .connectionLost, "a connection that ends is lost")
                check(end.result.requestLeft, "a request that the peer got has left")
                if forbidsResend { check(end.result.wireAttempts == 1, "it is sent once") }
                check(end.body.isEmpty && !end.isBodyWhole, "no answer has no body")
            }
        }
        if let end = try send(.neverAnswers, timeoutMilliseconds: 300) {
            check(end.result.failure == .timedOut, "a peer that never answers is timed out")
            check(end.result.status == 0 && end.result.requestLeft, "and may have got it")
        }
        if let end = try send(.isAbsent) {
            check(end.result.failure == .connectFailed, "a peer that is not there is not reached")
            check(!end.result.requestLeft, "and nothing has left")
            check(end.result.wireAttempts == 0, "not even once")
        }
    }

    private mutating func refusesWhatCannotBeSent() throws(TransportError) {
        guard subject.hasPeer, let url = subject.url(.answers(200)) else { return }
        _ = subject.takeReceived()
        let target = try subject.transport.prepare(Self.specification(url, names: ["x-key"]))
        for value in ["a\r\nevil: yes", "a\nb", "a\rb", "a\0b"] {
            guard let request = StoredRequest(fieldValues: [value], body: []) else { return }
            start(FlightID(0), target, request)
            for end in collect(1) {
                check(end.result.failure == .requestInvalid, "a broken field is refused")
                check(!end.result.requestLeft, "and does not leave")
            }
        }
        check(subject.takeReceived().isEmpty, "nothing of it reaches the peer")
        subject.transport.release(target)
    }

    private mutating func endsFlightsOfReleasedTargets() throws(TransportError) {
        guard let target = try prepare(.answers(200)) else { return }
        start(FlightID(0), target)
        subject.transport.release(target)
        let ended = collect(1)
        check(ended.count == 1, "a flight ends though its target was released")
    }

    // MARK: Means

    /// A completion with what it borrowed copied.
    private struct End {
        let result: TransferResult
        let body: String
        let isBodyWhole: Bool
        let fields: [String]

        init(_ completion: TransferCompletion) {
            result = completion.result
            body = unsafe String(decoding: completion.answer.body, as: UTF8.self)
            isBodyWhole = completion.answer.isBodyWhole
            fields = (0..<2).map { index in
                unsafe String(decoding: completion.answer.field(index), as: UTF8.self)
            }
        }
    }

    private func check(_ holds: Bool, _ rule: String) {
        if !holds { report("this does not hold: \(rule)") }
    }

    private static func specification(
        _ url: String?, method: String = "POST", fields: [HeaderField] = [],
        names: [String] = [], asking answer: AnswerParts = AnswerParts(),
        timeoutMilliseconds: Int = 20_000, forbidsResend: Bool = false
    ) -> TargetSpecification {
        TargetSpecification(
            url: url, method: method, fields: fields, requestFieldNames: names, answer: answer,
            timeoutMilliseconds: timeoutMilliseconds, connectTimeoutMilliseconds: 10_000,
            allowsPrivateNetworks: true, forbidsResend: forbidsResend)
    }

    private func prepare(
        _ behaviour: PeerBehaviour, asking answer: AnswerParts = AnswerParts(),
        timeoutMilliseconds: Int = 20_000, forbidsResend: Bool = false
    ) throws(TransportError) -> TargetID? {
        guard let url = subject.url(behaviour) else { return nil }
        return try subject.transport.prepare(
            Self.specification(
                url, asking: answer, timeoutMilliseconds: timeoutMilliseconds,
                forbidsResend: forbidsResend))
    }

    private mutating func start(_ flight: FlightID, _ target: TargetID) {
        guard let request = StoredRequest(body: Array("{}".utf8)) else { return }
        start(flight, target, request)
    }

    private mutating func start(_ flight: FlightID, _ target: TargetID, _ request: StoredRequest) {
        requests[flight] = request
        subject.transport.start(flight, request.request(to: target))
    }

    /// Sends one request to a peer that behaves so; `nil` when it cannot be made to.
    private mutating func send(
        _ behaviour: PeerBehaviour, asking answer: AnswerParts = AnswerParts(),
        timeoutMilliseconds: Int = 20_000, forbidsResend: Bool = false
    ) throws(TransportError) -> End? {
        guard
            let target = try prepare(
                behaviour, asking: answer, timeoutMilliseconds: timeoutMilliseconds,
                forbidsResend: forbidsResend)
        else { return nil }
        start(FlightID(0), target)
        let end = collect(1).first
        subject.transport.release(target)
        return end
    }

    /// Waits for so many flights to end.
    private mutating func collect(_ count: Int) -> [End] {
        var ended: [End] = []
        for _ in 0..<Self.advancesMax {
            while let completion = subject.transport.nextCompletion() {
                requests[completion.result.flight] = nil
                ended.append(End(completion))
            }
            if ended.count >= count { break }
            subject.advance()
        }
        check(ended.count == count, "\(count) flights end, each once; \(ended.count) did")
        return ended
    }
}

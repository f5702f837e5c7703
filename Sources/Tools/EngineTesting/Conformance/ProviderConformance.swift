package import Engine
import Jinja

/// What every provider has to keep to, whoever it sends to: checks of the port `Provider`.
///
/// Plain code that reports through a closure, for the tests of each implementation to run.
package struct ProviderConformance {
    private let provider: any Provider
    private let inputs: [String]
    private let report: (String) -> Void

    /// Prepares the checks.
    ///
    /// - Parameters:
    ///   - provider: One that can prepare messages now.
    ///   - inputs: Templates of what it needs to know of recipients, with the columns `id` and
    ///     `host`.
    ///   - report: Called with each rule that does not hold.
    package init(
        _ provider: any Provider, inputs: [String] = [], report: @escaping (String) -> Void
    ) {
        self.provider = provider
        self.inputs = inputs
        self.report = report
    }

    /// Runs all checks.
    package func run() {
        checkRequirements()
        for guarantee in DeliveryGuarantee.allCases {
            checkAnswers(guarantee)
            checkFailures(guarantee)
        }
        checkPreparation()
    }

    private func check(_ holds: Bool, _ rule: String) {
        if !holds { report("this does not hold: \(rule)") }
    }

    private func checkRequirements() {
        let requirements = provider.requirements
        let again = provider.requirements
        check(
            requirements.fieldNames == again.fieldNames
                && requirements.keyFieldName == again.keyFieldName
                && requirements.answer == again.answer, "requirements are the same at each call")
        let names = (requirements.keyFieldName.map { [$0] } ?? []) + requirements.fieldNames
        check(
            Set(names.map { $0.lowercased() }).count == names.count, "no field is named twice")
        check(names.allSatisfy { !$0.isEmpty && !$0.contains(" ") }, "fields are named by tokens")
        let answer = requirements.answer
        check(
            (0...EngineLimits.answerBodyBytesMax).contains(answer.bodyBytesMax)
                && answer.fieldNames.count <= EngineLimits.answerFieldsMax,
            "no more of answers is asked for than is kept")
    }

    private func checkAnswers(_ guarantee: DeliveryGuarantee) {
        var isAnyAccepted = false
        for status: UInt16 in 200...599 {
            let completion = TransferCompletion(result(status: status, retryAfterSeconds: 7))
            let verdict = provider.verdict(for: completion, guarantee: guarantee)
            check(
                provider.verdict(for: completion, guarantee: guarantee) == verdict,
                "the same answer \(status) has the same verdict")
            if verdict.reason == .httpStatus {
                check(verdict.code == status, "\(status) is the code of its reason")
            }
            if verdict.action == .accepted { isAnyAccepted = true }
            if verdict.action == .accepted {
                check(verdict.reason == .none, "what is accepted has no reason")
            }
            if verdict.action == .dropEndpoint {
                check(verdict.reason != .none, "a dead endpoint has a reason")
            }
        }
        check(isAnyAccepted, "some answer is an acceptance")
    }

    private func checkFailures(_ guarantee: DeliveryGuarantee) {
        for failure in Self.failures {
            for requestLeft in [false, true] {
                let verdict = provider.verdict(
                    for: TransferCompletion(result(failure: failure, requestLeft: requestLeft)),
                    guarantee: guarantee)
                let name = "\(failure), left: \(requestLeft)"
                check(
                    verdict.action != .accepted, "without an answer nothing is accepted (\(name))")
                check(
                    verdict.action != .dropEndpoint,
                    "without an answer no endpoint is dead (\(name))")
                if requestLeft {
                    check(
                        verdict.action != .retry,
                        "what may have arrived is unsure, not to be repeated (\(name))")
                } else {
                    check(
                        verdict.action != .unsure, "what has not left is not unsure (\(name))")
                }
                check(verdict.reason != .none, "a failure has a reason (\(name))")
            }
        }
    }

    private func checkPreparation() {
        guard let preparer = provider.makePreparer() else {
            let names = provider.requirements.fieldNames
            return check(names.isEmpty, "who adds fields has a preparer")
        }
        let message = MessageTemplates(
            url: SimulatedTemplates.make("http://{{host}}/path"),
            headers: [.init(name: "x-own", value: SimulatedTemplates.make("of {{id}}"))],
            body: SimulatedTemplates.make("body of {{id}}"),
            inputs: inputs.map { SimulatedTemplates.make($0) },
            slotCount: 1 + SimulatedTemplates.columns.count)
        let fixture = AudienceFixture(recipients: [("ann", "a.test"), ("bob", "b.test")])
        var renderer = MessageRenderer()
        var buffer = ByteBuffer()
        for index in [0, 1, 0] {
            let rendered: RenderedRequest
            do throws(RenderRefusal) {
                rendered = try renderer.render(
                    message, recipientAt: index, of: fixture.audience,
                    ordinal: Ordinal(UInt64(index)), generation: 0,
                    keyPrefix: Array("key-".utf8), into: &buffer)
            } catch {
                return report("a message cannot be rendered: \(error.reason)")
            }
            let before = rendered.parts(in: buffer)
            unsafe withUnsafeMutablePointer(to: &buffer) { buffer in
                var draft = unsafe MessageDraft(
                    rendered, in: buffer, campaign: CampaignID(high: 1, low: 2),
                    ordinal: Ordinal(UInt64(index)), generation: 0)
                let moment = Moment(
                    monotonicNanoseconds: 1_000_000_000, wallMilliseconds: 1_700_000_000_000)
                guard preparer.prepare(&draft, at: moment) == .ready else {
                    return report("a message cannot be prepared")
                }
                checkPrepared(draft.request(to: TargetID(0)), before)
            }
        }
    }

    private func checkPrepared(_ request: TransferRequest, _ before: RenderedRequest.Parts) {
        let names = provider.requirements.fieldNames
        check(
            request.fields.count == before.fieldValues.count + names.count,
            "each of its fields is added, and none besides")
        for (index, value) in before.fieldValues.enumerated() {
            check(
                unsafe request.fields[index].elementsEqual(value.utf8),
                "the message's own fields stay as they were rendered")
        }
        var fields = request.fields
        while let value = unsafe fields.next() {
            let isClean = unsafe value.allSatisfy { $0 >= 0x20 && $0 != 0x7F || $0 == 0x09 }
            check(isClean, "no field has a control character")
        }
        check(unsafe request.body.count <= EngineLimits.bodyBytesMax, "the body is not too long")
        let authority = request.address.map { address in
            unsafe String(decoding: address.authority, as: UTF8.self)
        }
        check(
            before.url?.contains(authority ?? "nowhere") == true, "the address stays as it was")
    }

    // MARK: Means

    private static let failures: [TransferFailure] = [
        .resolveFailed, .connectFailed, .tlsFailed, .timedOut, .connectionLost, .responseInvalid,
        .other,
    ]

    private func result(
        status: UInt16 = 0, failure: TransferFailure = .none, requestLeft: Bool = true,
        retryAfterSeconds: Int32 = -1
    ) -> TransferResult {
        TransferResult(
            flight: FlightID(0), status: status, failure: failure, transportCode: 0,
            requestLeft: requestLeft, wireAttempts: requestLeft ? 1 : 0,
            retryAfterSeconds: retryAfterSeconds)
    }
}

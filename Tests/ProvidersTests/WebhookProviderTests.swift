import Engine
import Providers
import Testing

@Suite("Verdicts on webhook receivers")
struct WebhookProviderTests {
    private let provider = WebhookProvider()

    /// A row of the table: what is meant, for both guarantees.
    struct Row: CustomTestStringConvertible, Sendable {
        let statuses: [UInt16]
        let atLeastOnce: Verdict.Action
        let atMostOnce: Verdict.Action

        var testDescription: String { "\(statuses[0])" }

        init(_ statuses: [UInt16], _ atLeastOnce: Verdict.Action, _ atMostOnce: Verdict.Action) {
            self.statuses = statuses
            self.atLeastOnce = atLeastOnce
            self.atMostOnce = atMostOnce
        }
    }

    private func result(
        status: UInt16 = 0, _ failure: TransferFailure = .none, requestLeft: Bool = true,
        retryAfterSeconds: Int32 = -1
    ) -> TransferResult {
        TransferResult(
            flight: FlightID(1), status: status, failure: failure, transportCode: 28,
            requestLeft: requestLeft, wireAttempts: 1, retryAfterSeconds: retryAfterSeconds)
    }

    private func verdict(
        _ result: TransferResult, _ guarantee: DeliveryGuarantee = .atLeastOnce
    ) -> Verdict {
        provider.verdict(for: TransferCompletion(result), guarantee: guarantee)
    }

    @Test(
        "a status means what the table says, under both guarantees",
        arguments: [
            Row([200, 201, 202, 204, 299], .accepted, .accepted),
            Row([300, 301, 302, 304, 307, 308, 399], .fail, .fail),
            Row([408, 425, 429, 503], .retry, .retry),
            Row([400, 401, 403, 404, 409, 410, 413, 422, 426, 428, 451, 499], .fail, .fail),
            Row([502, 504], .retry, .unsure),
            Row([500, 501, 505, 507, 511, 599], .retry, .fail),
            // No status that the protocol knows: the answer of something that is no web server.
            Row([600, 999], .retry, .fail),
        ])
    func statuses(row: Row) {
        for status in row.statuses {
            let again = verdict(result(status: status, retryAfterSeconds: 7))
            let once = verdict(result(status: status, retryAfterSeconds: 7), .atMostOnce)
            #expect(again.action == row.atLeastOnce, "\(status)")
            #expect(once.action == row.atMostOnce, "\(status)")
            #expect(again.code == status && once.code == status)
            #expect(again.reason == (again.action == .accepted ? .none : .httpStatus))
            #expect(again.retryAfterSeconds == (again.action == .accepted ? -1 : 7))
        }
    }

    private static let reasons: [(TransferFailure, DeliveryReason)] = [
        (.resolveFailed, .resolveFailed), (.connectFailed, .connectFailed),
        (.tlsFailed, .tlsFailed), (.timedOut, .timedOut), (.connectionLost, .connectionLost),
        (.responseInvalid, .responseInvalid), (.other, .transportFailed),
        (.none, .transportFailed),
    ]

    @Test(
        "without an answer it is a retry if nothing left and in doubt if anything did",
        arguments: Self.reasons, DeliveryGuarantee.allCases)
    func noAnswer(
        row: (failure: TransferFailure, reason: DeliveryReason), guarantee: DeliveryGuarantee
    ) {
        #expect(
            verdict(result(row.failure, requestLeft: false), guarantee)
                == Verdict(.retry, reason: row.reason, code: 28))
        #expect(
            verdict(result(row.failure, requestLeft: true), guarantee)
                == Verdict(.unsure, reason: row.reason, code: 28))
    }

    @Test(
        "an address that may not be dialled and a URL that is none are never tried again",
        arguments: [
            (TransferFailure.addressRefused, DeliveryReason.addressRefused),
            (.urlInvalid, .urlInvalid),
        ], DeliveryGuarantee.allCases)
    func neverAgain(
        row: (failure: TransferFailure, reason: DeliveryReason), guarantee: DeliveryGuarantee
    ) {
        #expect(
            verdict(result(row.failure, requestLeft: false), guarantee)
                == Verdict(.fail, reason: row.reason, code: 28))
    }

    @Test("an interim status is no answer")
    func interim() {
        #expect(verdict(result(status: 103, .connectionLost)).action == .unsure)
        #expect(verdict(result(status: 103, .connectionLost, requestLeft: false)).action == .retry)
    }
}

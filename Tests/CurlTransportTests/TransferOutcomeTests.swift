import Engine
import Testing

@testable import CurlTransport

@Suite struct TransferOutcomeTests {
    @Test("Only a status from 200 on ends a request")
    func finalStatus() {
        for status in [0, 100, 101, 103, 199] { #expect(!TransferOutcome.isFinal(status: status)) }
        for status in [200, 204, 301, 404, 429, 500, 599, 999] {
            #expect(TransferOutcome.isFinal(status: status))
        }
    }

    @Test("Retry-After is positive seconds, or −1")
    func retryAfter() {
        #expect(TransferOutcome.retryAfter(0) == -1)
        #expect(TransferOutcome.retryAfter(-3_600) == -1)
        #expect(TransferOutcome.retryAfter(120) == 120)
        #expect(TransferOutcome.retryAfter(Int.max) == Int32.max)
    }

    @Test(
        "Retry-After is asked for wherever a provider may put a delivery off",
        arguments: [
            (200, false), (204, false), (301, true), (404, true), (408, true), (425, true),
            (429, true), (500, true), (503, true),
        ])
    func mayCarryRetryAfter(_ status: Int, _ expected: Bool) {
        #expect(TransferOutcome.mayCarryRetryAfter(status: status) == expected)
    }

    @Test("libcurl's codes become the engine's failures")
    func failures() {
        typealias Case = (
            code: UInt32, circumstances: TransferCircumstances, failure: TransferFailure
        )
        let cases: [Case] = [
            (0, .requestLeft, .responseInvalid),
            (1, [], .urlInvalid), (1, .requestLeft, .responseInvalid), (3, [], .urlInvalid),
            (67, [], .urlInvalid),
            (6, [], .resolveFailed),
            (7, [], .connectFailed), (7, .addressDialled, .connectFailed),
            (7, .addressRefused, .addressRefused),
            (7, [.addressRefused, .addressDialled], .connectFailed),
            (7, .socketUnavailable, .other),
            (28, [], .timedOut), (28, .requestLeft, .timedOut),
            (35, [], .tlsFailed), (58, [], .tlsFailed), (60, [], .tlsFailed), (77, [], .tlsFailed),
            (16, .requestLeft, .connectionLost), (18, .requestLeft, .connectionLost),
            (52, .requestLeft, .connectionLost), (55, .requestLeft, .connectionLost),
            (56, .requestLeft, .connectionLost), (92, .requestLeft, .connectionLost),
            (43, [], .requestInvalid), (8, .requestLeft, .responseInvalid),
            (23, .requestLeft, .responseInvalid),
            (42, [.requestLeft, .resendStopped], .connectionLost), (42, [], .other),
            (27, [], .other), (12_345, [], .other),
        ]
        for (code, circumstances, failure) in cases {
            #expect(
                TransferOutcome.failure(code: code, circumstances) == failure,
                "code \(code)")
        }
    }
}

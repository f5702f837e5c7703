import Engine
import Testing

@testable import Control

@Suite struct EngineFiguresTests {
    @Test func reasonsAreFewWhateverCodesThereAre() {
        var reasons: Set<String> = []
        for reason in DeliveryReason.allCases {
            for code: UInt16 in [0, 100, 200, 404, 429, 503, 599, 1_000, .max] {
                reasons.insert(
                    EngineFigures.reason(.init(.failed, reason, code: code)))
            }
        }
        #expect(reasons.isSuperset(of: ["http_4xx", "http_5xx", "transport_failed", "timed_out"]))
        #expect(reasons.count <= DeliveryReason.allCases.count + 10)
    }

    @Test func everyLimitIsListedOnceAndNothingElse() {
        let waits = EngineFigures().limitWaits
        #expect(Set(waits.map { "\($0.limit) \($0.kind)" }).count == waits.count)
        #expect(
            Set(waits.map(\.limit)) == [
                "app", "campaign", "provider", "host", "transport", "quota",
            ])
        #expect(waits.allSatisfy { $0.turns == 0 && $0.seconds == 0 })
    }

    @Test func whatComesAndGoesEndsWithTheRun() {
        var figures = EngineFigures()
        figures.count(3, .failed, "timed_out")
        figures.count(0, .failed, "none")
        figures += figures
        #expect(
            figures.ended.outcomes == [
                .init(status: "sent", reason: "none"): 0,
                .init(status: "failed", reason: "timed_out"): 6,
            ])
    }
}

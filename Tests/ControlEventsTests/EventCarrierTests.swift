import Engine
import Testing

@testable import ControlEvents

@Suite struct EventCarrierTests {
    @Test func aCarrierWhoseTargetCannotBePreparedDoesNotStart() {
        let target = TargetSpecification(
            url: nil, method: "NO METHOD", fields: [],
            timeoutMilliseconds: 1_000, connectTimeoutMilliseconds: 1_000,
            allowsPrivateNetworks: true, forbidsResend: false)
        #expect(throws: TransportError.self) { _ = try EventCarrier(target: target) }
    }

    @Test func aCarrierThatIsClosedAnswersNothing() async throws {
        let carrier = try EventCarrier(allowsPrivateNetworks: true)
        carrier.close()
        carrier.close()
        let answer = await carrier.send(
            EventRequest(
                url: "http://127.0.0.1:1/", fieldValues: ["a", "b", "c"], body: []))
        #expect(answer == nil)
    }
}

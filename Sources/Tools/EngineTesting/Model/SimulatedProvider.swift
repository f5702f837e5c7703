package import Engine

/// The rules of a receiver that is sure about all its answers but a gateway's.
///
/// Simpler than those of real providers, and with every action: what a verdict does is the
/// dispatcher's business, which answer gets which verdict is not.
package struct SimulatedProvider: Provider {
    /// Makes a provider.
    package init() {}

    /// A key, and nothing else.
    package var requirements: ProviderRequirements { ProviderRequirements(keyFieldName: "key") }

    /// Reads an answer.
    package func verdict(
        for completion: TransferCompletion, guarantee: DeliveryGuarantee
    ) -> Verdict {
        let result = completion.result
        func of(_ action: Verdict.Action) -> Verdict {
            Verdict(
                action, reason: .httpStatus, code: result.status,
                retryAfterSeconds: result.retryAfterSeconds)
        }
        switch result.status {
        case 0: break
        case 200..<300: return Verdict(.accepted, reason: .none, code: result.status)
        case 429, 500, 503: return of(.retry)
        case 410: return Verdict(.dropEndpoint, reason: .endpointGone, code: result.status)
        case 502, 504: return of(.unsure)
        default: return of(.fail)
        }
        if result.failure == .addressRefused {
            return Verdict(.fail, reason: .addressRefused, code: result.transportCode)
        }
        let reason: DeliveryReason = result.failure == .timedOut ? .timedOut : .connectionLost
        return Verdict(
            result.requestLeft ? .unsure : .retry, reason: reason, code: result.transportCode)
    }
}

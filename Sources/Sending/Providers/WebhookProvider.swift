package import Engine

/// Reads the answers of webhook receivers by the rules of Standard Webhooks 1.0.0.
///
/// | answer | at least once | at most once |
/// |---|---|---|
/// | 2xx | accepted | accepted |
/// | 3xx | fail: never followed | fail |
/// | 408, 425, 429, 503 | retry, not before Retry-After | retry: not processed |
/// | other 4xx | fail | fail |
/// | 502, 504 | retry, not before Retry-After | unsure: a gateway lost the answer |
/// | other 5xx | retry, not before Retry-After | fail: it may have begun to act |
/// | none, nothing left | retry | retry |
/// | none, it left | unsure | unsure |
/// | address refused, URL or request invalid | fail | fail |
///
/// Other 4xx are not repeated although the standard allows it: a campaign's body is the same at
/// each attempt, and a million repetitions of a refused request help nobody.
package struct WebhookProvider: Provider {
    /// Makes a provider.
    package init() {}

    /// The idempotency key, in the field that Standard Webhooks has for it.
    ///
    /// Answers are read by their status alone, and messages go out as they were rendered.
    package var requirements: ProviderRequirements {
        ProviderRequirements(keyFieldName: "webhook-id")
    }

    /// Reads an answer by the table above.
    package func verdict(
        for completion: TransferCompletion, guarantee: DeliveryGuarantee
    ) -> Verdict {
        let result = completion.result
        if result.status >= 200 {
            return verdict(status: result.status, result, guarantee)
        }
        let reason = result.failure.reason
        switch result.failure {
        case .addressRefused, .urlInvalid, .requestInvalid:
            return Verdict(.fail, reason: reason, code: result.transportCode)
        case .none, .resolveFailed, .connectFailed, .tlsFailed, .timedOut, .connectionLost,
            .responseInvalid, .other:
            return Verdict(
                result.requestLeft ? .unsure : .retry, reason: reason, code: result.transportCode)
        }
    }

    private func verdict(
        status: UInt16, _ result: TransferResult, _ guarantee: DeliveryGuarantee
    ) -> Verdict {
        func of(_ action: Verdict.Action) -> Verdict {
            Verdict(
                action, reason: .httpStatus, code: status,
                retryAfterSeconds: result.retryAfterSeconds)
        }
        switch status {
        case 200..<300: return Verdict(.accepted, reason: .none, code: status)
        case 408, 425, 429, 503: return of(.retry)
        case 502, 504: return of(guarantee == .atMostOnce ? .unsure : .retry)
        case 500...: return of(guarantee == .atMostOnce ? .fail : .retry)
        default: return of(.fail)
        }
    }
}

/// Knows what a destination's answers mean.
package protocol Provider: Sendable {
    /// Reads how a flight ended. Pure: the same result gives the same verdict.
    func verdict(for result: TransferResult, guarantee: DeliveryGuarantee) -> Verdict
}

/// What an answer, or its absence, means for the delivery.
package struct Verdict: Equatable, Sendable {
    package enum Action: UInt8, Sendable {
        /// The provider took it.
        case accepted
        /// It was surely not processed, or a repetition is harmless: try again later.
        case retry
        /// Never to be tried again.
        case fail
        /// It left and no answer says what happened; the campaign's guarantee decides.
        case unsure
    }

    package var action: Action
    package var reason: DeliveryReason
    package var code: UInt16
    /// The provider's wish, in seconds; −1 without one.
    package var retryAfterSeconds: Int32

    package init(
        _ action: Action, reason: DeliveryReason, code: UInt16, retryAfterSeconds: Int32 = -1
    ) {
        self.action = action
        self.reason = reason
        self.code = code
        self.retryAfterSeconds = retryAfterSeconds
    }
}

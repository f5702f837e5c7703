/// A status with its reason and code, as counts and reports break deliveries down.
package struct DeliveryOutcome: Hashable, Sendable {
    /// How it ended.
    package let status: DeliveryStatus
    /// Why it ended so.
    package let reason: DeliveryReason
    /// The status of the answer, or what the transport said, where the reason has one; else 0.
    package let code: UInt16

    /// Puts an outcome together; `code` is 0 where the reason has none.
    package init(_ status: DeliveryStatus, _ reason: DeliveryReason, code: UInt16 = 0) {
        self.status = status
        self.reason = reason
        self.code = code
    }

    /// The word for the reason: `http_410`, `timed_out`.
    package var label: String { reason.label(code: code) }
}

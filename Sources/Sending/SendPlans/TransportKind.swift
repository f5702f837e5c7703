/// Which transport carries a campaign.
package enum TransportKind: String, CaseIterable, Sendable {
    case curl
    /// Answers everything at once, without a network: for measurements.
    case instant
}

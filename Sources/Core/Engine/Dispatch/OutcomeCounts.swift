/// How deliveries ended that were not sent, by reason: one reading.
package struct OutcomeCounts: Equatable, Sendable {
    /// Ends by status, reason and code.
    package internal(set) var counts: [DeliveryOutcome: UInt64] = [:]
    /// Ends for which the table of a shard had no row left, by status.
    package internal(set) var others: [DeliveryStatus: UInt64] = [:]

    /// Begins with nothing counted.
    package init() {}

    /// Adds what another shard has counted.
    package static func += (left: inout OutcomeCounts, right: OutcomeCounts) {
        left.counts.merge(right.counts) { $0 + $1 }
        left.others.merge(right.others) { $0 + $1 }
    }
}

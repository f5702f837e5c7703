/// How deliveries ended that were not sent, by reason: one reading.
package struct OutcomeCounts: Equatable, Sendable {
    /// Ends by status, reason and code.
    package internal(set) var tally = Tally()
    /// Ends for which the table of a shard had no row left, by status.
    package internal(set) var others: [DeliveryStatus: Int] = [:]

    /// Counts nothing.
    package init() {}

    /// Adds another shard's.
    package static func += (left: inout OutcomeCounts, right: OutcomeCounts) {
        left.tally += right.tally
        left.others.merge(right.others) { $0 + $1 }
    }
}

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

/// How many deliveries stand where, by status, reason and code: what every sum of outcomes is made
/// of.
///
/// Which of them are in it is its owner's choice: statistics count those that have ended, an
/// accounting counts all rows.
package struct Tally: Equatable, Sendable {
    package private(set) var counts: [DeliveryOutcome: Int] = [:]

    /// Counts nothing.
    package init() {}

    /// Counts the deliveries among the records of a page that have ended, duplicates apart.
    package init(ended records: UnsafeBufferPointer<DeliveryRecord>) {
        unsafe add(records) { record in
            switch record.status {
            case .sent, .failed, .skipped, .unknown: true
            case .pending, .inFlight, .duplicate: false
            }
        }
    }

    /// Counts those of a page's records that are asked for.
    @inline(__always)
    package mutating func add(
        _ records: UnsafeBufferPointer<DeliveryRecord>, where isCounted: (DeliveryRecord) -> Bool
    ) {
        // Neighbours mostly ended alike: one dictionary access per change, not per record.
        var run = (first: DeliveryRecord(), count: 0)
        for index in records.indices {
            let record = unsafe records[index]
            guard isCounted(record) else { continue }
            if run.count > 0, record.outcomeNumber == run.first.outcomeNumber {
                run.count += 1
            } else {
                add(run.count, run.first.outcome)
                run = (record, 1)
            }
        }
        add(run.count, run.first.outcome)
    }

    /// Adds, or with a negative number takes away.
    package mutating func add(_ count: Int, _ outcome: DeliveryOutcome) {
        guard count != 0 else { return }
        let sum = counts[outcome, default: 0] + count
        counts[outcome] = sum == 0 ? nil : sum
    }

    /// Adds all that another has counted.
    package static func += (left: inout Tally, right: Tally) {
        for (outcome, count) in right.counts { left.add(count, outcome) }
    }

    /// Takes away all that another has counted.
    package static func -= (left: inout Tally, right: Tally) {
        for (outcome, count) in right.counts { left.add(-count, outcome) }
    }

    /// Deliveries with a status.
    package func count(_ status: DeliveryStatus) -> Int {
        counts.reduce(0) { $0 + ($1.key.status == status ? $1.value : 0) }
    }

    /// Deliveries that were taken.
    package var sent: Int { count(.sent) }
    /// Deliveries that will surely not arrive.
    package var failed: Int { count(.failed) }
    /// Deliveries that ended without a request.
    package var skipped: Int { count(.skipped) }
    /// Deliveries of which nobody knows whether they arrived.
    package var unknown: Int { count(.unknown) }
    /// Deliveries that have not ended.
    package var pending: Int { count(.pending) + count(.inFlight) }
    /// Rows that are no deliveries.
    package var duplicates: Int { count(.duplicate) }
    /// Deliveries that have ended.
    package var ended: Int { sent + failed + skipped + unknown }

    /// Requests that were on the wire when a process died, and may not be repeated.
    package var crashed: Int {
        counts.reduce(0) {
            $0 + ($1.key.status == .unknown && $1.key.reason == .crashed ? $1.value : 0)
        }
    }

    /// What counts against a quota: messages that were taken, or may have been.
    package var consumed: Int { sent + unknown }
}

extension DeliveryRecord {
    /// How the delivery stands.
    package var outcome: DeliveryOutcome { DeliveryOutcome(status, reason, code: code) }

    /// Status, reason and code in one number, to compare neighbours fast.
    fileprivate var outcomeNumber: UInt32 {
        UInt32(statusByte) << 24 | UInt32(reasonByte) << 16 | UInt32(code)
    }
}

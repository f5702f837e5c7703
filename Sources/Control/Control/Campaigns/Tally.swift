package import Engine
package import JSON

/// How many deliveries of a campaign ended how: what statistics are made of.
///
/// Those that have not ended are not in it: they are the recipients less its sum.
package struct Tally: Equatable, Sendable {
    package private(set) var counts: [DeliveryOutcome: Int] = [:]

    package init() {}

    /// Adds, or with a negative number takes away.
    package mutating func add(_ count: Int, _ outcome: DeliveryOutcome) {
        guard count != 0 else { return }
        let sum = counts[outcome, default: 0] + count
        counts[outcome] = sum == 0 ? nil : sum
    }

    package static func += (left: inout Tally, right: Tally) {
        for (outcome, count) in right.counts { left.add(count, outcome) }
    }

    package static func -= (left: inout Tally, right: Tally) {
        for (outcome, count) in right.counts { left.add(-count, outcome) }
    }

    /// Deliveries that ended with a status.
    package func count(_ status: DeliveryStatus) -> Int {
        counts.reduce(0) { $0 + ($1.key.status == status ? $1.value : 0) }
    }

    package var sent: Int { count(.sent) }
    package var failed: Int { count(.failed) }
    package var skipped: Int { count(.skipped) }
    package var unknown: Int { count(.unknown) }
    package var ended: Int { sent + failed + skipped + unknown }

    /// Requests that were on the wire when a process died, and may not be repeated.
    package var crashed: Int {
        counts.reduce(0) {
            $0 + ($1.key.status == .unknown && $1.key.reason == .crashed ? $1.value : 0)
        }
    }

    /// What counts against a quota: messages that were taken, or may have been.
    package var consumed: Int { sent + unknown }

    /// Counts the ended records of a page.
    package init(of records: UnsafeBufferPointer<DeliveryRecord>) {
        // Neighbours mostly ended alike: one dictionary access per change, not per record.
        var run: (outcome: DeliveryOutcome, count: Int)?
        for index in records.indices {
            let record = unsafe records[index]
            switch record.status {
            case .sent, .failed, .skipped, .unknown: break
            case .pending, .inFlight, .duplicate: continue
            }
            if let current = run, current.outcome.status == record.status,
                current.outcome.reason == record.reason, current.outcome.code == record.code
            {
                run = (current.outcome, current.count + 1)
            } else {
                if let run { add(run.count, run.outcome) }
                run = (DeliveryOutcome(record.status, record.reason, code: record.code), 1)
            }
        }
        if let run { add(run.count, run.outcome) }
    }

    // MARK: Stored form

    /// `{"2/1/200": 5}`: status, reason and code as they stand in records.
    package init(_ json: JSONValue) {
        for (name, count) in json.object ?? [:] {
            let parts = name.split(separator: "/")
            guard parts.count == 3, let status = UInt8(parts[0]).flatMap(DeliveryStatus.init),
                let reason = UInt8(parts[1]).flatMap(DeliveryReason.init),
                let code = UInt16(parts[2]), let count = count.integer
            else { continue }
            add(Int(count), DeliveryOutcome(status, reason, code: code))
        }
    }

    package var json: JSONValue {
        .object(
            Dictionary(
                uniqueKeysWithValues: counts.map { outcome, count in
                    (
                        "\(outcome.status.rawValue)/\(outcome.reason.rawValue)/\(outcome.code)",
                        .integer(Int64(count))
                    )
                }))
    }
}

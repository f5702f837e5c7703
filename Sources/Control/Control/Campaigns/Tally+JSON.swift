package import Engine
package import JSON

/// The form in which a campaign's tally is stored.
extension Tally {
    /// `{"2/1/200": 5}`: status, reason and code as they stand in records.
    package init(_ json: JSONValue) {
        self.init()
        for (name, count) in json.object ?? [:] {
            let parts = name.split(separator: "/")
            guard parts.count == 3, let status = UInt8(parts[0]).flatMap(DeliveryStatus.init),
                let reason = UInt8(parts[1]).flatMap(DeliveryReason.init),
                let code = UInt16(parts[2]), let count = count.integer
            else { continue }
            add(Int(count), DeliveryOutcome(status, reason, code: code))
        }
    }

    /// The form that `init` reads.
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

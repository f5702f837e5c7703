import ControlDirectory
import Engine
import JSON

/// One delivery as the API shows it: a recipient's record with what the recipient did.
struct DeliveryView: Sendable {
    /// What a recipient did with a message.
    struct Engagement: Sendable {
        var readAt: Int64?
        var acknowledgedAt: Int64?
    }

    let campaign: CampaignRecord
    let ordinal: UInt64
    let userID: String
    let record: DeliveryRecord
    /// Whether a shard has its page.
    let isActive: Bool
    let engagement: Engagement?
    let now: Timestamp

    package static let statuses = [
        "pending", "sent", "read", "acknowledged", "missed", "failed", "skipped", "unknown",
    ]

    package static let shape = Shape.named(
        "Delivery",
        .fields([
            .required("id", .id), .required("campaign_id", .id), .required("user_id", .userID),
            .required("status", .choice(statuses)), .required("reason", .nullable(.text(1...64))),
            .required("attempts", .count), .required("generation", .count),
            .required("idempotency_key", .text(1...64)),
            .required("ended_at", .nullable(.time)), .required("next_attempt_at", .nullable(.time)),
            .required("latency_ms", .nullable(.number(0...1e9))),
            .required("bytes", .nullable(.count)), .required("read_at", .nullable(.time)),
            .required("acknowledged_at", .nullable(.time)),
        ]))

    /// `<campaign>-<ordinal>`, as in the idempotency key of the first sending.
    var id: String { Self.id(campaign.engineID, ordinal) }

    static func id(_ engineID: String, _ ordinal: UInt64) -> String {
        IdempotencyKey.text(campaign: engineID, ordinal: Ordinal(ordinal), generation: 0)
    }

    /// The campaign's engine id and the ordinal; nil for a text that is no delivery's id.
    static func parts(of id: some StringProtocol) -> (engineID: String, ordinal: UInt64)? {
        let parts = id.split(separator: "-")
        guard parts.count == 2, let ordinal = UInt64(parts[1]), "\(ordinal)" == parts[1],
            ordinal <= ordinalMax, CampaignID(String(parts[0])) != nil
        else { return nil }
        return (String(parts[0]), ordinal)
    }

    /// The largest ordinal that there can be: pages have 32-bit numbers.
    static let ordinalMax = Ordinal(
        page: PageIndex(.max), index: PageLayout.recipientsMax - 1
    ).rawValue

    /// The status of the API: what the recipient did stands above what the provider said.
    var status: String {
        Self.status(of: record, engagement, deadline: campaign.ackDeadline, now: now)
    }

    static func status(
        of record: DeliveryRecord, _ engagement: Engagement?, deadline: Int64?, now: Timestamp
    ) -> String {
        guard record.status == .sent || record.status == .unknown && engagement != nil else {
            return record.status == .inFlight ? "pending" : record.status.name
        }
        if engagement?.acknowledgedAt != nil { return "acknowledged" }
        if let deadline, record.timeMilliseconds + deadline * 1_000 <= now.milliseconds {
            return "missed"
        }
        return engagement?.readAt != nil ? "read" : "sent"
    }

    var json: JSONValue {
        .object(Dictionary(uniqueKeysWithValues: zip(Self.names, values)))
    }

    /// The names of the fields, in the order of the shape and of `values`.
    static let names: [String] = {
        guard case .named(_, .object(let shape)) = shape else { return [] }
        return shape.fields.map(\.name)
    }()

    /// The values of the fields, which an export writes as they stand.
    var values: [JSONValue] {
        let isEnded = record.status.isEnded
        let wasTried = record.attempts > 0
        let id = id
        return [
            .string(id), .string(campaign.id), .string(userID), .string(status),
            record.reason == .none ? .null : .string(record.reason.label(code: record.code)),
            .integer(Int64(record.attempts)), .integer(Int64(record.generation)),
            .string(
                IdempotencyKey.text(
                    campaign: campaign.engineID, ordinal: Ordinal(ordinal),
                    generation: record.generation)),
            isEnded ? .time(record.timeMilliseconds) : .null,
            !isEnded && record.timeMilliseconds > 0 ? .time(record.timeMilliseconds) : .null,
            wasTried ? .number(Double(record.latencyMicroseconds) / 1_000) : .null,
            wasTried ? .integer(Int64(record.bodyBytes)) : .null, .time(engagement?.readAt),
            .time(engagement?.acknowledgedAt),
        ]
    }
}

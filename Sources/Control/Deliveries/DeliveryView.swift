import Engine
import Jinja

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
    var id: String { "\(campaign.engineID)-\(ordinal)" }

    /// The status of the API: what the recipient did stands above what the provider said.
    var status: String {
        Self.status(of: record, engagement, deadline: campaign.ackDeadline, now: now)
    }

    static func status(
        of record: DeliveryRecord, _ engagement: Engagement?, deadline: Int64?, now: Timestamp
    ) -> String {
        guard record.status == .sent else {
            return record.status == .inFlight ? "pending" : record.status.name
        }
        if engagement?.acknowledgedAt != nil { return "acknowledged" }
        if let deadline, record.timeMilliseconds + deadline * 1_000 <= now.milliseconds {
            return "missed"
        }
        return engagement?.readAt != nil ? "read" : "sent"
    }

    var json: JSONValue {
        let isEnded = record.status.isEnded
        let wasTried = record.attempts > 0
        return [
            "id": .string(id), "campaign_id": .string(campaign.id), "user_id": .string(userID),
            "status": .string(status),
            "reason": record.reason == .none
                ? .null : .string(record.reason.label(code: record.code)),
            "attempts": .integer(Int64(record.attempts)),
            "generation": .integer(Int64(record.generation)),
            "idempotency_key": .string(
                record.generation == 0 ? id : "\(id)-r\(record.generation)"),
            "ended_at": isEnded ? .time(record.timeMilliseconds) : .null,
            "next_attempt_at": !isEnded && record.timeMilliseconds > 0
                ? .time(record.timeMilliseconds) : .null,
            "latency_ms": wasTried
                ? .number(Double(record.latencyMicroseconds) / 1_000) : .null,
            "bytes": wasTried ? .integer(Int64(record.bodyBytes)) : .null,
            "read_at": .time(engagement?.readAt),
            "acknowledged_at": .time(engagement?.acknowledgedAt),
        ]
    }
}

import CampaignLife
package import ControlDirectory
import JSON

/// What campaigns look like in the API.
package enum CampaignShapes {
    /// A campaign's own limits.
    package static let limits = Shape.named(
        "CampaignLimits",
        .fields([
            .optional(
                "rate", .text(1...32), "Sends in a time: N/s, N/m, N/h, or unlimited.",
                default: "unlimited"),
            .optional(
                "burst", .nullable(.integer(1...1_000_000)),
                "Sends at once after a pause. Null: what the rate gives in 20 ms, at least 1.",
                default: .null),
            .optional(
                "in_flight", .nullable(.integer(1...1_000_000)),
                "Requests on the wire at once. Null: no bound of its own.", default: .null),
        ]))

    package static let creation = Shape.named(
        "CampaignCreation", .fields(CampaignRecord.schema.creation))

    package static let change = Shape.named(
        "CampaignChange", .fields(CampaignRecord.schema.change))

    package static let copying = Shape.named(
        "CampaignCopying",
        .fields([
            .optional("id", .id, "The id of the copy; made up when none is given."),
            .optional(
                "name", .text(1...InputLimits.nameLength),
                "The name of the copy; that of the campaign when none is given."),
        ]))

    package static let campaign = Shape.named(
        "Campaign",
        .fields(
            CampaignRecord.schema.answer + [
                .required("stats", stats, "What became of its deliveries, live while it runs.")
            ]))

    package static let status = Shape.choice(CampaignStatus.allCases.map(\.rawValue))

    package static let stats = Shape.named("CampaignStats", .fields(counts + pace))

    private static let counts: [FieldShape] = [
        .required("status", status, "Where the campaign stands."),
        .required("total", .count, "Deliveries: the sum of the five that follow."),
        .required("sent", .count, "Deliveries that the receiver has taken."),
        .required("failed", .count, "Deliveries that ended in a failure."),
        .required("skipped", .count, "Deliveries that were not tried, such as without consent."),
        .required("unknown", .count, "Deliveries whose outcome nobody saw, and not repeated."),
        .required("pending", .count, "Deliveries that have not ended."),
        .required("in_flight", .count, "Requests on the wire now."),
        .required("progress", .number(0...1), "The share of the deliveries that have ended."),
        .required(
            "reasons",
            .array(
                .fields([
                    .required(
                        "status", .choice(["sent", "failed", "skipped", "unknown"]),
                        "How the deliveries ended."),
                    .required("reason", .text(1...64), "Why."),
                    .required("count", .count, "How many did."),
                ]), 0...10_000), "Why deliveries ended as they did, the most frequent first."),
        .required("read", .count, "Messages that their users have read."),
        .required("acknowledged", .count, "Messages that their users have acknowledged."),
        .required(
            "missed", .nullable(.count),
            """
            Messages that were not acknowledged by their deadline. Null: there is none, or it is \
            not counted here.
            """),
        .required(
            "rates",
            .fields([
                .required("read", .number(0...1), "Of what was sent."),
                .required("acknowledged", .number(0...1), "Of what was sent."),
                .required("failed", .number(0...1), "Of all deliveries."),
            ]), "Figures as shares."),
    ]

    private static let pace: [FieldShape] = [
        .required("sends_per_second", .number(0...1e9), "The pace now; 0 where nothing runs."),
        .required(
            "seconds_left", .nullable(.number(0...1e12)),
            "How long the rest takes at this pace. Null: there is none."),
        .required(
            "bottleneck",
            .nullable(
                .fields([
                    .required(
                        "limit", .text(1...32),
                        "app, campaign, provider, host, quota or transport."),
                    .required(
                        "name", .text(0...InputLimits.urlLength),
                        "Which of them, such as the host; empty where there is only one."),
                    .required("value", .text(0...64), "Its value, such as 500/s."),
                ])), "The limit that holds the campaign up now. Null: none does."),
        .required("started_at", .nullable(.time), "When the campaign first began to send."),
        .required("completed_at", .nullable(.time), "When it ended."),
    ]

    package static let querying = Shape.named(
        "CampaignQuery", .fields(FilteredList.input(limitMax: InputLimits.pageSize.upperBound)))
}

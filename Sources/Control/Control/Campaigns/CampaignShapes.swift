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
                "rate", .text(1...32).describedAs("Sends in a time: N/s, N/m, N/h, or unlimited."),
                default: "unlimited"),
            .optional(
                "burst",
                .nullable(.integer(1...1_000_000)).describedAs(
                    "Sends at once after a pause. Null: what the rate gives in 20 ms, at least 1."),
                default: .null),
            .optional(
                "in_flight",
                .nullable(.integer(1...1_000_000)).describedAs(
                    "Requests on the wire at once. Null: no bound of its own."), default: .null),
        ]))

    package static let creation = Shape.named(
        "CampaignCreation", .fields(CampaignRecord.schema.creation))

    package static let change = Shape.named(
        "CampaignChange", .fields(CampaignRecord.schema.change))

    package static let copying = Shape.named(
        "CampaignCopying",
        .fields([
            .optional("id", .id), .optional("name", .text(1...InputLimits.nameLength)),
        ]))

    package static let campaign = Shape.named(
        "Campaign",
        .fields(
            CampaignRecord.schema.answer + [
                .required(
                    "stats",
                    stats.describedAs("What became of its deliveries, live while it runs."))
            ]))

    package static let status = Shape.choice(CampaignStatus.allCases.map(\.rawValue))

    package static let stats = Shape.named(
        "CampaignStats",
        .fields([
            .required("status", status), .required("total", .count), .required("sent", .count),
            .required("failed", .count), .required("skipped", .count),
            .required("unknown", .count), .required("pending", .count),
            .required("in_flight", .count), .required("progress", .number(0...1)),
            .required(
                "reasons",
                .array(
                    .fields([
                        .required("status", .choice(["sent", "failed", "skipped", "unknown"])),
                        .required("reason", .text(1...64)), .required("count", .count),
                    ]), 0...10_000)),
            .required("read", .count), .required("acknowledged", .count),
            .required("missed", .nullable(.count)),
            .required(
                "rates",
                .fields([
                    .required("read", .number(0...1)), .required("acknowledged", .number(0...1)),
                    .required("failed", .number(0...1)),
                ])),
            .required("sends_per_second", .number(0...1e9)),
            .required("seconds_left", .nullable(.number(0...1e12))),
            .required(
                "bottleneck",
                .nullable(
                    .fields([
                        .required("limit", .text(1...32)),
                        .required("name", .text(0...InputLimits.urlLength)),
                        .required("value", .text(0...64)),
                    ]))),
            .required("started_at", .nullable(.time)), .required("completed_at", .nullable(.time)),
        ]))

    package static let querying = Shape.named(
        "CampaignQuery", .fields(FilteredList.input(limitMax: InputLimits.pageSize.upperBound)))
}

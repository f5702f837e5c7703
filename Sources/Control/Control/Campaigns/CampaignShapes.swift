import CampaignLife
package import ControlDirectory
import JSON

/// What campaigns look like in the API.
package enum CampaignShapes {
    /// The fields that a draft is made of.
    private static let draftFields: [FieldShape] = [
        .optional("title", .text(0...InputLimits.nameLength)),
        .optional("description", .text(0...InputLimits.descriptionLength)),
        .optional("tag", .nullable(.text(1...64))),
        .optional("sender_id", .nullable(.userID)),
        .optional(
            "template_version",
            .nullable(.integer(1...1_000_000)).describedAs("Null: the one that is published.")),
        .optional("segment_ids", .array(.id, 0...InputLimits.segmentsPerCampaign)),
        .optional("user_ids", .array(.userID, 0...InputLimits.userIDsPerCampaign)),
        .optional("variables", .jsonObject),
        .optional("delivery_mode", .choice(["realtime", "batch"])),
        .optional("delivery_guarantee", .choice(["at_least_once", "at_most_once"])),
        .optional("quota_policy", .nullable(.choice(QuotaPolicy.allCases.map(\.rawValue)))),
        .optional("ack_deadline_seconds", .nullable(.integer(1...31_536_000))),
        .optional("trigger", .choice(["manual", "api"])),
        .optional("skip_push", .boolean), .optional("skip_webhook", .boolean),
        .optional("limits", .nullable(limits)),
        .optional("stop_at", .nullable(.time)),
    ]

    /// A campaign's own limits.
    package static let limits = Shape.named(
        "CampaignLimits",
        .fields([
            .optional("rate", .text(1...32).describedAs("N/s, N/m, N/h, or unlimited.")),
            .optional("burst", .nullable(.integer(1...1_000_000))),
            .optional("in_flight", .nullable(.integer(1...1_000_000))),
        ]))

    package static let creation = Shape.named(
        "CampaignCreation",
        .fields(
            [
                .optional("id", .id), .required("name", .text(1...InputLimits.nameLength)),
                .required("template_id", .id),
            ] + draftFields))

    package static let change = Shape.named(
        "CampaignChange",
        .fields(
            [
                .optional("name", .text(1...InputLimits.nameLength)),
                .optional("template_id", .id),
            ] + draftFields))

    package static let copying = Shape.named(
        "CampaignCopying",
        .fields([
            .optional("id", .id), .optional("name", .text(1...InputLimits.nameLength)),
        ]))

    package static let campaign = Shape.named(
        "Campaign",
        .fields([
            .required("id", .id), .required("kind", .choice(["campaign", "notification", "test"])),
            .required("name", .text(0...InputLimits.nameLength)),
            .required("title", .text(0...InputLimits.nameLength)),
            .required("description", .text(0...InputLimits.descriptionLength)),
            .required("tag", .nullable(.text(1...64))),
            .required("sender_id", .nullable(.userID)), .required("template_id", .nullable(.id)),
            .required("template_version", .nullable(.count)),
            .required("segment_ids", .array(.id, 0...InputLimits.segmentsPerCampaign)),
            .required("user_ids", .array(.userID, 0...InputLimits.userIDsPerCampaign)),
            .required("variables", .jsonObject),
            .required("delivery_mode", .choice(["realtime", "batch"])),
            .required("delivery_guarantee", .choice(["at_least_once", "at_most_once"])),
            .required("quota_policy", .nullable(.choice(QuotaPolicy.allCases.map(\.rawValue)))),
            .required("ack_deadline_seconds", .nullable(.count)),
            .required("trigger", .choice(["manual", "api"])),
            .required("parent_id", .nullable(.id)), .required("skip_push", .boolean),
            .required("skip_webhook", .boolean), .required("status", status),
            .required("status_reason", .nullable(.text(0...4_096))),
            .required("scheduled_for", .nullable(.time)),
            .required("schedule", .nullable(.jsonObject)),
            .required("stop_at", .nullable(.time)), .required("created_at", .time),
            .required("updated_at", .time), .required("started_at", .nullable(.time)),
            .required("completed_at", .nullable(.time)), .required("stats", stats),
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

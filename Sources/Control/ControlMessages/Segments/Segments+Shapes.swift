package import ControlDirectory
import JSON

extension Segments {
    /// A segment, as it is shown.
    package static let shape = Shape.named(
        "Segment",
        .fields([
            .required("id", .id), .required("name", .text(0...InputLimits.nameLength)),
            .required("description", .text(0...InputLimits.descriptionLength)),
            .required("type", .choice(["user"])), .required("filter", .nullable(.jsonObject)),
            .required("all_users", .boolean),
            .required("size", Shape.count.describedAs("As it was counted last.")),
            .required(
                "size_state", .choice(SizeState.allCases.map(\.rawValue))),
            .required("counted_at", .nullable(.time)), .required("created_at", .time),
            .required("updated_at", .time),
        ]))

    /// How far the count of a segment is.
    enum SizeState: String, CaseIterable {
        case pending
        case counting
        case ready
        case failed
    }

    private static let filter = Shape.jsonObject.describedAs(
        "Over users: fields, attributes, tags, events and consent.")

    /// What is told to make a segment.
    package static let creation = Shape.named(
        "SegmentCreation",
        .fields([
            .optional("id", .id), .required("name", .text(1...InputLimits.nameLength)),
            .optional("description", .text(0...InputLimits.descriptionLength)),
            .optional("type", .choice(["user", "channel"])),
            .optional("filter", .nullable(filter)),
            .optional(
                "all_users",
                Shape.boolean.describedAs(
                    "At most one of this and filter; without either the segment is a list of "
                        + "targets.")),
        ]))

    /// What of a segment can be changed; what is left out stays.
    package static let change = Shape.named(
        "SegmentChange",
        .fields([
            .optional("name", .text(1...InputLimits.nameLength)),
            .optional("description", .text(0...InputLimits.descriptionLength)),
            .optional("filter", filter),
        ]))

    /// What a search for segments may say.
    package static let query = Shape.named(
        "SegmentQuery", .fields(FilteredList.input(limitMax: InputLimits.pageSize.upperBound)))

    /// What a search in a segment's list may say.
    package static let targetsQuery = Shape.named(
        "SegmentTargetsQuery",
        .fields(FilteredList.input(limitMax: InputLimits.targetsPerCall)))

    /// Users to be added to a segment's list, or taken from it.
    package static let targets = Shape.named(
        "SegmentTargets",
        .fields([
            .required("target_ids", .array(.userID, 1...InputLimits.targetsPerCall))
        ]))

    /// What an addition to a list has done.
    package static let added = Shape.fields([
        .required("added", Shape.count.describedAs("Those that were not there before.")),
        .required("size", .count),
    ])

    /// What a removal from a list has done.
    package static let removed = Shape.fields([
        .required("removed", Shape.count.describedAs("Those that were there.")),
        .required("size", .count),
    ])

    /// One user of a segment's list.
    package static let target = Shape.named(
        "SegmentTarget",
        .fields([
            .required("segment_id", .id), .required("target_id", .userID),
            .required("created_at", .time),
        ]))
}

import Control
import ControlDirectory
import ControlMessages
import JSON

/// Named sets of users.
enum SegmentOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        resources(control) + counts(control) + targets(control) + targetLists(control)
    }

    private static func resources(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_segment",
                "Makes a segment of a filter, of all users, or of targets that are added to it",
                area: "segments", permission: .manageCampaigns, input: .json(Segments.creation),
                outcome: .created, answer: Segments.shape, errors: [.alreadyExists, .limitReached]
            ) { try await control.segments.create($0.caller, $0.body) },
            Operation(
                .reads, "get_segment", ids: ["id"],
                "Shows a segment", area: "segments",
                permission: .viewCampaigns, answer: Segments.shape
            ) { try await control.segments.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "update_segment", ids: ["id"],
                "Changes a segment; a new filter is counted anew", area: "segments",
                permission: .manageCampaigns, input: .json(Segments.change),
                answer: Segments.shape, errors: [.actionNotAllowed]
            ) { try await control.segments.update($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "delete_segment", ids: ["id"],
                "Deletes a segment that no campaign needs any more", area: "segments",
                permission: .manageCampaigns, successes: [.done],
                errors: [.referenceInUse]
            ) {
                try await control.segments.delete($0.caller, $0.id("id"))
                return .done
            },
        ]
    }

    private static func counts(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "query_segments",
                "Lists segments by a filter, in an order", area: "segments",
                permission: .viewCampaigns, input: .json(Segments.query, isRequired: false),
                answer: .page("segments", of: Segments.shape), errors: [.invalidCursor]
            ) { try await control.segments.query($0.caller, $0.body).json("segments") },
            Operation(
                .acts, "count_segment", ids: ["id"],
                "Has a segment counted anew, in the background", area: "segments",
                permission: .manageCampaigns, outcome: .accepted, answer: Segments.shape
            ) { try await control.segments.count($0.caller, $0.id("id")) },
        ]
    }

    private static func targets(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "add_segment_targets", ids: ["id"],
                "Adds users to a list of targets", area: "segments",
                permission: .manageCampaigns, input: .json(Segments.targets),
                answer: Segments.added, errors: [.actionNotAllowed]
            ) { try await control.segments.add($0.caller, $0.id("id"), $0.body) },
            Operation(
                .acts, "remove_segment_targets", ids: ["id"],
                "Takes users out of a list of targets", area: "segments",
                permission: .manageCampaigns, input: .json(Segments.targets),
                answer: Segments.removed, errors: [.actionNotAllowed]
            ) { try await control.segments.remove($0.caller, $0.id("id"), $0.body) },
            Operation(
                .reads, "get_segment_target", ids: ["id", "target_id"],
                "Says whether a user is in a list of targets", area: "segments",
                permission: .viewCampaigns, answer: Segments.target
            ) {
                try await control.segments.getTarget(
                    $0.caller, $0.id("id"), $0.id("target_id"))
            },
        ]
    }

    private static func targetLists(_ control: ControlPlane) -> [Operation] {
        let page = Shape.fields([
            .required("targets", .array(Segments.target, 0...InputLimits.targetsPerCall)),
            .required("next", .nullable(.text(1...4_096))),
        ])
        return [
            Operation(
                .reads, "list_segment_targets", ids: ["id"],
                "Lists targets by their ids, ascending", area: "segments",
                permission: .viewCampaigns,
                parameters: [
                    .init("limit", .integer(1...Int64(InputLimits.targetsPerCall))),
                    .init("next", .text(1...4_096)),
                ],
                answer: page, errors: [.invalidCursor]
            ) { call in
                try await control.segments.listTargets(
                    call.caller, call.id("id"), .object(call.parameters)
                ).json("targets")
            },
            Operation(
                .reads, "query_segment_targets", ids: ["id"],
                "Lists targets by a filter on target_id", area: "segments",
                permission: .viewCampaigns,
                input: .json(Segments.targetsQuery, isRequired: false), answer: page,
                errors: [.invalidCursor]
            ) {
                try await control.segments.listTargets(
                    $0.caller, $0.id("id"), $0.body
                ).json("targets")
            },
        ]
    }
}

import Control
import ControlDirectory
import ControlMessages
import JSON

/// Named sets of users.
enum SegmentRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        resources(control) + counts(control) + targets(control) + targetLists(control)
    }

    private static func resources(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/segments", "create_segment",
                "Makes a segment of a filter, of all users, or of targets that are added to it",
                tag: "segments", permission: .manageCampaigns, body: .json(Segments.creation),
                status: 201, answer: Segments.shape, errors: [.alreadyExists, .limitReached]
            ) { try await control.segments.create($0.caller, $0.body) },
            Route(
                .get, "/v1/segments/{id}", "get_segment", "Shows a segment", tag: "segments",
                permission: .viewCampaigns, answer: Segments.shape
            ) { try await control.segments.get($0.caller, $0.parameter("id")) },
            Route(
                .patch, "/v1/segments/{id}", "update_segment",
                "Changes a segment; a new filter is counted anew", tag: "segments",
                permission: .manageCampaigns, body: .json(Segments.change),
                answer: Segments.shape, errors: [.actionNotAllowed]
            ) { try await control.segments.update($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .delete, "/v1/segments/{id}", "delete_segment",
                "Deletes a segment that no campaign needs any more", tag: "segments",
                permission: .manageCampaigns, successes: [.init(status: 204, content: .empty)],
                errors: [.referenceInUse]
            ) {
                try await control.segments.delete($0.caller, $0.parameter("id"))
                return .empty(status: 204)
            },
        ]
    }

    private static func counts(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/segments/query", "query_segments",
                "Lists segments by a filter, in an order", tag: "segments",
                permission: .viewCampaigns, body: .json(Segments.query, isRequired: false),
                answer: .page("segments", of: Segments.shape), errors: [.invalidCursor]
            ) { try await control.segments.query($0.caller, $0.body).json("segments") },
            Route(
                .post, "/v1/segments/{id}/count", "count_segment",
                "Has a segment counted anew, in the background", tag: "segments",
                permission: .manageCampaigns, status: 202, answer: Segments.shape
            ) { try await control.segments.count($0.caller, $0.parameter("id")) },
        ]
    }

    private static func targets(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/segments/{id}/targets/add", "add_segment_targets",
                "Adds users to a list of targets", tag: "segments",
                permission: .manageCampaigns, body: .json(Segments.targets),
                answer: Segments.added, errors: [.actionNotAllowed]
            ) { try await control.segments.add($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .post, "/v1/segments/{id}/targets/remove", "remove_segment_targets",
                "Takes users out of a list of targets", tag: "segments",
                permission: .manageCampaigns, body: .json(Segments.targets),
                answer: Segments.removed, errors: [.actionNotAllowed]
            ) { try await control.segments.remove($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .get, "/v1/segments/{id}/targets/{target_id}", "get_segment_target",
                "Says whether a user is in a list of targets", tag: "segments",
                permission: .viewCampaigns, answer: Segments.target
            ) {
                try await control.segments.getTarget(
                    $0.caller, $0.parameter("id"), $0.parameter("target_id"))
            },
        ]
    }

    private static func targetLists(_ control: ControlPlane) -> [Route] {
        let page = Shape.fields([
            .required("targets", .array(Segments.target, 0...InputLimits.targetsPerCall)),
            .required("next", .nullable(.text(1...4_096))),
        ])
        return [
            Route(
                .get, "/v1/segments/{id}/targets", "list_segment_targets",
                "Lists targets by their ids, ascending", tag: "segments",
                permission: .viewCampaigns,
                query: [
                    .init("limit", .integer(1...Int64(InputLimits.targetsPerCall))),
                    .init("next", .text(1...4_096)),
                ],
                answer: page, errors: [.invalidCursor]
            ) { call in
                try await control.segments.listTargets(
                    call.caller, call.parameter("id"), .object(call.query)
                ).json("targets")
            },
            Route(
                .post, "/v1/segments/{id}/targets/query", "query_segment_targets",
                "Lists targets by a filter on target_id", tag: "segments",
                permission: .viewCampaigns,
                body: .json(Segments.targetsQuery, isRequired: false), answer: page,
                errors: [.invalidCursor]
            ) {
                try await control.segments.listTargets(
                    $0.caller, $0.parameter("id"), $0.body
                ).json("targets")
            },
        ]
    }
}

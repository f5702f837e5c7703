import Control
import ControlDirectory
import Hummingbird
import JSON
import NIOCore

/// What became of each recipient.
enum DeliveryRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        resources(control) + executions(control) + EngagementRoutes.all(control)
    }

    private static func resources(_ control: ControlPlane) -> [Route] {
        let deliveries = control.deliveries
        return [
            Route(
                .get, "/v1/campaigns/{id}/deliveries", "list_deliveries",
                "Lists a campaign's deliveries, by status and reason", tag: "deliveries",
                permission: .viewCampaigns,
                query: Route.Parameter.paging + [
                    .init("status", .choice(Deliveries.statuses)), .init("reason", .text(1...64)),
                ],
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(
                    call.caller, campaign: call.parameter("id"),
                    status: call.query["status"]?.string, reason: call.query["reason"]?.string,
                    call.page
                ).json("deliveries")
            },
            Route(
                .get, "/v1/users/{id}/deliveries", "list_user_deliveries",
                "Lists a user's deliveries over campaigns, of the newest campaign first",
                tag: "deliveries", permission: .viewCampaigns, query: Route.Parameter.paging,
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(call.caller, user: call.parameter("id"), call.page)
                    .json("deliveries")
            },
            Route(
                .get, "/v1/deliveries/{id}", "get_delivery", "Shows a delivery",
                tag: "deliveries", permission: .viewCampaigns, answer: Deliveries.shape
            ) { try await deliveries.get($0.caller, $0.parameter("id")) },
            Route(
                .get, "/v1/deliveries/{id}/message", "get_delivery_message",
                "Renders a delivery's message again", tag: "deliveries",
                permission: .viewCampaigns, answer: Deliveries.message,
                errors: [.validationFailed]
            ) { try await deliveries.message($0.caller, $0.parameter("id")) },
        ]
    }

    private static func executions(_ control: ControlPlane) -> [Route] {
        let deliveries = control.deliveries
        return [
            Route(
                .get, "/v1/campaigns/{id}/export", "export_deliveries",
                "Writes all of a campaign's deliveries as CSV, or exactly as JSON Lines; in CSV a "
                    + "text that a spreadsheet would take for a formula begins with an apostrophe",
                tag: "deliveries", permission: .viewCampaigns,
                query: [
                    .init("format", .choice(ExportFormat.allCases.map(\.rawValue))),
                    .init("status", .choice(Deliveries.statuses)), .init("reason", .text(1...64)),
                ],
                successes: [
                    .init(status: 200, content: .media(ExportFormat.allCases.map(\.mediaType)))
                ]
            ) { call in
                let format = call.query["format"]?.string.flatMap(ExportFormat.init(rawValue:))
                let export = try await deliveries.export(
                    call.caller, campaign: call.parameter("id"), format ?? .csv,
                    status: call.query["status"]?.string, reason: call.query["reason"]?.string)
                return .stream(mediaType: (format ?? .csv).mediaType, fileName: export.name) {
                    writer in
                    var export = export
                    while let piece = try await export.next() {
                        if !piece.isEmpty { try await writer.write(ByteBuffer(bytes: piece)) }
                    }
                }
            },
            Route(
                .get, "/v1/campaigns/{id}/executions", "list_executions",
                "Lists where a campaign's recipients are on their way, by status",
                tag: "executions", permission: .viewCampaigns,
                query: Route.Parameter.paging + [
                    .init("status", .choice(ExecutionStatus.allCases.map(\.rawValue)))
                ],
                answer: .page("executions", of: Deliveries.execution), errors: [.invalidCursor]
            ) { call in
                try await deliveries.executions(
                    call.caller, campaign: call.parameter("id"),
                    status: call.query["status"]?.string, call.page
                ).json("executions")
            },
            Route(
                .get, "/v1/executions/{id}", "get_execution", "Shows an execution",
                tag: "executions", permission: .viewCampaigns, answer: Deliveries.execution
            ) { try await deliveries.execution($0.caller, $0.parameter("id")) },
        ]
    }
}

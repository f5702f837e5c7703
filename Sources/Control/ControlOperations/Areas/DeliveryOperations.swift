import Control
import ControlDirectory
import JSON

/// What became of each recipient.
enum DeliveryOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        resources(control) + executions(control) + EngagementOperations.all(control)
    }

    private static func resources(_ control: ControlPlane) -> [Operation] {
        let deliveries = control.deliveries
        return [
            Operation(
                .reads, "list_deliveries", ids: ["id"],
                "Lists a campaign's deliveries, by status and reason", area: "deliveries",
                permission: .viewCampaigns,
                parameters: Operation.Parameter.paging + [
                    .init("status", .choice(Deliveries.statuses)), .init("reason", .text(1...64)),
                ],
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(
                    call.caller, campaign: call.id("id"),
                    status: call.parameters["status"]?.string,
                    reason: call.parameters["reason"]?.string,
                    call.page
                ).json("deliveries")
            },
            Operation(
                .reads, "list_user_deliveries", ids: ["id"],
                "Lists a user's deliveries over campaigns, of the newest campaign first",
                area: "deliveries", permission: .viewCampaigns,
                parameters: Operation.Parameter.paging,
                answer: .page("deliveries", of: Deliveries.shape), errors: [.invalidCursor]
            ) { call in
                try await deliveries.list(call.caller, user: call.id("id"), call.page)
                    .json("deliveries")
            },
            Operation(
                .reads, "get_delivery", ids: ["id"],
                "Shows a delivery",
                area: "deliveries", permission: .viewCampaigns, answer: Deliveries.shape
            ) { try await deliveries.get($0.caller, $0.id("id")) },
            Operation(
                .reads, "get_delivery_message", ids: ["id"],
                "Renders a delivery's message again", area: "deliveries",
                permission: .viewCampaigns, answer: Deliveries.message,
                errors: [.validationFailed]
            ) { try await deliveries.message($0.caller, $0.id("id")) },
        ]
    }

    private static func executions(_ control: ControlPlane) -> [Operation] {
        let deliveries = control.deliveries
        return [
            Operation(
                .reads, "export_deliveries", ids: ["id"],
                "Writes all of a campaign's deliveries as CSV, or exactly as JSON Lines; in CSV a "
                    + "text that a spreadsheet would take for a formula begins with an apostrophe",
                area: "deliveries", permission: .viewCampaigns,
                parameters: [
                    .init("format", .choice(ExportFormat.allCases.map(\.rawValue))),
                    .init("status", .choice(Deliveries.statuses)), .init("reason", .text(1...64)),
                ],
                successes: [
                    .init(.shown, .media(ExportFormat.allCases.map(\.mediaType)))
                ]
            ) { call in
                let format = call.parameters["format"]?.string.flatMap(ExportFormat.init(rawValue:))
                let export = try await deliveries.export(
                    call.caller, campaign: call.id("id"), format ?? .csv,
                    status: call.parameters["status"]?.string,
                    reason: call.parameters["reason"]?.string)
                return .stream(mediaType: (format ?? .csv).mediaType, fileName: export.name) {
                    write in
                    var export = export
                    while let piece = try await export.next() {
                        if !piece.isEmpty { try await write(piece) }
                    }
                }
            },
            Operation(
                .reads, "list_executions", ids: ["id"],
                "Lists where a campaign's recipients are on their way, by status",
                area: "executions", permission: .viewCampaigns,
                parameters: Operation.Parameter.paging + [
                    .init("status", .choice(ExecutionStatus.allCases.map(\.rawValue)))
                ],
                answer: .page("executions", of: Deliveries.execution), errors: [.invalidCursor]
            ) { call in
                try await deliveries.executions(
                    call.caller, campaign: call.id("id"),
                    status: call.parameters["status"]?.string, call.page
                ).json("executions")
            },
            Operation(
                .reads, "get_execution", ids: ["id"],
                "Shows an execution",
                area: "executions", permission: .viewCampaigns, answer: Deliveries.execution
            ) { try await deliveries.execution($0.caller, $0.id("id")) },
        ]
    }
}

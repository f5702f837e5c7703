import Audience
import Control
import ControlDirectory
import JSON

/// Campaigns: made, shown, changed, and run.
enum CampaignOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        resources(control) + audiences(control) + actions(control)
    }

    private static func resources(_ control: ControlPlane) -> [Operation] {
        let campaigns = control.campaigns
        let campaign = CampaignShapes.campaign
        return [
            Operation(
                .acts, "create_campaign",
                "Makes a campaign, as a draft",
                area: "campaigns", permission: .manageCampaigns,
                input: .json(CampaignShapes.creation), outcome: .created, answer: campaign,
                errors: [.alreadyExists, .limitReached]
            ) { try await campaigns.create($0.caller, $0.body) },
            Operation(
                .reads, "list_campaigns",
                "Lists campaigns, the newest first",
                area: "campaigns", permission: .viewCampaigns,
                parameters: Operation.Parameter.paging + [.init("status", CampaignShapes.status)],
                answer: .page("campaigns", of: campaign), errors: [.invalidCursor]
            ) { call in
                try await campaigns.list(
                    call.caller, status: call.parameters["status"]?.string, call.page
                ).json("campaigns")
            },
            Operation(
                .reads, "query_campaigns",
                "Finds campaigns by a filter, sorted", area: "campaigns",
                permission: .viewCampaigns, input: .json(CampaignShapes.querying),
                answer: .page("campaigns", of: campaign), errors: [.invalidCursor]
            ) { try await campaigns.query($0.caller, $0.body).json("campaigns") },
            Operation(
                .reads, "get_campaign", ids: ["id"],
                "Shows a campaign", area: "campaigns",
                permission: .viewCampaigns, answer: campaign
            ) { try await campaigns.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "update_campaign", ids: ["id"],
                "Changes a draft",
                area: "campaigns", permission: .manageCampaigns,
                input: .json(CampaignShapes.change),
                answer: campaign, errors: [.actionNotAllowed, .limitReached]
            ) { try await campaigns.update($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "delete_campaign", ids: ["id"],
                "Removes a draft or an ended campaign with all its records; answers when the last request of "
                    + "a run that was stopped has ended", area: "campaigns",
                permission: .manageCampaigns, successes: [.done],
                errors: [.actionNotAllowed]
            ) { call in
                try await campaigns.delete(call.caller, call.id("id"))
                return .done
            },
            Operation(
                .acts, "copy_campaign", ids: ["id"],
                "Makes a draft like this campaign", area: "campaigns",
                permission: .manageCampaigns,
                input: .json(CampaignShapes.copying, isRequired: false), outcome: .created,
                answer: campaign, errors: [.alreadyExists, .limitReached]
            ) { try await campaigns.copy($0.caller, $0.id("id"), $0.body) },
            Operation(
                .reads, "get_campaign_stats", ids: ["id"],
                "Shows what became of a campaign's deliveries, live while it runs",
                area: "campaigns", permission: .viewCampaigns, answer: CampaignShapes.stats
            ) { try await campaigns.stats($0.caller, $0.id("id")) },
        ]
    }

    private static func audiences(_ control: ControlPlane) -> [Operation] {
        let campaigns = control.campaigns
        return [
            Operation(
                .acts, "add_recipients", ids: ["id"],
                "Adds recipients with variables to a draft", area: "campaigns",
                permission: .manageCampaigns, input: .json(Campaigns.recipients),
                answer: Campaigns.additionReport, errors: [.actionNotAllowed]
            ) { try await campaigns.addRecipients($0.caller, $0.id("id"), $0.body) },
            Operation(
                .acts, "upload_recipients", ids: ["id"],
                "Adds the recipients of a CSV or JSON Lines file, with a variable in each column",
                area: "campaigns", permission: .manageCampaigns,
                input: .stream(mediaTypes: ["text/csv", "application/x-ndjson"]),
                answer: Campaigns.additionReport,
                errors: [.actionNotAllowed, .validationFailed, .limitReached]
            ) { call in
                let isCompressed = try call.upload.isCompressed()
                return try await call.upload.withPipe { pipe in
                    try await campaigns.uploadRecipients(
                        call.caller, call.id("id"), pipe, format: call.upload.format,
                        isCompressed: isCompressed)
                }
            },
            Operation(
                .reads, "list_recipients", ids: ["id"],
                "Lists the recipients that were added", area: "campaigns",
                permission: .viewCampaigns, parameters: Operation.Parameter.paging,
                answer: .page("recipients", of: Campaigns.recipient), errors: [.invalidCursor]
            ) { call in
                try await campaigns.listRecipients(
                    call.caller, call.id("id"), call.page
                ).json("recipients")
            },
            Operation(
                .acts, "remove_recipients", ids: ["id"],
                "Takes recipients away that were added", area: "campaigns",
                permission: .manageCampaigns,
                input: .json(
                    .fields([
                        .required(
                            "user_ids", .array(.userID, 1...InputLimits.targetsPerCall))
                    ])),
                answer: .fields([.required("removed", .count), .required("total", .count)]),
                errors: [.actionNotAllowed]
            ) { try await campaigns.removeRecipients($0.caller, $0.id("id"), $0.body) },
            Operation(
                .reads, "estimate_campaign", ids: ["id"],
                "Says how many sends, how much quota and how long a launch would take",
                area: "campaigns", permission: .viewCampaigns, answer: Campaigns.estimate,
                errors: [.actionNotAllowed, .templateNotPublished, .validationFailed]
            ) { try await campaigns.estimate($0.caller, $0.id("id")) },
            Operation(
                .reads, "rehearse_campaign", ids: ["id"],
                "Renders the message of everybody in the audience, and sends nothing",
                area: "campaigns", permission: .manageCampaigns, answer: Campaigns.rehearsal,
                errors: [.actionNotAllowed, .templateNotPublished, .validationFailed, .storageFull]
            ) { try await campaigns.rehearse($0.caller, $0.id("id")) },
            Operation(
                .acts, "test_campaign", ids: ["id"],
                "Sends the message to one recipient, as a run that is marked as a test",
                area: "campaigns", permission: .manageCampaigns, input: .json(Campaigns.testing),
                outcome: .accepted, answer: CampaignShapes.campaign,
                errors: [
                    .actionNotAllowed, .templateNotPublished, .quotaExceeded, .limitReached,
                ]
            ) { try await campaigns.test($0.caller, $0.id("id"), $0.body) },
        ]
    }

    private static func actions(_ control: ControlPlane) -> [Operation] {
        let campaigns = control.campaigns
        let campaign = CampaignShapes.campaign
        let launchErrors: [ErrorCode] = [
            .actionNotAllowed, .templateNotPublished, .audienceEmpty, .quotaExceeded,
            .limitReached, .validationFailed,
        ]
        return [
            Operation(
                .acts, "start_campaign", ids: ["id"],
                "Starts a campaign now",
                area: "actions", permission: .manageCampaigns, answer: campaign,
                errors: launchErrors
            ) { try await campaigns.start($0.caller, $0.id("id")) },
            Operation(
                .acts, "schedule_campaign", ids: ["id"],
                "Lets a campaign start by itself at a time", area: "actions",
                permission: .manageCampaigns, input: .json(Campaigns.scheduling), answer: campaign,
                errors: launchErrors
            ) { try await campaigns.schedule($0.caller, $0.id("id"), $0.body) },
            Operation(
                .acts, "unschedule_campaign", ids: ["id"],
                "Makes a scheduled campaign a draft again", area: "actions",
                permission: .manageCampaigns, answer: campaign, errors: [.actionNotAllowed]
            ) { try await campaigns.unschedule($0.caller, $0.id("id")) },
            Operation(
                .acts, "pause_campaign", ids: ["id"],
                "Pauses a campaign; answers when no further request of it can begin",
                area: "actions", permission: .manageCampaigns, answer: Campaigns.receipt,
                errors: [.actionNotAllowed]
            ) { try await campaigns.pause($0.caller, $0.id("id")) },
            Operation(
                .acts, "resume_campaign", ids: ["id"],
                "Lets a paused campaign go on with what is pending", area: "actions",
                permission: .manageCampaigns, answer: campaign,
                errors: [.actionNotAllowed, .quotaExceeded]
            ) { try await campaigns.resume($0.caller, $0.id("id")) },
            Operation(
                .acts, "stop_campaign", ids: ["id"],
                "Stops a campaign for good; answers when no further request of it can begin",
                area: "actions", permission: .manageCampaigns, answer: Campaigns.receipt,
                errors: [.actionNotAllowed]
            ) { try await campaigns.stop($0.caller, $0.id("id")) },
            Operation(
                .acts, "retry_failed", ids: ["id"],
                "Sends again what did not arrive, by how it ended and why; answers when the last request "
                    + "of a run that was stopped has ended", area: "actions",
                permission: .manageCampaigns,
                input: .json(Campaigns.retrying, isRequired: false),
                answer: .fields([
                    .required("retried", .count), .required("campaign", campaign),
                ]), errors: [.actionNotAllowed, .audienceEmpty]
            ) { try await campaigns.retryFailed($0.caller, $0.id("id"), $0.body) },
            Operation(
                .acts, "trigger_campaign", ids: ["id"],
                "Starts a run of an API-triggered campaign; one key, one run", area: "actions",
                permission: .sendNotifications,
                input: .json(Campaigns.triggering, isRequired: false), outcome: .accepted,
                answer: Campaigns.run, errors: launchErrors
            ) { try await campaigns.trigger($0.caller, $0.id("id"), $0.body) },
        ]
    }
}

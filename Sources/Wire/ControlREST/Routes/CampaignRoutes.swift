import Audience
import Control
import ControlDirectory
import HTTPTypes
import JSON

/// Campaigns: made, shown, changed, and run.
enum CampaignRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        resources(control) + audiences(control) + actions(control)
    }

    private static func resources(_ control: ControlPlane) -> [Route] {
        let campaigns = control.campaigns
        let campaign = CampaignShapes.campaign
        return [
            Route(
                .post, "/v1/campaigns", "create_campaign", "Makes a campaign, as a draft",
                tag: "campaigns", permission: .manageCampaigns,
                body: .json(CampaignShapes.creation), status: 201, answer: campaign,
                errors: [.alreadyExists, .limitReached]
            ) { try await campaigns.create($0.caller, $0.body) },
            Route(
                .get, "/v1/campaigns", "list_campaigns", "Lists campaigns, the newest first",
                tag: "campaigns", permission: .viewCampaigns,
                query: Route.Parameter.paging + [.init("status", CampaignShapes.status)],
                answer: .page("campaigns", of: campaign), errors: [.invalidCursor]
            ) { call in
                try await campaigns.list(
                    call.caller, status: call.query["status"]?.string, call.page
                ).json("campaigns")
            },
            Route(
                .post, "/v1/campaigns/query", "query_campaigns",
                "Finds campaigns by a filter, sorted", tag: "campaigns",
                permission: .viewCampaigns, body: .json(CampaignShapes.querying),
                answer: .page("campaigns", of: campaign), errors: [.invalidCursor]
            ) { try await campaigns.query($0.caller, $0.body).json("campaigns") },
            Route(
                .get, "/v1/campaigns/{id}", "get_campaign", "Shows a campaign", tag: "campaigns",
                permission: .viewCampaigns, answer: campaign
            ) { try await campaigns.get($0.caller, $0.parameter("id")) },
            Route(
                .patch, "/v1/campaigns/{id}", "update_campaign", "Changes a draft",
                tag: "campaigns", permission: .manageCampaigns, body: .json(CampaignShapes.change),
                answer: campaign, errors: [.actionNotAllowed, .limitReached]
            ) { try await campaigns.update($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .delete, "/v1/campaigns/{id}", "delete_campaign",
                "Removes a draft or an ended campaign with all its records", tag: "campaigns",
                permission: .manageCampaigns, successes: [.init(status: 204, content: .empty)],
                errors: [.actionNotAllowed]
            ) { call in
                try await campaigns.delete(call.caller, call.parameter("id"))
                return .empty(status: 204)
            },
            Route(
                .post, "/v1/campaigns/{id}/copy", "copy_campaign",
                "Makes a draft like this campaign", tag: "campaigns",
                permission: .manageCampaigns,
                body: .json(CampaignShapes.copying, isRequired: false), status: 201,
                answer: campaign, errors: [.alreadyExists, .limitReached]
            ) { try await campaigns.copy($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .get, "/v1/campaigns/{id}/stats", "get_campaign_stats",
                "Shows what became of a campaign's deliveries, live while it runs",
                tag: "campaigns", permission: .viewCampaigns, answer: CampaignShapes.stats
            ) { try await campaigns.stats($0.caller, $0.parameter("id")) },
        ]
    }

    private static func audiences(_ control: ControlPlane) -> [Route] {
        let campaigns = control.campaigns
        return [
            Route(
                .post, "/v1/campaigns/{id}/recipients", "add_recipients",
                "Adds recipients with variables to a draft", tag: "campaigns",
                permission: .manageCampaigns, body: .json(Campaigns.recipients),
                answer: Campaigns.additionReport, errors: [.actionNotAllowed]
            ) { try await campaigns.addRecipients($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .post, "/v1/campaigns/{id}/recipients/upload", "upload_recipients",
                "Adds the recipients of a CSV or JSON Lines file, with a variable in each column",
                tag: "campaigns", permission: .manageCampaigns,
                body: .stream(mediaTypes: ["text/csv", "application/x-ndjson"]),
                answer: Campaigns.additionReport,
                errors: [.actionNotAllowed, .validationFailed]
            ) { call in
                let pipe = BytePipe()
                let isCSV = MediaType.name(of: call.headers[.contentType]) == "text/csv"
                async let report = upload(call, pipe, isCSV ? .csv : .jsonLines, campaigns)
                await call.stream(into: pipe)
                return try await report
            },
            Route(
                .get, "/v1/campaigns/{id}/recipients", "list_recipients",
                "Lists the recipients that were added", tag: "campaigns",
                permission: .viewCampaigns, query: Route.Parameter.paging,
                answer: .page("recipients", of: Campaigns.recipient), errors: [.invalidCursor]
            ) { call in
                try await campaigns.listRecipients(
                    call.caller, call.parameter("id"), call.page
                ).json("recipients")
            },
            Route(
                .post, "/v1/campaigns/{id}/recipients/remove", "remove_recipients",
                "Takes recipients away that were added", tag: "campaigns",
                permission: .manageCampaigns,
                body: .json(
                    .fields([
                        .required(
                            "user_ids", .array(.userID, 1...InputLimits.targetsPerCall))
                    ])),
                answer: .fields([.required("removed", .count), .required("total", .count)]),
                errors: [.actionNotAllowed]
            ) { try await campaigns.removeRecipients($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .post, "/v1/campaigns/{id}/estimate", "estimate_campaign",
                "Says how many sends, how much quota and how long a launch would take",
                tag: "campaigns", permission: .viewCampaigns, answer: Campaigns.estimate,
                errors: [.actionNotAllowed, .templateNotPublished, .validationFailed]
            ) { try await campaigns.estimate($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/rehearse", "rehearse_campaign",
                "Renders the message of everybody in the audience, and sends nothing",
                tag: "campaigns", permission: .manageCampaigns, answer: Campaigns.rehearsal,
                errors: [.actionNotAllowed, .templateNotPublished, .validationFailed]
            ) { try await campaigns.rehearse($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/test", "test_campaign",
                "Sends the message to one recipient, as a run that is marked as a test",
                tag: "campaigns", permission: .manageCampaigns, body: .json(Campaigns.testing),
                status: 202, answer: CampaignShapes.campaign,
                errors: [
                    .actionNotAllowed, .templateNotPublished, .quotaExceeded, .limitReached,
                ]
            ) { try await campaigns.test($0.caller, $0.parameter("id"), $0.body) },
        ]
    }

    private static func upload(
        _ call: Call, _ pipe: BytePipe, _ format: AudienceFormat, _ campaigns: Campaigns
    ) async throws -> JSONValue {
        // Whatever is left of the body.
        defer { pipe.close() }
        return try await campaigns.uploadRecipients(
            call.caller, call.parameter("id"), pipe, format: format)
    }

    private static func actions(_ control: ControlPlane) -> [Route] {
        let campaigns = control.campaigns
        let campaign = CampaignShapes.campaign
        let launchErrors: [ErrorCode] = [
            .actionNotAllowed, .templateNotPublished, .audienceEmpty, .quotaExceeded,
            .limitReached, .validationFailed,
        ]
        return [
            Route(
                .post, "/v1/campaigns/{id}/start", "start_campaign", "Starts a campaign now",
                tag: "actions", permission: .manageCampaigns, answer: campaign,
                errors: launchErrors
            ) { try await campaigns.start($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/schedule", "schedule_campaign",
                "Lets a campaign start by itself at a time", tag: "actions",
                permission: .manageCampaigns, body: .json(Campaigns.scheduling), answer: campaign,
                errors: launchErrors
            ) { try await campaigns.schedule($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .post, "/v1/campaigns/{id}/unschedule", "unschedule_campaign",
                "Makes a scheduled campaign a draft again", tag: "actions",
                permission: .manageCampaigns, answer: campaign, errors: [.actionNotAllowed]
            ) { try await campaigns.unschedule($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/pause", "pause_campaign",
                "Pauses a campaign; answers when no further request of it can begin",
                tag: "actions", permission: .manageCampaigns, answer: Campaigns.receipt,
                errors: [.actionNotAllowed]
            ) { try await campaigns.pause($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/resume", "resume_campaign",
                "Lets a paused campaign go on with what is pending", tag: "actions",
                permission: .manageCampaigns, answer: campaign,
                errors: [.actionNotAllowed, .quotaExceeded]
            ) { try await campaigns.resume($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/stop", "stop_campaign",
                "Stops a campaign for good; answers when no further request of it can begin",
                tag: "actions", permission: .manageCampaigns, answer: Campaigns.receipt,
                errors: [.actionNotAllowed]
            ) { try await campaigns.stop($0.caller, $0.parameter("id")) },
            Route(
                .post, "/v1/campaigns/{id}/retry_failed", "retry_failed",
                "Sends again what did not arrive, by how it ended and why", tag: "actions",
                permission: .manageCampaigns,
                body: .json(Campaigns.retrying, isRequired: false),
                answer: .fields([
                    .required("retried", .count), .required("campaign", campaign),
                ]), errors: [.actionNotAllowed, .audienceEmpty]
            ) { try await campaigns.retryFailed($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .post, "/v1/campaigns/{id}/trigger", "trigger_campaign",
                "Starts a run of an API-triggered campaign; one key, one run", tag: "actions",
                permission: .sendNotifications,
                body: .json(Campaigns.triggering, isRequired: false), status: 202,
                answer: Campaigns.run, errors: launchErrors
            ) { try await campaigns.trigger($0.caller, $0.parameter("id"), $0.body) },
        ]
    }
}

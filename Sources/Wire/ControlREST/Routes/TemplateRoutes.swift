import Control
import ControlDirectory
import ControlMessages
import JSON

/// Message templates, their versions, and how they look.
enum TemplateRoutes {
    static func all(_ control: ControlPlane) -> [Route] {
        resources(control) + versions(control) + decisions(control) + previews(control)
    }

    private static func resources(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/templates", "create_template",
                "Makes a template with its first version, a draft", tag: "templates",
                permission: .manageCampaigns, body: .json(Templates.creation), status: 201,
                answer: Templates.shape, errors: [.alreadyExists, .limitReached]
            ) { try await control.templates.create($0.caller, $0.body) },
            Route(
                .get, "/v1/templates", "list_templates", "Lists the templates", tag: "templates",
                permission: .viewCampaigns, query: Route.Parameter.paging,
                answer: .page("templates", of: Templates.shape), errors: [.invalidCursor]
            ) { try await control.templates.list($0.caller, $0.page).json("templates") },
            Route(
                .get, "/v1/templates/{id}", "get_template",
                "Shows a template with its latest version", tag: "templates",
                permission: .viewCampaigns, answer: Templates.shape
            ) { try await control.templates.get($0.caller, $0.parameter("id")) },
            Route(
                .patch, "/v1/templates/{id}", "update_template",
                "Changes what describes a template", tag: "templates",
                permission: .manageCampaigns, body: .json(Templates.change),
                answer: Templates.shape
            ) { try await control.templates.update($0.caller, $0.parameter("id"), $0.body) },
            Route(
                .delete, "/v1/templates/{id}", "delete_template",
                "Deletes a template that no campaign needs any more", tag: "templates",
                permission: .manageCampaigns, successes: [.init(status: 204, content: .empty)],
                errors: [.referenceInUse]
            ) {
                try await control.templates.delete($0.caller, $0.parameter("id"))
                return .empty(status: 204)
            },
        ]
    }

    private static func versions(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/templates/{id}/versions", "create_template_version",
                "Adds a version, a draft", tag: "templates", permission: .manageCampaigns,
                body: .json(Templates.versionCreation), status: 201, answer: Templates.version,
                errors: [.limitReached]
            ) {
                try await control.templates.createVersion(
                    $0.caller, $0.parameter("id"), $0.body)
            },
            Route(
                .get, "/v1/templates/{id}/versions", "list_template_versions",
                "Lists a template's versions, the oldest first", tag: "templates",
                permission: .viewCampaigns, query: Route.Parameter.paging,
                answer: .page("versions", of: Templates.version), errors: [.invalidCursor]
            ) {
                try await control.templates.listVersions(
                    $0.caller, $0.parameter("id"), $0.page
                ).json("versions")
            },
            Route(
                .get, "/v1/templates/{id}/versions/{version}", "get_template_version",
                "Shows a version", tag: "templates", permission: .viewCampaigns,
                answer: Templates.version
            ) {
                try await control.templates.getVersion(
                    $0.caller, $0.parameter("id"), $0.parameter("version"))
            },
        ]
    }

    private static func decisions(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/templates/{id}/versions/{version}/publish",
                "publish_template_version", "Lets campaigns send a draft", tag: "templates",
                permission: .manageCampaigns, answer: Templates.version,
                errors: [.actionNotAllowed]
            ) {
                try await control.templates.publish(
                    $0.caller, $0.parameter("id"), $0.parameter("version"))
            },
            Route(
                .post, "/v1/templates/{id}/versions/{version}/reject", "reject_template_version",
                "Ends a draft without it ever being sent", tag: "templates",
                permission: .manageCampaigns, body: .json(Templates.rejection),
                answer: Templates.version, errors: [.actionNotAllowed]
            ) {
                try await control.templates.reject(
                    $0.caller, $0.parameter("id"), $0.parameter("version"), $0.body)
            },
        ]
    }

    private static func previews(_ control: ControlPlane) -> [Route] {
        [
            Route(
                .post, "/v1/templates/{id}/preview", "preview_template",
                "Renders the latest version for a stored or a made-up user", tag: "templates",
                permission: .manageCampaigns,
                body: .json(Templates.previewRequest, isRequired: false),
                answer: Templates.preview
            ) {
                try await control.templates.preview(
                    $0.caller, $0.parameter("id"), version: nil, $0.body)
            },
            Route(
                .post, "/v1/templates/{id}/versions/{version}/preview",
                "preview_template_version", "Renders a version for a stored or a made-up user",
                tag: "templates", permission: .manageCampaigns,
                body: .json(Templates.previewRequest, isRequired: false),
                answer: Templates.preview
            ) {
                try await control.templates.preview(
                    $0.caller, $0.parameter("id"), version: $0.parameter("version"), $0.body)
            },
        ]
    }
}

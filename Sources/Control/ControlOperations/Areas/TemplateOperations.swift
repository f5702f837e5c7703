import Control
import ControlDirectory
import ControlMessages
import JSON

/// Message templates, their versions, and how they look.
enum TemplateOperations {
    static func all(_ control: ControlPlane) -> [Operation] {
        resources(control) + versions(control) + decisions(control) + previews(control)
    }

    private static func resources(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_template",
                "Makes a template with its first version, a draft", area: "templates",
                permission: .manageCampaigns, input: .json(Templates.creation), outcome: .created,
                answer: Templates.shape, errors: [.alreadyExists, .limitReached]
            ) { try await control.templates.create($0.caller, $0.body) },
            Operation(
                .reads, "list_templates",
                "Lists the templates", area: "templates",
                permission: .viewCampaigns, parameters: Operation.Parameter.paging,
                answer: .page("templates", of: Templates.shape), errors: [.invalidCursor]
            ) { try await control.templates.list($0.caller, $0.page).json("templates") },
            Operation(
                .reads, "get_template", ids: ["id"],
                "Shows a template with its latest version", area: "templates",
                permission: .viewCampaigns, answer: Templates.shape
            ) { try await control.templates.get($0.caller, $0.id("id")) },
            Operation(
                .settles, "update_template", ids: ["id"],
                "Changes what describes a template", area: "templates",
                permission: .manageCampaigns, input: .json(Templates.change),
                answer: Templates.shape
            ) { try await control.templates.update($0.caller, $0.id("id"), $0.body) },
            Operation(
                .settles, "delete_template", ids: ["id"],
                "Deletes a template that no campaign needs any more", area: "templates",
                permission: .manageCampaigns, successes: [.done],
                errors: [.referenceInUse]
            ) {
                try await control.templates.delete($0.caller, $0.id("id"))
                return .done
            },
        ]
    }

    private static func versions(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "create_template_version", ids: ["id"],
                "Adds a version, a draft", area: "templates", permission: .manageCampaigns,
                input: .json(Templates.versionCreation), outcome: .created,
                answer: Templates.version,
                errors: [.limitReached]
            ) {
                try await control.templates.createVersion(
                    $0.caller, $0.id("id"), $0.body)
            },
            Operation(
                .reads, "list_template_versions", ids: ["id"],
                "Lists a template's versions, the oldest first", area: "templates",
                permission: .viewCampaigns, parameters: Operation.Parameter.paging,
                answer: .page("versions", of: Templates.version), errors: [.invalidCursor]
            ) {
                try await control.templates.listVersions(
                    $0.caller, $0.id("id"), $0.page
                ).json("versions")
            },
            Operation(
                .reads, "get_template_version", ids: ["id", "version"],
                "Shows a version", area: "templates", permission: .viewCampaigns,
                answer: Templates.version
            ) {
                try await control.templates.getVersion(
                    $0.caller, $0.id("id"), $0.id("version"))
            },
        ]
    }

    private static func decisions(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .acts, "publish_template_version", ids: ["id", "version"],
                "Lets campaigns send a draft", area: "templates",
                permission: .manageCampaigns, answer: Templates.version,
                errors: [.actionNotAllowed]
            ) {
                try await control.templates.publish(
                    $0.caller, $0.id("id"), $0.id("version"))
            },
            Operation(
                .acts, "reject_template_version", ids: ["id", "version"],
                "Ends a draft without it ever being sent", area: "templates",
                permission: .manageCampaigns, input: .json(Templates.rejection),
                answer: Templates.version, errors: [.actionNotAllowed]
            ) {
                try await control.templates.reject(
                    $0.caller, $0.id("id"), $0.id("version"), $0.body)
            },
        ]
    }

    private static func previews(_ control: ControlPlane) -> [Operation] {
        [
            Operation(
                .reads, "preview_template", ids: ["id"],
                "Renders the latest version for a stored or a made-up user", area: "templates",
                permission: .manageCampaigns,
                input: .json(Templates.previewRequest, isRequired: false),
                answer: Templates.preview
            ) {
                try await control.templates.preview(
                    $0.caller, $0.id("id"), version: nil, $0.body)
            },
            Operation(
                .reads, "preview_template_version", ids: ["id", "version"],
                "Renders a version for a stored or a made-up user",
                area: "templates", permission: .manageCampaigns,
                input: .json(Templates.previewRequest, isRequired: false),
                answer: Templates.preview
            ) {
                try await control.templates.preview(
                    $0.caller, $0.id("id"), version: $0.id("version"), $0.body)
            },
        ]
    }
}

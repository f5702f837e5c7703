package import ControlDirectory
import Jinja

extension Templates {
    /// A version of a template, as it is shown.
    package static let version = Shape.named(
        "TemplateVersion",
        .fields([
            .required("template_id", .id), .required("version", .integer(1 ... .max)),
            .required("state", .choice(TemplateState.allCases.map(\.rawValue))),
            .required("content", TemplateContent.shape),
            .required("variable_schema", .nullable(.jsonObject)),
            .required("reason", .nullable(.text(0...InputLimits.descriptionLength))),
            .required("created_at", .time), .required("decided_at", .nullable(.time)),
            .optional("warnings", warnings),
        ]))

    /// A template, as it is shown.
    package static let shape = Shape.named(
        "Template",
        .fields([
            .required("id", .id), .required("name", .text(0...InputLimits.nameLength)),
            .required("description", .text(0...InputLimits.descriptionLength)),
            .required("channel_type", .choice(Medium.names)),
            .required("message_type", .choice(MessageType.allCases.map(\.rawValue))),
            .required("latest_version", .integer(1 ... .max)),
            .required(
                "published_version",
                .nullable(.integer(1 ... .max)).describedAs("The newest that is published.")),
            .required("created_at", .time), .required("updated_at", .time),
            .optional("latest", version.describedAs("Where one template is shown.")),
            .optional("warnings", warnings),
        ]))

    private static let warnings = Shape.array(FieldMistake.shape, 0...InputLimits.mistakes)
        .describedAs("What is only suspicious; where a version is made.")

    private static let texts: [FieldShape] = [
        .optional("description", .text(0...InputLimits.descriptionLength))
    ]

    /// What is told to make a further version.
    package static let versionCreation = Shape.named(
        "TemplateVersionCreation",
        .fields([
            .required("content", TemplateContent.shape), .optional("variable_schema", schema),
        ]))

    private static let schema = Shape.nullable(.jsonObject).describedAs(
        "A JSON Schema of an object: type, properties, required, items, default and "
            + "additionalProperties. Without it any variable may be read.")

    /// What is told to make a template with its first version.
    package static let creation = Shape.named(
        "TemplateCreation",
        .fields(
            [
                .optional("id", .id), .required("name", .text(1...InputLimits.nameLength)),
                .required("channel_type", .choice(Medium.names)),
                .required("message_type", .choice(MessageType.allCases.map(\.rawValue))),
                .required("content", TemplateContent.shape), .optional("variable_schema", schema),
            ] + texts))

    /// What of a template can be changed; what is left out stays.
    package static let change = Shape.named(
        "TemplateChange",
        .fields([.optional("name", .text(1...InputLimits.nameLength))] + texts))

    /// Why a version is not to be published.
    package static let rejection = Shape.named(
        "TemplateRejection",
        .fields([.required("reason", .text(1...InputLimits.descriptionLength))]))

    /// A user as it is shown; every field may be left out.
    private static let sample = Shape.named(
        "SampleUser",
        .fields([
            .optional("id", .userID), .optional("name", .nullable(sampleText)),
            .optional("locale", .nullable(sampleText)),
            .optional("timezone", .nullable(sampleText)),
            .optional("tags", .array(.text(1...InputLimits.tagLength), 0...InputLimits.tags)),
            .optional("consent", .jsonObject), .optional("attributes", .jsonObject),
            .optional("endpoints", .array(.jsonObject, 0...InputLimits.endpoints)),
            .optional("last_active_at", .nullable(.time)), .optional("created_at", .time),
            .optional("updated_at", .time),
        ]))
    private static let sampleText = Shape.text(0...InputLimits.nameLength)

    /// For whom a preview is to be rendered.
    package static let previewRequest = Shape.named(
        "TemplatePreviewRequest",
        .fields([
            .optional("variables", .jsonObject),
            .optional("user_id", Shape.userID.describedAs("A stored user to be the receiver.")),
            .optional("sender_id", Shape.userID.describedAs("A stored user to be the sender.")),
            .optional("sample", sample.describedAs("A made-up user to be the receiver.")),
        ]))

    /// The request that would be sent.
    package static let preview = Shape.named(
        "TemplatePreview",
        .fields([
            .required("method", .text(1...16)),
            .required(
                "url",
                .nullable(.text(1...8_192)).describedAs(
                    "Null where neither template, provider nor receiver has one.")),
            .required(
                "headers",
                .map(.text(0...16_384), namesMax: 64).describedAs(
                    "Those of the provider are masked.")),
            .required("body", .text(0...Int(Int32.max))),
            .required("missing_variables", .array(.text(0...4_096), 0...1_000)),
            .required("bytes", Shape.count.describedAs("Of the body.")),
        ]))
}

/// What may be done with a version of a template.
package enum TemplateState: String, CaseIterable, Sendable {
    case draft
    case published
    case rejected

    /// What leads on from here.
    var actions: [String] { self == .draft ? ["publish", "reject"] : [] }
}

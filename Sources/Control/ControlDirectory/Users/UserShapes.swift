import Audience
import Providers

/// What users look like on the way in and out.
package enum UserShapes {
    private static let name = Shape.text(1...InputLimits.nameLength)

    private static let locale = Shape.string(
        TextRule(
            2...UserLimits.localeLength, pattern: "^[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*$",
            expectation: "expected a language tag (BCP 47), such as en or pt-BR"
        ) {
            switch $0 {
            case "A"..."Z", "a"..."z", "0"..."9", "-": true
            default: false
            }
        })

    private static let timezone = Shape.text(1...UserLimits.timezoneLength)
        .describedAs("A name of the IANA time zone database, such as Europe/Berlin.")

    private static let tags = Shape.array(
        .text(1...InputLimits.tagLength), 0...InputLimits.tags
    ).describedAs("Each tag once.")

    private static let consent = Shape.fields(
        Medium.allCases.map { .optional($0.rawValue, .choice(["granted", "denied"])) }
    ).describedAs("By type of channels; what is not named follows the app's consent_default.")

    private static let url = Shape.string(
        TextRule(
            8...InputLimits.urlLength, pattern: "^https?://[!-~]+$",
            expectation: "expected printable ASCII"
        ) { (0x21...0x7E).contains($0.value) })

    private static let endpointID = TextRule(
        1...UserLimits.endpointIDLength, pattern: TextRule.id.pattern,
        expectation: TextRule.id.expectation, isAllowed: TextRule.id.isAllowed)

    private static let endpoint = Shape.named(
        "Endpoint",
        .fields([
            .required("id", .string(endpointID)),
            .required("type", .choice(ProviderKind.names)), .required("url", url),
        ]))

    private static let endpointInput = Shape.named(
        "EndpointInput",
        .fields([
            .required("type", .choice(ProviderKind.names)), .required("url", url),
            .optional("id", .string(endpointID)),
        ]))

    /// A user as it is shown.
    package static let user = Shape.named(
        "User",
        .fields([
            .required("id", .userID), .required("name", .nullable(name)),
            .required("locale", .nullable(locale)), .required("timezone", .nullable(timezone)),
            .required("attributes", .jsonObject), .required("tags", tags),
            .required("consent", consent),
            .required("endpoints", .array(endpoint, 0...InputLimits.endpoints)),
            .required("last_active_at", .nullable(.time)),
            .required("created_at", .time), .required("updated_at", .time),
        ]))

    private static let fields: [FieldShape] = [
        .optional("name", .nullable(name)), .optional("locale", .nullable(locale)),
        .optional("timezone", .nullable(timezone)),
        .optional(
            "attributes",
            .jsonObject.describedAs("At most 32 KiB of JSON; declared attributes are checked.")),
        .optional("tags", tags), .optional("consent", consent),
        .optional("endpoints", .array(endpointInput, 0...InputLimits.endpoints)),
        .optional("last_active_at", .nullable(.time)),
    ]

    /// A user to be made.
    package static let creation = Shape.named(
        "UserCreation", .fields([.required("id", .userID)] + fields))

    /// A user to be made or replaced: what is not named is emptied, but `consent` and
    /// `last_active_at` stay.
    package static let replacement = Shape.named("UserReplacement", .fields(fields))

    /// What is to change of a user: attributes are merged (RFC 7386), other fields are replaced.
    package static let change = Shape.named("UserChange", .fields(fields))

    /// One thing that is wrong with one of several items.
    package static let itemError = Shape.named(
        "ItemError",
        .fields([
            .required("index", .count), .required("path", .text(0...4_096)),
            .required("code", .text(1...64)), .required("message", .text(1...4_096)),
        ]))

    /// Users to be made or replaced together.
    package static let bulk = Shape.named(
        "UserBulk",
        .fields([
            .required(
                "users",
                .array(
                    .jsonObject.describedAs(
                        "A UserCreation; one that breaks a rule does not stop the others."),
                    1...InputLimits.bulkUsers))
        ]))

    /// What became of them.
    package static let bulkAnswer = Shape.named(
        "UserBulkAnswer",
        .fields([
            .required("created", .count), .required("updated", .count),
            .required("rejected", .count),
            .required("errors", .array(itemError, 0...InputLimits.bulkUsers)),
        ]))

    /// What became of an import.
    package static let importAnswer = Shape.named(
        "UserImportAnswer",
        .fields([
            .required("rows", .count), .required("created", .count),
            .required("updated", .count), .required("rejected", .count),
            .required(
                "errors",
                .array(
                    .fields([
                        .required("line", .count), .required("code", .text(1...64)),
                        .required("message", .text(1...4_096)),
                        .optional("path", .text(0...4_096)),
                    ]), 0...InputLimits.importErrors)),
            .required("errors_omitted", .count), .required("seconds", .number(0...1e9)),
        ]))

    /// Which users are asked for, in what order.
    package static let query = Shape.named(
        "UserQuery", .fields(FilteredList.input(limitMax: InputLimits.pageSize.upperBound)))
}

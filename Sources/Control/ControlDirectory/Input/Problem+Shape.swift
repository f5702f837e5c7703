extension Problem {
    /// The shape of every failure.
    package static let shape = Shape.fields([
        .required("type", .text(1...200)), .required("title", .text(1...200)),
        .required("status", .integer(400...599)), .required("detail", .text(0...4_096)),
        .required("code", .choice(ErrorCode.allCases.map(\.rawValue))),
        .optional("errors", .array(FieldMistake.shape, 0...1_000)),
        .optional("permission", .text(1...64).describedAs("What the key lacks.")),
        .optional("line", .integer(1 ... .max).describedAs("Where the body is not JSON.")),
        .optional("column", .integer(1 ... .max).describedAs("Where the body is not JSON.")),
        .optional("state", .text(1...64).describedAs("The state that does not allow the action.")),
        .optional(
            "allowed_actions",
            .array(.text(1...64), 0...64).describedAs("The actions that it allows.")),
        .optional("rows", .count.describedAs("Of an upload that broke off.")),
        .optional("created", .count.describedAs("Of an upload that broke off.")),
        .optional("updated", .count.describedAs("Of an upload that broke off.")),
        .optional("rejected", .count.describedAs("Of an upload that broke off.")),
        .optional("accepted", .count.describedAs("Of an upload that broke off.")),
        .optional(
            "delivery_status", .text(1...64).describedAs("Of a delivery that did not arrive.")),
        .optional("quota_needed", .count.describedAs("Messages that the audience takes.")),
        .optional("quota_left", .count.describedAs("Messages that are left this month.")),
    ])
}

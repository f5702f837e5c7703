extension FieldMistake {
    /// What answers say of it.
    package static let shape = Shape.named(
        "FieldMistake",
        .fields([
            .required("path", .text(0...4_096)), .required("code", .text(1...64)),
            .required("message", .text(1...4_096)),
            .optional("line", .integer(1 ... .max).describedAs("In a template, from 1.")),
            .optional("column", .integer(1 ... .max).describedAs("In a template, from 1.")),
        ]))
}

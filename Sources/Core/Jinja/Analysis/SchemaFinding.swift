/// What the check of a template against a schema has found.
package struct SchemaFinding: Sendable, CustomStringConvertible {
    /// How much it matters.
    package enum Severity: String, Sendable {
        /// The template cannot work, or a name in it is wrong.
        case error
        /// It works for recipients who have all variables only.
        case warning
    }

    /// Whether the template is to be refused, or its author only told.
    package let severity: Severity
    /// The place in the template and what is wrong there.
    package let diagnostic: TemplateError.Diagnostic

    package var description: String { "\(severity.rawValue): \(diagnostic)" }
}

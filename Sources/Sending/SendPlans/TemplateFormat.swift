package import Jinja

/// What a template file is.
package enum TemplateFormat: String, CaseIterable, Sendable {
    /// A template of the whole text.
    case text
    /// A JSON document whose strings are templates.
    case json

    /// What options say of it.
    package static let help =
        "text: a template of the whole text; json: a JSON document, each string of which may be a "
        + "template whose output is escaped for it."

    /// - Throws: `TemplateError` with every mistake that could be found.
    package func parse(
        _ source: String, name: String, options: TemplateOptions
    ) throws(TemplateError) -> ParsedTemplate {
        switch self {
        case .text: try Template.parse(source, name: name, options: options)
        case .json: try Template.parse(payload: Array(source.utf8), name: name, options: options)
        }
    }
}

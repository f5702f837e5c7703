package import Jinja

/// A setting of a campaign that cannot be used: which one, and why.
package struct CampaignMistake: Error, Sendable, CustomStringConvertible {
    /// The settings that a user can get wrong.
    package enum Field: Hashable, Sendable {
        case template
        case url
        case rate
        case burst
        /// The name of the header.
        case header(String)
        /// The user must allow private networks first.
        case privateNetwork
    }

    /// The setting at fault.
    package let field: Field
    /// A sentence without the field's name, which callers call by their own names.
    package let message: String
    /// Where a template is wrong; nil for every other mistake.
    package let diagnostic: TemplateError.Diagnostic?

    /// Describes a mistake outside templates.
    package init(_ field: Field, _ message: String) {
        self.field = field
        self.message = message
        diagnostic = nil
    }

    /// Describes a mistake in the template of a setting; its message is the diagnostic's.
    package init(_ field: Field, _ diagnostic: TemplateError.Diagnostic) {
        self.field = field
        self.message = diagnostic.description
        self.diagnostic = diagnostic
    }

    package var description: String { message }
}

/// Every mistake that was found in a campaign's settings.
package struct CampaignMistakes: Error, Sendable {
    /// At least one, in the order of the settings.
    package let mistakes: [CampaignMistake]

    /// Gathers mistakes, of which there must be one at least.
    package init(_ mistakes: [CampaignMistake]) { self.mistakes = mistakes }

    /// The mistakes of one field's template.
    init(_ field: CampaignMistake.Field, _ error: TemplateError) {
        mistakes = error.diagnostics.map { CampaignMistake(field, $0) }
    }
}

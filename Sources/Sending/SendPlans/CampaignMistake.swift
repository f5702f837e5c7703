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

    package let field: Field
    /// A sentence without the field's name, which callers call by their own names.
    package let message: String
    /// Where a template is wrong; nil for every other mistake.
    package let diagnostic: TemplateError.Diagnostic?

    package init(_ field: Field, _ message: String) {
        self.field = field
        self.message = message
        diagnostic = nil
    }

    package init(_ field: Field, _ diagnostic: TemplateError.Diagnostic) {
        self.field = field
        self.message = diagnostic.description
        self.diagnostic = diagnostic
    }

    package var description: String { message }
}

/// Every mistake that was found in a campaign's settings.
package struct CampaignMistakes: Error, Sendable {
    package let mistakes: [CampaignMistake]

    package init(_ mistakes: [CampaignMistake]) { self.mistakes = mistakes }

    /// The mistakes of one field's template.
    init(_ field: CampaignMistake.Field, _ error: TemplateError) {
        mistakes = error.diagnostics.map { CampaignMistake(field, $0) }
    }
}

package import JSON

/// Where the variables at top level come from: a recipient's own row, then the campaign, then the
/// defaults of the template's schema.
package struct MessageVariables: Sendable {
    /// Names that some recipient has a value for; empty where no recipient has variables.
    package var recipientNames: Set<String>
    /// The variables of the campaign itself, the same for everybody who has none of the name.
    package var campaign: [String: JSONValue]
    /// The values of the templates' schemas for variables that nobody gives.
    package var defaults: [String: JSONValue]

    /// The variables of a campaign; without arguments none.
    package init(
        recipientNames: Set<String> = [], campaign: [String: JSONValue] = [:],
        defaults: [String: JSONValue] = [:]
    ) {
        self.recipientNames = recipientNames
        self.campaign = campaign
        self.defaults = defaults
    }

    /// The value for recipients who have none of their own.
    package func fallback(_ name: String) -> JSONValue? { campaign[name] ?? defaults[name] }

    func has(_ name: String) -> Bool { recipientNames.contains(name) || fallback(name) != nil }
}

package import Engine
import Foundation
package import Pacing

/// Everything about a campaign but its audience: what `resume` needs, stored with it as JSON.
package struct CampaignDocument: Codable, Equatable, Sendable {
    /// A header whose value may be a template.
    package struct Header: Codable, Equatable, Sendable {
        /// The field's name, in any letter case; never a template.
        package var name: String
        /// The field's value: text, or a template that is rendered for each recipient.
        package var value: String

        /// Takes both as they are; `CampaignTemplates` is what checks them.
        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    /// What messages about mistakes call the body's template, such as the file's name.
    package var templateName: String
    /// The source of the body's template.
    package var template: String
    /// `text` or `json`.
    package var templateFormat: String
    /// Whether any use of a missing variable fails.
    package var strict: Bool
    /// Where requests go: text, or a template that is rendered for each recipient.
    package var url: String
    /// The method of the requests, such as `POST`.
    package var method: String
    /// Header fields beside those that every request carries, in their order.
    package var headers: [Header]
    /// `N[/s|/m|/h]`, or `unlimited`.
    package var rate: String
    /// Tokens that may be taken at once; nil for what the rate allows in 20 ms.
    package var burst: Int?
    /// Most requests under way at once, over all shards.
    package var maxInFlight: Int
    /// Most connections to one host, over all shards.
    package var connections: Int
    /// Threads that render and send.
    package var shards: Int
    /// How long one attempt may take, in milliseconds.
    package var timeoutMilliseconds: Int
    /// Most attempts for one recipient, the first included.
    package var attempts: Int
    /// `at-least-once` or `at-most-once`.
    package var guarantee: String
    /// Whether requests may go to private and loopback addresses.
    package var allowsPrivateNetworks: Bool
    /// `curl`, or `instant` for measurements without a network.
    package var transport: String
    /// Seeds the jitter of retries.
    package var seed: UInt64

    /// Takes the settings as they are; `CampaignTemplates` and `rateLimit()` are what checks them.
    package init(
        templateName: String, template: String, templateFormat: String, url: String,
        method: String, headers: [Header], rate: String, burst: Int?, maxInFlight: Int,
        connections: Int, shards: Int, timeoutMilliseconds: Int, attempts: Int, guarantee: String,
        allowsPrivateNetworks: Bool, transport: String, seed: UInt64, strict: Bool = false
    ) {
        self.templateName = templateName
        self.template = template
        self.templateFormat = templateFormat
        self.strict = strict
        self.url = url
        self.method = method
        self.headers = headers
        self.rate = rate
        self.burst = burst
        self.maxInFlight = maxInFlight
        self.connections = connections
        self.shards = shards
        self.timeoutMilliseconds = timeoutMilliseconds
        self.attempts = attempts
        self.guarantee = guarantee
        self.allowsPrivateNetworks = allowsPrivateNetworks
        self.transport = transport
        self.seed = seed
    }

    /// The guarantee in force: at least once for any text that does not name the other one.
    package var deliveryGuarantee: DeliveryGuarantee {
        guarantee == DeliveryGuarantee.atMostOnce.name ? .atMostOnce : .atLeastOnce
    }

    /// The rate and burst as a limit.
    ///
    /// - Throws: `PacingError` for a rate or a burst that cannot be read or is out of bounds.
    package func rateLimit() throws(PacingError) -> RateLimit {
        try RateLimit(parsing: rate, burst: burst)
    }

    /// The settings as JSON with sorted keys in snake case, so that equal settings are equal texts.
    package func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    /// Reads what `encoded` has written.
    ///
    /// - Throws: `DecodingError` for a text of another shape.
    package static func decoded(_ text: String) throws -> CampaignDocument {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(CampaignDocument.self, from: Data(text.utf8))
    }
}

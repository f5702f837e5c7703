package import Engine
import Foundation
package import Pacing

/// Everything about a campaign but its audience: what `resume` needs, stored with it as JSON.
package struct CampaignDocument: Codable, Equatable, Sendable {
    /// A header whose value may be a template.
    package struct Header: Codable, Equatable, Sendable {
        package var name: String
        package var value: String

        package init(name: String, value: String) {
            self.name = name
            self.value = value
        }
    }

    package var templateName: String
    package var template: String
    /// `text` or `json`.
    package var templateFormat: String
    /// Whether any use of a missing variable fails.
    package var strict: Bool
    package var url: String
    package var method: String
    package var headers: [Header]
    /// `N[/s|/m|/h]`, or `unlimited`.
    package var rate: String
    package var burst: Int?
    package var maxInFlight: Int
    package var connections: Int
    package var shards: Int
    package var timeoutMilliseconds: Int
    package var attempts: Int
    /// `at-least-once` or `at-most-once`.
    package var guarantee: String
    package var allowsPrivateNetworks: Bool
    /// `curl`, or `instant` for measurements without a network.
    package var transport: String
    /// Seeds the jitter of retries.
    package var seed: UInt64

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

    package var deliveryGuarantee: DeliveryGuarantee {
        guarantee == DeliveryGuarantee.atMostOnce.name ? .atMostOnce : .atLeastOnce
    }

    package func rateLimit() throws(PacingError) -> RateLimit {
        try RateLimit(parsing: rate, burst: burst)
    }

    package func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    package static func decoded(_ text: String) throws -> CampaignDocument {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(CampaignDocument.self, from: Data(text.utf8))
    }
}

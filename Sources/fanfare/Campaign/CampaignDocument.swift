import Engine
import Foundation
import Pacing

/// Everything about a campaign but its audience: what `resume` needs, stored with it as JSON.
struct CampaignDocument: Codable, Equatable {
    /// A header whose value may be a template.
    struct Header: Codable, Equatable {
        var name: String
        var value: String
    }

    var templateName: String
    var template: String
    /// `text` or `json`.
    var templateFormat: String
    var url: String
    var method: String
    var headers: [Header]
    /// `N[/s|/m|/h]`, or `unlimited`.
    var rate: String
    var burst: Int?
    var maxInFlight: Int
    var connections: Int
    var shards: Int
    var timeoutMilliseconds: Int
    var attempts: Int
    /// `at-least-once` or `at-most-once`.
    var guarantee: String
    var allowsPrivateNetworks: Bool
    /// `curl`, or `instant` for measurements without a network.
    var transport: String
    /// Seeds the jitter of retries.
    var seed: UInt64

    var deliveryGuarantee: DeliveryGuarantee {
        guarantee == DeliveryGuarantee.atMostOnce.name ? .atMostOnce : .atLeastOnce
    }

    func rateLimit() throws(PacingError) -> RateLimit {
        try RateLimit(parsing: rate, burst: burst)
    }

    func encoded() throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        encoder.keyEncodingStrategy = .convertToSnakeCase
        return String(decoding: try encoder.encode(self), as: UTF8.self)
    }

    static func decoded(_ text: String) throws -> CampaignDocument {
        let decoder = JSONDecoder()
        decoder.keyDecodingStrategy = .convertFromSnakeCase
        return try decoder.decode(CampaignDocument.self, from: Data(text.utf8))
    }
}

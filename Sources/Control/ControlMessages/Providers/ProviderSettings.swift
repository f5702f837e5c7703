package import ControlDirectory
import Engine
package import JSON
package import SendPlans

/// How an app's webhooks are called.
package struct ProviderSettings: Hashable, Sendable {
    /// Fixed or a template; nil: each recipient's own webhook.
    package var url: String?
    /// The method of requests whose template names none.
    package var method = "POST"
    /// Values may be templates, and secret.
    package var headers: [String: String] = [:]
    /// How long one attempt may take, in milliseconds.
    package var timeoutMilliseconds = CampaignDefaults.timeoutMilliseconds
    /// Most attempts for one recipient, the first included.
    package var attempts = CampaignDefaults.attempts
    /// Most requests under way at once, over all campaigns; nil for as many as the engine takes.
    package var maxInFlight: Int?
    /// Most connections to one host; nil for the default of campaigns.
    package var connections: Int?

    /// What holds for an app that has set nothing.
    package init() {}

    /// Stands for the value of every header wherever it is shown.
    package static let mask = "********"

    private static let flights = Shape.integer(1...Int64(EngineLimits.flightsPerShardMax))

    private static func fields(headers: Shape) -> [FieldShape] {
        [
            .optional(
                "url",
                .nullable(.text(1...InputLimits.urlLength)).describedAs(
                    "A URL or a template of one; null: the recipient's own webhook.")),
            .optional("method", .choice(CampaignDefaults.methods)),
            .optional("headers", headers),
            .optional("timeout_ms", .integer(1...3_600_000)),
            .optional("attempts", .integer(1...255)),
            .optional(
                "max_in_flight",
                .nullable(flights).describedAs(
                    "Requests of a campaign on the wire at once; null: as many as the server's.")),
            .optional(
                "connections",
                .nullable(flights).describedAs(
                    "Of a campaign to one host; null: \(CampaignDefaults.connections).")),
        ]
    }

    /// What is told to change a provider; what is left out has its default.
    package static let input = Shape.named(
        "WebhookProviderSettings",
        .fields(
            fields(
                headers: .map(
                    .text(1...InputLimits.headerLength), namesMax: InputLimits.headersPerProvider)))
    )

    /// A provider, as it is shown: header values are hidden.
    package static let shape = Shape.named(
        "Provider",
        .fields(
            [.required("type", .choice(Medium.names))]
                + fields(
                    headers: .map(
                        .choice([mask]), namesMax: InputLimits.headersPerProvider)
                ).map { .required($0.name, $0.shape) }
                + [.required("updated_at", .time)]))

    /// Reads what fits the shape.
    package init(_ json: JSONValue) {
        url = json["url"]?.string
        method = json["method"]?.string ?? method
        headers = json["headers"]?.object?.compactMapValues(\.string) ?? [:]
        timeoutMilliseconds = json["timeout_ms"]?.integer.map(Int.init) ?? timeoutMilliseconds
        attempts = json["attempts"]?.integer.map(Int.init) ?? attempts
        maxInFlight = json["max_in_flight"]?.integer.map(Int.init)
        connections = json["connections"]?.integer.map(Int.init)
    }

    /// As it is stored, or with the headers' values masked as it is shown.
    package func json(isMasked: Bool) -> JSONValue {
        [
            "url": .text(url), "method": .string(method),
            "headers": .object(headers.mapValues { .string(isMasked ? Self.mask : $0) }),
            "timeout_ms": .integer(Int64(timeoutMilliseconds)),
            "attempts": .integer(Int64(attempts)),
            "max_in_flight": maxInFlight.map { .integer(Int64($0)) } ?? .null,
            "connections": connections.map { .integer(Int64($0)) } ?? .null,
        ]
    }

    /// The document of a campaign that sends a template with these settings: at any rate, at least
    /// once.
    ///
    /// - Parameters:
    ///   - content: The template.
    ///   - name: What messages call the template.
    ///   - shards: Dispatcher threads.
    ///   - allowsPrivateNetworks: Whether private addresses may be called.
    ///   - seed: Of the jitter of retries.
    /// - Returns: The document, whose rate and guarantee the caller may change.
    package func document(
        for content: TemplateContent, name: String, shards: Int, allowsPrivateNetworks: Bool,
        seed: UInt64
    ) -> CampaignDocument {
        let connections = connections ?? CampaignDefaults.connections
        var document = CampaignDocument(
            templateName: name, template: "", templateFormat: content.format.rawValue, url: "",
            method: method, headers: [], rate: "unlimited", burst: nil,
            maxInFlight: maxInFlight ?? EngineLimits.flightsPerShardMax, connections: connections,
            shards: shards,
            timeoutMilliseconds: timeoutMilliseconds, attempts: attempts,
            guarantee: DeliveryGuarantee.atLeastOnce.name,
            allowsPrivateNetworks: allowsPrivateNetworks, transport: TransportKind.curl.rawValue,
            seed: seed)
        content.fill(&document, provider: self)
        return document
    }
}

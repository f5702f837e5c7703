import Providers

/// The fields of a user that templates see, beside the id and the attributes.
package enum UserField: String, CaseIterable, Sendable {
    case name
    case locale
    case timezone
    case tags
    case consent
    case endpoints
    case lastActiveAt = "last_active_at"
    case createdAt = "created_at"
    case updatedAt = "updated_at"
    /// The first of the user's own webhooks.
    case webhookURL = "webhook_url"

    /// An SQL expression over a row called `user`.
    var sql: String {
        switch self {
        case .name, .locale, .timezone, .tags, .consent, .endpoints: "user.\(rawValue)"
        case .lastActiveAt, .createdAt, .updatedAt:
            "strftime('%Y-%m-%dT%H:%M:%fZ', user.\(rawValue) / 1000.0, 'unixepoch')"
        case .webhookURL:
            """
            (SELECT json_extract(item.value, '$.url') FROM json_each(user.endpoints) AS item \
            WHERE json_extract(item.value, '$.type') = '\(ProviderKind.webhook.rawValue)' LIMIT 1)
            """
        }
    }

    /// Whether the expression is JSON and not a text.
    var isJSON: Bool {
        switch self {
        case .tags, .consent, .endpoints: true
        default: false
        }
    }
}

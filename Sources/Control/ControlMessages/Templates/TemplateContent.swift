package import ControlDirectory
package import JSON
package import SendPlans

/// What a version of a webhook template says of a request: its body, and whatever of the rest the
/// template decides itself.
package struct TemplateContent: Hashable, Sendable {
    /// Whether the body is text or a JSON document whose strings are templates.
    package let format: TemplateFormat
    /// The template's source.
    package let body: String
    /// The `Content-Type` of messages; nil for the one that the format has.
    package let contentType: String?
    /// Header fields beside the provider's; values may be templates.
    package let headers: [String: String]
    /// Nil: the provider's, or the recipient's own.
    package let url: String?
    /// The method of HTTP; nil for the provider's.
    package let method: String?
    /// Whether any use of a missing variable fails.
    package let isStrict: Bool

    /// The content, as it is given and shown.
    package static let shape = Shape.named(
        "TemplateContent",
        .fields([
            .required("format", .choice(TemplateFormat.allCases.map(\.rawValue))),
            .required(
                "body",
                Shape.json.describedAs(
                    "A template; for the format json a JSON document each string of which may be "
                        + "one, as a string or as the document itself.")),
            .optional("content_type", .text(1...200)),
            .optional(
                "headers",
                .map(
                    .text(1...InputLimits.headerLength), namesMax: InputLimits.headersPerTemplate)),
            .optional("url", .text(1...InputLimits.urlLength)),
            .optional("method", .choice(CampaignDefaults.methods)),
            .optional("strict", .boolean),
        ]))

    /// Reads what fits the shape.
    ///
    /// - Throws: `Problem` where the body does not fit its format.
    package init(_ json: JSONValue, at path: String) throws(Problem) {
        format = json["format"]?.string.flatMap(TemplateFormat.init(rawValue:)) ?? .text
        let place = "\(path)/body"
        switch json["body"] {
        case .string(let text): body = text
        case let value? where format == .json: body = value.encoded
        default:
            throw .invalid(place, "wrong_type", "expected a string, as the format is text")
        }
        guard body.unicodeScalars.count <= InputLimits.templateLength else {
            throw .invalid(
                place, "too_long", "expected at most \(InputLimits.templateLength) characters")
        }
        contentType = json["content_type"]?.string
        headers = json["headers"]?.object?.compactMapValues(\.string) ?? [:]
        url = json["url"]?.string
        method = json["method"]?.string
        isStrict = json["strict"]?.bool ?? false
    }

    /// Fills in what a campaign's document says of its requests.
    ///
    /// The template goes before the provider. Where neither has a URL, each recipient's own webhook
    /// is called.
    package func fill(_ document: inout CampaignDocument, provider: ProviderSettings) {
        document.template = body
        document.templateFormat = format.rawValue
        document.strict = isStrict
        document.url = url ?? provider.url ?? Self.ownURL
        document.method = method ?? provider.method
        document.headers = headers(provider)
    }

    /// The URL of recipients who are reached at their own; empty for those who have none.
    package static let ownURL =
        "{{ receiver.\(UserField.webhookURL.rawValue) | default('') }}"

    /// The template's headers in the order of their names, then what only the provider has.
    private func headers(_ provider: ProviderSettings) -> [CampaignDocument.Header] {
        var headers = headers.sorted { $0.key < $1.key }
        if let contentType { headers.insert(("Content-Type", contentType), at: 0) }
        let names = Set(headers.map { $0.key.lowercased() })
        headers += provider.headers.sorted { $0.key < $1.key }.filter {
            !names.contains($0.key.lowercased())
        }
        if !headers.contains(where: { $0.key.lowercased() == "content-type" }) {
            headers.insert(("Content-Type", CampaignDefaults.contentType), at: 0)
        }
        return headers.map { CampaignDocument.Header(name: $0.key, value: $0.value) }
    }
}

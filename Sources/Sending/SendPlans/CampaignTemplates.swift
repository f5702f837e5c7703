package import Engine
package import Jinja

/// The templates of a campaign: body, URL and header values, parsed before the audience is read and
/// bound to its columns after.
package struct CampaignTemplates: Sendable {
    struct HeaderTemplate: Sendable {
        var name: String
        var value: ParsedTemplate
    }

    let body: ParsedTemplate
    /// `nil` when the URL is the same for everybody.
    let url: ParsedTemplate?
    let headers: [HeaderTemplate]
    /// The headers that are the same for everybody.
    package let fixedFields: [HeaderField]

    /// Parses what a document holds.
    ///
    /// Where its URL leads is not looked up: `Destination` knows.
    ///
    /// - Throws: `CampaignMistakes` with every mistake that could be found; those of templates have
    ///   line and column.
    package init(parsing document: CampaignDocument) throws(CampaignMistakes) {
        var options = TemplateOptions()
        options.keepTrailingNewline = false
        if document.strict { options.undefined = .strict }
        var mistakes: [CampaignMistake] = []
        func parse(
            _ source: String, _ name: String, _ field: CampaignMistake.Field,
            _ format: TemplateFormat = .text
        ) -> ParsedTemplate? {
            do {
                return try format.parse(source, name: name, options: options)
            } catch {
                mistakes += CampaignMistakes(field, error).mistakes
                return nil
            }
        }
        let parsedBody = parse(
            document.template, document.templateName, .template,
            TemplateFormat(rawValue: document.templateFormat) ?? .text)
        var parsedURL: ParsedTemplate?
        if Self.isTemplate(document.url) {
            parsedURL = parse(document.url, "url", .url)
        } else {
            do {
                try TargetCheck.checkURL(document.url)
            } catch {
                mistakes.append(error)
            }
        }
        var parsedHeaders: [HeaderTemplate] = []
        var fixedFields: [HeaderField] = []
        for header in document.headers {
            if Self.isTemplate(header.value) {
                if let value = parse(header.value, "header \(header.name)", .header(header.name)) {
                    parsedHeaders.append(HeaderTemplate(name: header.name, value: value))
                }
            } else {
                if !HeaderField.isValue(header.value.utf8) {
                    mistakes.append(
                        CampaignMistake(.header(header.name), "the value has a control character"))
                }
                fixedFields.append(HeaderField(header.name, header.value))
            }
        }
        // Many gateways refuse or do not log a request without one (RFC 9110, section 10.1.5).
        if !document.headers.contains(where: { $0.name.lowercased() == "user-agent" }) {
            fixedFields.append(HeaderField("User-Agent", Product.userAgent))
        }
        guard mistakes.isEmpty, let parsedBody else { throw CampaignMistakes(mistakes) }
        body = parsedBody
        url = parsedURL
        headers = parsedHeaders
        self.fixedFields = fixedFields
    }

    /// Every place where a template reads a variable.
    package var references: [VariableReference] {
        body.references + (url?.references ?? []) + headers.flatMap(\.value.references)
    }

    /// Resolves the names to columns; see `VariableLayout.init(recipient:)`.
    package func bind(to columns: ColumnTable) throws(CampaignMistakes) -> MessageTemplates {
        try bind(VariableLayout(recipient: columns.names), slotCount: columns.count + 1)
    }

    /// Resolves the names to what a layout says of them.
    ///
    /// - Parameters:
    ///   - layout: Slots of the recipient, and constants.
    ///   - slotCount: How many slots a recipient has.
    /// - Returns: What shards render.
    /// - Throws: `CampaignMistakes` where a constant part of a template cannot be rendered.
    package func bind(
        _ layout: VariableLayout, slotCount: Int
    ) throws(CampaignMistakes) -> MessageTemplates {
        func bind(
            _ template: ParsedTemplate, _ field: CampaignMistake.Field
        ) throws(CampaignMistakes) -> Template {
            do {
                return try template.bind(layout: layout)
            } catch {
                throw CampaignMistakes(field, error)
            }
        }
        return MessageTemplates(
            url: try url.map { template throws(CampaignMistakes) in try bind(template, .url) },
            headers: try headers.map { header throws(CampaignMistakes) in
                MessageTemplates.Header(
                    name: header.name, value: try bind(header.value, .header(header.name)))
            },
            body: try bind(body, .template), slotCount: slotCount)
    }

    /// Whether a text has something to render.
    package static func isTemplate(_ text: String) -> Bool {
        text.contains("{{") || text.contains("{%") || text.contains("{#")
    }
}

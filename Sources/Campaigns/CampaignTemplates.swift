package import Engine
import Foundation
package import Jinja

/// The templates of a campaign: body, URL and header values, parsed before the audience is read and
/// bound to its columns after.
package struct CampaignTemplates: Sendable {
    private struct HeaderTemplate: Sendable {
        var name: String
        var value: ParsedTemplate
    }

    private let body: ParsedTemplate
    /// `nil` when the URL is the same for everybody.
    private let url: ParsedTemplate?
    private let headers: [HeaderTemplate]
    /// The headers that are the same for everybody, as complete lines.
    package let fixedHeaderLines: [String]

    /// Parses what a document holds.
    ///
    /// - Throws: `CampaignMistakes` with every mistake that could be found; those of templates have
    ///   line and column.
    package init(parsing document: CampaignDocument) throws(CampaignMistakes) {
        var options = TemplateOptions()
        options.keepTrailingNewline = false
        var mistakes: [CampaignMistake] = []
        func parse(
            _ source: String, _ name: String, _ field: CampaignMistake.Field,
            _ format: TemplateFormat = .text
        ) -> ParsedTemplate? {
            do {
                return try format.parse(source, name: name, options: options)
            } catch {
                mistakes.append(CampaignMistake(field, "\(error)"))
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
                try TargetCheck.refusePrivateAddress(document)
            } catch {
                mistakes.append(error)
            }
        }
        var parsedHeaders: [HeaderTemplate] = []
        var fixedLines: [String] = []
        for header in document.headers {
            if Self.isTemplate(header.value) {
                if let value = parse(header.value, "header \(header.name)", .header(header.name)) {
                    parsedHeaders.append(HeaderTemplate(name: header.name, value: value))
                }
            } else {
                if TargetCheck.hasControlCharacter(header.value) {
                    mistakes.append(
                        CampaignMistake(.header(header.name), "the value has a control character"))
                }
                fixedLines.append("\(header.name): \(header.value)")
            }
        }
        guard mistakes.isEmpty, let parsedBody else { throw CampaignMistakes(mistakes) }
        body = parsedBody
        url = parsedURL
        headers = parsedHeaders
        fixedHeaderLines = fixedLines
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
        do {
            return MessageTemplates(
                url: try url?.bind(layout: layout),
                headers: try headers.map {
                    MessageTemplates.Header(name: $0.name, value: try $0.value.bind(layout: layout))
                },
                body: try body.bind(layout: layout), slotCount: slotCount)
        } catch {
            throw CampaignMistakes([CampaignMistake(.template, "\(error)")])
        }
    }

    /// Whether a text has something to render.
    package static func isTemplate(_ text: String) -> Bool {
        text.contains("{{") || text.contains("{%") || text.contains("{#")
    }
}

import ControlDirectory
import Engine
import GRDB
import JSON
import Jinja
import SendPlans

/// A version of a template with the provider's settings, as a preview renders it.
struct PreviewTemplate: Sendable {
    private let content: TemplateContent
    private let provider: ProviderSettings
    private let document: CampaignDocument
    private let templates: CampaignTemplates
    let layout: MessageLayout

    init(
        _ template: StoredTemplate, _ provider: ProviderSettings, variables: JSONValue
    ) throws(Problem) {
        content = template.content
        self.provider = provider
        // Where it would go is not called: names need not be resolved.
        document = provider.document(
            for: content, name: "body", shards: 1, allowsPrivateNetworks: true, seed: 0)
        templates = try RequestCheck.parse(document, headers: [:], at: "/content")
        layout = MessageLayout(
            templates.references,
            MessageVariables(
                recipientNames: Set((variables.object ?? [:]).keys), defaults: template.defaults))
    }

    /// Renders the request of one recipient.
    ///
    /// - Parameters:
    ///   - userID: The recipient.
    ///   - columns: What was selected for the layout's columns.
    ///   - scope: What is the same for all recipients.
    /// - Returns: The request, as `Templates.preview` describes it.
    /// - Throws: `Problem` with the place where it failed.
    func render(
        _ userID: String, _ columns: [String?], _ scope: [String: JSONValue]
    ) throws(Problem) -> JSONValue {
        var slots = SlotBuffer()
        slots.append(text: userID)
        for (column, text) in zip(layout.columns, columns) { column.append(text, to: &slots) }
        do throws(CampaignMistakes) {
            var message = try templates.bind(layout.layout(scope), slotCount: layout.slotCount)
            let hasURL = content.url != nil || provider.url != nil || hasOwnURL(columns)
            // Everything else can be shown all the same.
            if !hasURL { message.url = nil }
            return try view(message, &slots, hasURL: hasURL)
        } catch {
            throw .invalid(error.mistakes.map { FieldMistake($0, at: "/content") })
        }
    }

    private func hasOwnURL(_ columns: [String?]) -> Bool {
        zip(layout.columns, columns).contains {
            $0.source == .field(.webhookURL) && !($1 ?? "").isEmpty
        }
    }

    private func view(
        _ message: MessageTemplates, _ slots: inout SlotBuffer, hasURL: Bool
    ) throws(CampaignMistakes) -> JSONValue {
        let preview: MessagePreview
        do {
            preview = try MessagePreview(message, slots: &slots)
        } catch {
            throw CampaignMistakes([Self.mistake(error)])
        }
        var url: String?
        if hasURL { url = preview.url ?? document.url }
        return [
            "method": .string(document.method), "url": .text(url),
            "headers": .object(headers(preview)), "body": .string(preview.body),
            "missing_variables": .array(preview.missing.map { .string($0) }),
            "bytes": .integer(Int64(preview.body.utf8.count)),
        ]
    }

    /// The headers with the provider's masked: they may be secrets.
    private func headers(_ preview: MessagePreview) -> [String: JSONValue] {
        var headers: [String: JSONValue] = [:]
        for header in document.headers { headers[header.name] = .string(header.value) }
        for (name, value) in preview.headers { headers[name] = .string(value) }
        let own = Set(content.headers.keys.map { $0.lowercased() })
        for name in provider.headers.keys where !own.contains(name.lowercased()) {
            if headers[name] != nil { headers[name] = .string(ProviderSettings.mask) }
        }
        return headers
    }

    private static func mistake(_ refusal: MessagePreview.Refusal) -> CampaignMistake {
        switch refusal {
        case .template(let failure):
            let field: CampaignMistake.Field
            if failure.template == "url" {
                field = .url
            } else if failure.template.hasPrefix("header ") {
                field = .header(String(failure.template.dropFirst("header ".count)))
            } else {
                field = .template
            }
            return CampaignMistake(field, TemplateError.Diagnostic(failure))
        case .result(let reason):
            let message = "what is rendered cannot be sent: \(reason.label(code: 0))"
            switch reason {
            case .urlInvalid: return CampaignMistake(.url, message)
            case .headerInvalid: return CampaignMistake(.header(""), message)
            default: return CampaignMistake(.template, message)
            }
        }
    }
}

import Engine
import Foundation
import Jinja

/// The templates of a campaign: body, URL and header values, parsed before the audience is read and
/// bound to its columns after.
struct CampaignTemplates {
    private struct HeaderTemplate {
        var name: String
        var value: ParsedTemplate
    }

    private let body: ParsedTemplate
    /// `nil` when the URL is the same for everybody.
    private let url: ParsedTemplate?
    private let headers: [HeaderTemplate]
    /// The headers that are the same for everybody, as complete lines.
    let fixedHeaderLines: [String]

    /// Parses what a document holds.
    ///
    /// - Throws: `CommandFailure` with every mistake that could be found, with line and column.
    init(parsing document: CampaignDocument) throws {
        var options = TemplateOptions()
        options.keepTrailingNewline = false
        var problems: [String] = []
        func parse(
            _ source: String, _ name: String, _ format: TemplateFormat = .text
        ) -> ParsedTemplate? {
            do {
                return try format.parse(source, name: name, options: options)
            } catch {
                problems.append("\(error)")
                return nil
            }
        }
        let parsedBody = parse(
            document.template, document.templateName,
            TemplateFormat(rawValue: document.templateFormat) ?? .text)
        var parsedURL: ParsedTemplate?
        if Self.isTemplate(document.url) {
            parsedURL = parse(document.url, "--webhook")
        } else {
            try Self.checkURL(document.url)
            try TargetCheck.refusePrivateAddress(document)
        }
        var parsedHeaders: [HeaderTemplate] = []
        var fixedLines: [String] = []
        for header in document.headers {
            if Self.isTemplate(header.value) {
                if let value = parse(header.value, "--header \(header.name)") {
                    parsedHeaders.append(HeaderTemplate(name: header.name, value: value))
                }
            } else {
                guard !Self.hasControlCharacter(header.value) else {
                    throw CommandFailure.usage(
                        "--header: the value of \(header.name) has a control character")
                }
                fixedLines.append("\(header.name): \(header.value)")
            }
        }
        guard problems.isEmpty, let parsedBody else {
            throw CommandFailure.usage(problems.joined(separator: "\n"))
        }
        body = parsedBody
        url = parsedURL
        headers = parsedHeaders
        fixedHeaderLines = fixedLines
    }

    /// Resolves the names to columns; see `VariableLayout.init(recipient:)`.
    func bind(to columns: ColumnTable) throws -> MessageTemplates {
        let layout = VariableLayout(recipient: columns.names)
        do {
            return MessageTemplates(
                url: try url?.bind(layout: layout),
                headers: try headers.map {
                    MessageTemplates.Header(name: $0.name, value: try $0.value.bind(layout: layout))
                },
                body: try body.bind(layout: layout), slotCount: columns.count + 1)
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }

    private static func isTemplate(_ text: String) -> Bool {
        text.contains("{{") || text.contains("{%") || text.contains("{#")
    }

    private static func hasControlCharacter(_ text: String) -> Bool {
        text.utf8.contains { ($0 < 0x20 && $0 != UInt8(ascii: "\t")) || $0 == 0x7F }
    }

    /// A URL that is the same for everybody is checked before anything is read.
    private static func checkURL(_ text: String) throws {
        let components = URLComponents(string: text)
        let scheme = components?.scheme?.lowercased()
        guard let components, scheme == "http" || scheme == "https",
            let host = components.host, !host.isEmpty,
            (1...65_535).contains(components.port ?? 80),
            !text.utf8.contains(UInt8(ascii: " ")), !hasControlCharacter(text)
        else {
            throw CommandFailure.usage(
                "--webhook: “\(text)” is no URL of the form http://host/path or https://host/path")
        }
        guard components.user == nil, components.password == nil else {
            throw CommandFailure.usage(
                "--webhook: a URL with a user name or password is refused; use --header 'Authorization: …'"
            )
        }
    }
}

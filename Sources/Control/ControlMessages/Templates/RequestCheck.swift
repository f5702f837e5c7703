import ControlDirectory
import Engine
import Jinja
import SendPlans

/// Finds what is wrong with the templates and settings of a request, and says where in an input.
enum RequestCheck {
    /// Names that templates may use whatever the variables are.
    static let scope = ["receiver", "sender", "campaign", "channel"]

    /// Parses and compiles everything that a document renders.
    ///
    /// Where its URL leads is another check, `destination(of:_:at:)`.
    ///
    /// - Parameters:
    ///   - document: What would be sent.
    ///   - headers: The headers that the input has, by the names in it.
    ///   - path: Where in the input body, URL and headers are.
    /// - Returns: The templates, which bind to any layout.
    /// - Throws: `Problem` with every mistake that could be found.
    static func parse(
        _ document: CampaignDocument, headers: [String: String], at path: String
    ) throws(Problem) -> CampaignTemplates {
        var mistakes = self.mistakes(in: headers, at: path)
        do {
            let templates = try CampaignTemplates(parsing: document)
            if mistakes.isEmpty {
                try templates.checkLimits()
                return templates
            }
        } catch {
            mistakes += error.mistakes.map { FieldMistake($0, at: path) }
        }
        throw .invalid(Array(mistakes.prefix(InputLimits.mistakes)))
    }

    /// Refuses a document whose one host is private; waits for the resolving of a name.
    ///
    /// - Throws: `Problem` with the place of the URL.
    static func destination(
        of document: CampaignDocument, _ destinations: Destinations, at path: String
    ) async throws(Problem) {
        do throws(CampaignMistake) {
            try await destinations.check(document)
        } catch {
            throw .invalid([FieldMistake(error, at: path)])
        }
    }

    private static func mistakes(
        in headers: [String: String], at path: String
    ) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        var seen: Set<String> = []
        for (name, value) in headers.sorted(by: { $0.key < $1.key }) {
            do throws(CampaignMistake) {
                try CampaignDocument.Header(name: name, value: value).check()
                guard seen.insert(name.lowercased()).inserted else {
                    throw CampaignMistake(.header(name), "\(name) is there twice")
                }
            } catch {
                mistakes.append(FieldMistake(error, at: path))
            }
        }
        return mistakes
    }

    /// Checks the variables that templates read against a schema.
    ///
    /// - Returns: What is only suspicious.
    /// - Throws: `Problem` with what is wrong.
    static func variables(
        of templates: CampaignTemplates, schema: VariableSchema, at path: String
    ) throws(Problem) -> [FieldMistake] {
        var mistakes: [FieldMistake] = []
        var warnings: [FieldMistake] = []
        for finding in templates.findings(schema.knowing(scope)) {
            let mistake = CampaignMistake(finding.field, finding.finding.diagnostic)
            switch finding.finding.severity {
            case .error: mistakes.append(FieldMistake(mistake, at: path))
            case .warning:
                warnings.append(FieldMistake(mistake, at: path, code: "may_be_missing"))
            }
        }
        guard mistakes.isEmpty else { throw .invalid(Array(mistakes.prefix(InputLimits.mistakes))) }
        let read = Set(templates.references.map(\.path.root))
        for variable in schema.variables where !read.contains(variable.name) {
            warnings.append(
                FieldMistake(
                    path: JSONPointer.appending(variable.name, to: "/variable_schema/properties"),
                    code: "not_used", message: "no template reads this variable"))
        }
        return Array(warnings.prefix(InputLimits.mistakes))
    }
}

extension FieldMistake {
    /// A mistake of a request by its place in an input.
    init(_ mistake: CampaignMistake, at path: String, code: String? = nil) {
        let place: String
        let word: String
        switch mistake.field {
        case .template: (place, word) = ("\(path)/body", "body_invalid")
        case .url: (place, word) = ("\(path)/url", "url_invalid")
        case .privateNetwork: (place, word) = ("\(path)/url", "private_address")
        case .header(let name):
            place = JSONPointer.appending(name, to: "\(path)/headers")
            word = "header_invalid"
        case .rate: (place, word) = ("\(path)/rate", "rate_invalid")
        case .burst: (place, word) = ("\(path)/burst", "burst_invalid")
        }
        guard let diagnostic = mistake.diagnostic else {
            self.init(path: place, code: code ?? word, message: mistake.message)
            return
        }
        self.init(
            path: place, code: code ?? diagnostic.kind.code, message: diagnostic.sentence,
            line: diagnostic.line, column: diagnostic.column)
    }
}

extension TemplateError.Diagnostic {
    /// Place and message; in a payload the place is one within a string of it.
    fileprivate var sentence: String {
        let parts = template.split(separator: "#", maxSplits: 1)
        let field = parts.count > 1 ? "\(parts[1]), " : ""
        return "\(field)line \(line), column \(column): \(message)"
    }
}

extension TemplateError.Diagnostic.Kind {
    fileprivate var code: String {
        switch self {
        case .syntax, .assertion, .notFound: "template_syntax"
        case .limit: "template_limit"
        case .variable: "template_variable"
        }
    }
}

import ArgumentParser
import Jinja
import SendPlans

/// `fanfare template check`.
struct TemplateCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check",
        abstract: "Finds what is wrong with a template before a campaign does.",
        discussion: """
            Reports every syntax error with its line and column, and lists the variables that the \
            template reads; those in brackets may be missing, because a default or an if guards \
            them everywhere.

            With a schema it also reports variables and fields that do not exist, values that \
            are used as what they are not, and variables that may be missing. The schema is a \
            JSON Schema of an object, with type, properties, required, items and default. With a \
            sample it checks the sample against the schema, and renders it.

            EXAMPLES:
              fanfare template check message.json.jinja
              fanfare template check message.json.jinja --schema variables.schema.json \\
                --sample ada.json

            EXIT CODES:
              0  no errors; there may be warnings
              2  errors, or a file cannot be used
            """)

    @OptionGroup var file: TemplateFile

    @Option(help: ArgumentHelp("The variables that there are, as JSON Schema.", valueName: "file"))
    var schema: String?

    @Option(help: ArgumentHelp("One recipient's variables, as JSON.", valueName: "file"))
    var sample: String?

    func run() throws {
        let parsed = try file.parsed()
        let references = parsed.references
        let roots = Set(references.map(\.path.root)).subtracting(["receiver"]).sorted()
        let template = try Self.bind(parsed, to: VariableLayout(recipient: roots))
        report(references)
        if template.isConstant { Terminal.output("the output is the same for every recipient") }

        var problems = Problems()
        let schema = try schema.map { try readSchema($0) }
        if let schema { problems.report(schema, parsed) }
        if let path = sample {
            let sample = try SampleVariables(path: path, option: "--sample")
            if let schema {
                for problem in schema.problems(of: sample.variables) {
                    problems.error("\(path): \(problem)")
                }
            }
            try problems.render(sample, parsed)
        }
        try problems.end()
    }

    /// - Throws: `CommandFailure` if a limit of the compiler is reached.
    static func bind(_ parsed: ParsedTemplate, to layout: VariableLayout) throws -> Template {
        do {
            return try parsed.bind(layout: layout)
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }

    private func readSchema(_ path: String) throws -> VariableSchema {
        let document = try JSONFile.object(path, option: "--schema")
        do {
            return try VariableSchema(document)
        } catch {
            throw CommandFailure.usage("--schema: \(path): \(error)")
        }
    }

    private func report(_ references: [VariableReference]) {
        var guarded: [String: Bool] = [:]
        for reference in references {
            guarded["\(reference.path)", default: true] =
                guarded["\(reference.path)", default: true] && reference.isGuarded
        }
        guard !guarded.isEmpty else { return Terminal.output("variables: none") }
        let names = guarded.sorted { $0.key < $1.key }.map { $0.value ? "[\($0.key)]" : $0.key }
        Terminal.output("variables: \(names.joined(separator: ", "))")
    }

    /// What was found, counted.
    private struct Problems {
        var errors = 0
        var warnings = 0

        mutating func error(_ message: String) {
            errors += 1
            Terminal.output("error: \(message)")
        }

        mutating func warning(_ message: String) {
            warnings += 1
            Terminal.output("warning: \(message)")
        }

        mutating func report(_ schema: VariableSchema, _ parsed: ParsedTemplate) {
            for finding in schema.withReceiver.check(parsed) {
                switch finding.severity {
                case .error: error("\(finding.diagnostic)")
                case .warning: warning("\(finding.diagnostic)")
                }
            }
            let used = Set(parsed.references.map(\.path))
            let throughReceiver = Set(
                used.filter { $0.root == "receiver" }.compactMap { path in
                    if case .field(let name)? = path.steps.first { name } else { nil }
                })
            let unused = schema.unused(by: parsed).filter { !throughReceiver.contains($0) }
            if !unused.isEmpty {
                Terminal.output("note: not used: \(unused.joined(separator: ", "))")
            }
        }

        mutating func render(_ sample: SampleVariables, _ parsed: ParsedTemplate) throws {
            do {
                let template = try TemplateCheckCommand.bind(parsed, to: sample.layout)
                let (output, missing) = try sample.render(template)
                for name in missing {
                    warning("\(name) is missing in the sample and printed empty")
                }
                Terminal.output("the sample renders to \(output.utf8.count) bytes")
            } catch let failure as CommandFailure {
                error(failure.message)
            }
        }

        func end() throws {
            guard errors + warnings > 0 else { return }
            Terminal.output("\(errors) errors, \(warnings) warnings")
            if errors > 0 { throw CommandFailure.usage }
        }
    }
}

extension VariableSchema {
    /// With the object that a template sees of a recipient besides the variables themselves.
    fileprivate var withReceiver: VariableSchema {
        guard !variables.contains(where: { $0.name == "receiver" }) else { return self }
        var schema = self
        let id = Property("id", Shape(.string), isRequired: true)
        schema.variables.append(
            Property(
                "receiver",
                Shape(.object(variables.filter { $0.name != "id" } + [id], isOpen: isOpen)),
                isRequired: true))
        return schema
    }
}

import ArgumentParser
import Jinja
import SendPlans

/// `fanfare template`.
struct TemplateCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "template",
        abstract: "Checks and renders message templates.",
        subcommands: [TemplateCheckCommand.self, TemplateRenderCommand.self])
}

/// The template file of a command and how it is read.
struct TemplateFile: ParsableArguments {
    @Argument(help: ArgumentHelp("The template.", valueName: "file"))
    var template: String

    @Flag(help: "Let any use of a missing variable fail, as with Jinja's StrictUndefined.")
    var strict = false

    @Option(help: ArgumentHelp(TemplateFormat.help, valueName: "text|json"))
    var templateFormat = TemplateFormat.text.rawValue

    /// - Throws: `CommandFailure` with every mistake that could be found.
    func parsed() throws -> ParsedTemplate {
        guard let format = TemplateFormat(rawValue: templateFormat) else {
            throw CommandFailure.usage(
                "--template-format: “\(templateFormat)” is not known; expected text or json")
        }
        let text = try InputFile.text(
            template, option: "the template", bytesMax: CommandLimits.templateBytesMax)
        var options = TemplateOptions()
        if strict { options.undefined = .strict }
        do {
            return try format.parse(text, name: template, options: options)
        } catch {
            throw CommandFailure.usage("\(error)")
        }
    }
}

/// `fanfare template render`.
struct TemplateRenderCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "render",
        abstract: "Renders a template for one recipient.",
        discussion: """
            The output goes to standard output as it would be sent. Variables that were printed \
            although they are missing are listed on standard error.

            The variables are a JSON object, {"name": "Ada"}, or a row of an audience, \
            {"user_id": "u1", "variables": {"name": "Ada"}}. As in a campaign, each is a name at \
            top level and a field of receiver; receiver.id is the user id.

            EXAMPLES:
              fanfare template render message.json.jinja --variables ada.json
              head -1 audience.jsonl > first.json && \\
                fanfare template render message.json.jinja --variables first.json

            EXIT CODES:
              0  rendered
              2  the template or the variables cannot be used, or rendering failed
            """)

    @OptionGroup var file: TemplateFile

    @Option(help: ArgumentHelp("The recipient's variables, as JSON.", valueName: "file"))
    var variables: String

    func run() throws {
        let parsed = try file.parsed()
        let sample = try SampleVariables(path: variables, option: "--variables")
        let template = try TemplateCheckCommand.bind(parsed, to: sample.layout)
        let (output, missing) = try sample.render(template)
        Terminal.output(output)
        for name in missing { Terminal.error("warning: \(name) is missing and printed empty") }
    }
}

import ArgumentParser
import Audience
import Engine
import Foundation
import SendPlans

/// `fanfare send`.
struct SendCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "send",
        abstract: "Renders a template for every recipient of an audience and sends it.",
        discussion: """
            The audience is a CSV file with a header row and a column user_id (or userId), or JSON \
            Lines of {"user_id": …, "variables": {…}}; either may be gzip-compressed. It is copied \
            into the state directory first, with bad rows listed in rejects.csv there, and may go \
            away then. Every request carries a key in the header webhook-id that stays the same \
            over all attempts, and a User-Agent unless --header gives one.

            Ctrl-C stops new sends, lets those on the wire finish and prints how to resume; a second \
            one stops at once, and loses nobody either.

            EXAMPLES:
              fanfare send --audience audience.csv --template message.json.j2 \\
                --webhook https://example.com/hook --rate 500/s
              zcat audience.csv.gz | fanfare send --audience - --template message.json.j2 \\
                --webhook 'https://example.com/u/{{ receiver.id }}' --header 'Authorization: Bearer abc'
              fanfare send --audience audience.csv --template message.json.j2 \\
                --webhook https://example.com/hook --rehearse
            """)

    @Option(
        help: ArgumentHelp("The recipients: a file, or - for standard input.", valueName: "file"))
    var audience: String

    @Option(
        help: ArgumentHelp(
            "csv or jsonl, when the name and the first bytes do not say.", valueName: "format"))
    var audienceFormat: String?

    @Option(
        help: ArgumentHelp("Rows that may be rejected: a share or a number.", valueName: "1%|n"))
    var maxRejects = "1%"

    @OptionGroup var message: MessageOptions
    @OptionGroup var delivery: DeliveryOptions

    @Option(
        help: ArgumentHelp(
            "Where the campaign keeps its state. Default: a new folder in fanfare-state.",
            valueName: "dir"))
    var state: String?

    @Flag(help: "Render everyone and send nothing.")
    var rehearse = false

    @OptionGroup var output: OutputOptions

    func run() throws {
        let reportFile = try ReportFile(
            output.report, inputs: [audience, message.template].filter { $0 != "-" }, state: state)
        var random = SystemRandomNumberGenerator()
        let document = try CampaignDocument(message, delivery, seed: random.next())
        // Before the audience is read: a syntax error should not cost the reading of it.
        let templates = try CampaignTemplates(parsing: document)
        try Destination(restrictedOf: document)?.requirePublic()
        let source = try AudienceSource(
            path: audience, format: audienceFormat, maxRejects: maxRejects)
        if rehearse {
            try Rehearsal(
                document: document, templates: templates, source: source, output: output,
                reportFile: reportFile
            ).run()
            return
        }
        let id = CampaignID(using: &random)
        let directory = state ?? Self.newDirectory(id)
        let campaign = try LocalCampaign.create(
            at: directory, id: id, document: document, importing: source, quiet: output.quiet)
        try SendSession(
            campaign: campaign, templates: templates, output: output, reportFile: reportFile
        ).run()
    }

    private static func newDirectory(_ id: CampaignID) -> String {
        let formatter = DateFormatter()
        formatter.locale = Locale(identifier: "en_US_POSIX")
        formatter.dateFormat = "yyyyMMdd-HHmmss"
        return "fanfare-state/\(formatter.string(from: Date()))-\(id.description.prefix(4))"
    }
}

import ArgumentParser
import SendPlans

/// `fanfare resume`.
struct ResumeCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "resume",
        abstract: "Goes on with a campaign that was interrupted or that died.",
        discussion: """
            Only what is pending is sent. Requests that were on the wire when a process died are sent \
            again with the same key (at-least-once) or listed as unknown (at-most-once).

            EXAMPLES:
              fanfare resume fanfare-state/20260101-120000-5f2c
              fanfare resume fanfare-state/20260101-120000-5f2c --rate 200/s
            """)

    @Argument(help: ArgumentHelp("The campaign's state directory.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("Another rate than before, from now on.", valueName: "n[/s|/m|/h]"))
    var rate: String?

    @Option(help: ArgumentHelp("Another burst than before, from now on.", valueName: "n"))
    var burst: Int?

    @OptionGroup var output: OutputOptions

    func run() throws {
        let reportFile = try ReportFile(output.report, state: directory)
        let campaign = try LocalCampaign.open(directory)
        try campaign.change(rate: rate, burst: burst)
        let templates = try CampaignTemplates(parsing: campaign.document)
        try Destination(restrictedOf: campaign.document)?.requirePublic()
        try SendSession(
            campaign: campaign, templates: templates, output: output, reportFile: reportFile
        ).run()
    }
}

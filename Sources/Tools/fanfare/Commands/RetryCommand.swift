import ArgumentParser
import Engine
import SendPlans

/// `fanfare retry`.
struct RetryCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "retry",
        abstract: "Sends anew to recipients that were not reached, or may not have been.",
        discussion: """
            A deliberate resend carries a new key, so that a receiver does not take it for a \
            repetition: somebody whose delivery is unknown may get the message twice.

            EXAMPLES:
              fanfare retry DIR --status failed
              fanfare retry DIR --status failed --reason http_500
              fanfare retry DIR --status unknown
            """)

    @Argument(help: ArgumentHelp("The campaign's state directory.", valueName: "dir"))
    var directory: String

    @Option(help: ArgumentHelp("failed or unknown.", valueName: "status"))
    var status: String

    @Option(
        help: ArgumentHelp(
            "Only this reason, as reports name it: http_500, timed_out, …", valueName: "reason"))
    var reason: String?

    @OptionGroup var output: OutputOptions

    func run() throws {
        guard let wanted = DeliveryStatus.allCases.first(where: { $0.name == status }),
            wanted == .failed || wanted == .unknown
        else {
            throw CommandFailure.usage(
                "--status: “\(status)” cannot be retried; expected failed or unknown")
        }
        let reportFile = try ReportFile(output.report, state: directory)
        let campaign = try LocalCampaign.open(directory)
        let count = try campaign.resetForRetry(status: wanted, reason: reason)
        guard count > 0 else {
            Terminal.error(
                "nothing to retry: no recipient is \(status)"
                    + (reason.map { " with reason \($0)" } ?? ""))
            try campaign.close()
            return
        }
        if !output.quiet { Terminal.error("retrying \(Figures.grouped(UInt64(count))) recipients") }
        let templates = try CampaignTemplates(parsing: campaign.document)
        try Destination(restrictedOf: campaign.document)?.requirePublic()
        try SendSession(
            campaign: campaign, templates: templates, output: output, reportFile: reportFile
        ).run()
    }
}

import ArgumentParser
import Engine
import Storage

/// The command `fanfare verify`.
struct VerifyCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "verify",
        abstract: "Proves from the records that everybody is accounted for.",
        discussion: """
            Reads every page of the campaign, checks its checksum, and counts the records: total = \
            sent + failed + skipped + unknown + pending. No counter is trusted. It may run beside a \
            campaign that is being sent; what is on the wire then counts as pending.

            EXIT CODES:
              0  the account closes
              1  it does not; each problem is printed
              2  the directory holds no campaign, or its audience was never read to the end

            EXAMPLES:
              fanfare verify fanfare-state/20260101-120000-5f2c
            """)

    @Argument(help: ArgumentHelp("The campaign's state directory.", valueName: "dir"))
    var directory: String

    func run() throws {
        let accounting: Accounting
        do {
            let state = try StateDirectory.openReadOnly(directory)
            let database = try CampaignDatabase.open(at: state.databasePath, access: .readOnly)
            accounting = try database.accounting(checkingRecipients: true)
            try database.close()
        } catch {
            let failure = CommandFailure(error, path: directory)
            if failure.exitCode == CommandFailure.usage { throw failure }
            Terminal.output("does not close: \(error)")
            throw CommandFailure.other
        }
        Terminal.output(Self.equation(accounting))
        guard accounting.problems.isEmpty else {
            for problem in accounting.problems { Terminal.output("problem: \(problem)") }
            if accounting.problemsOmitted > 0 {
                Terminal.output("and \(accounting.problemsOmitted) more problems")
            }
            Terminal.output("does not close")
            throw CommandFailure.other
        }
        Terminal.output("closes")
    }

    private static func equation(_ accounting: Accounting) -> String {
        """
        total \(accounting.total) = sent \(accounting.sent) + failed \(accounting.failed) \
        + skipped \(accounting.skipped) + unknown \(accounting.unknown) \
        + pending \(accounting.pending)  (\(accounting.pages) pages, \
        \(accounting.duplicates) duplicate rows apart)
        """
    }
}

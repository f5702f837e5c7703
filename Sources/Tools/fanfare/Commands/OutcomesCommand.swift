import ArgumentParser
import Engine
import Storage

/// The command `fanfare outcomes`.
struct OutcomesCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "outcomes",
        abstract: "Lists what happened to each recipient, and why.",
        discussion: """
            One row per recipient: user_id, ordinal, status, reason, code, attempts, time, \
            latency_us, body_bytes, key. The key is what the last request carried in webhook-id.

            EXAMPLES:
              fanfare outcomes DIR --format csv > outcomes.csv
              fanfare outcomes DIR --status failed --status unknown --format jsonl
            """)

    @Argument(help: ArgumentHelp("The campaign's state directory.", valueName: "dir"))
    var directory: String

    @Option(
        help: ArgumentHelp(
            "Only these: pending, sent, failed, skipped, unknown. May be repeated.",
            valueName: "status"))
    var status: [String] = []

    @Option(help: ArgumentHelp("Only this reason: http_500, timed_out, …", valueName: "reason"))
    var reason: String?

    @Option(help: ArgumentHelp("csv or jsonl.", valueName: "format"))
    var format = "csv"

    func run() throws {
        let statuses = try status.map(Self.status)
        guard let encoding = OutcomeWriter.Format(rawValue: format) else {
            throw CommandFailure.usage("--format: “\(format)” is not known; expected csv or jsonl")
        }
        do {
            let state = try StateDirectory.openReadOnly(directory)
            let database = try CampaignDatabase.open(at: state.databasePath, access: .readOnly)
            var writer = OutcomeWriter(encoding, campaign: database.campaign.id)
            try write(database, statuses, &writer)
            writer.finish()
            try database.close()
        } catch let error as StorageError {
            throw CommandFailure(error, path: directory)
        }
    }

    private func write(
        _ database: CampaignDatabase, _ statuses: [DeliveryStatus], _ writer: inout OutcomeWriter
    ) throws {
        var scan = try database.scan(includingRecipients: true)
        while writer.isWanted, let page = try scan.next() {
            let audience: AudiencePage
            do {
                audience = try unsafe AudiencePage(checking: page.recipients)
            } catch {
                throw CommandFailure.other("page \(page.page.rawValue) is damaged: \(error)")
            }
            for index in 0..<page.count {
                let record = unsafe page.records?[index] ?? DeliveryRecord()
                guard record.status != .duplicate,
                    statuses.isEmpty || statuses.contains(record.status),
                    reason == nil || record.reason.label(code: record.code) == reason
                else { continue }
                unsafe writer.write(
                    record, ordinal: Ordinal(page: page.page, index: index),
                    userID: unsafe audience.userID(at: index))
            }
        }
    }

    private static func status(_ name: String) throws -> DeliveryStatus {
        let known: [DeliveryStatus] = [.pending, .sent, .failed, .skipped, .unknown]
        guard let status = known.first(where: { $0.name == name }) else {
            throw CommandFailure.usage(
                "--status: “\(name)” is not known; expected \(known.map(\.name).joined(separator: ", "))"
            )
        }
        return status
    }
}

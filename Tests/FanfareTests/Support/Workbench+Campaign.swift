import Foundation
import Testing

// What most tests do with a campaign. Its state is in `state`, its report in `report.json`.
extension Workbench {
    /// An audience of `user_id,order` with the ids u0 to u(n − 1).
    func audience(_ count: Int, name: String = "audience.csv") throws -> String {
        let rows = (0..<count).map { "u\($0),\(1_000 + $0)\n" }
        return try write("user_id,order\n" + rows.joined(), to: name)
    }

    /// A template of a JSON body.
    func template(
        _ text: String = #"{"to":{{ receiver.id|tojson }},"order":{{ order|tojson }}}"#
    ) throws -> String {
        try write(text, to: "template.j2")
    }

    /// The arguments of a campaign to a receiver on loopback.
    func send(
        _ audience: String, to url: String, _ options: [String] = []
    ) throws -> [String] {
        if !exists("template.j2") { _ = try template() }
        return [
            "send", "--audience", audience, "--template", path("template.j2"), "--webhook", url,
            "--allow-private-networks", "--state", state, "--report", path("report.json"),
        ] + options
    }

    /// The report that the last run wrote.
    func report(sourceLocation: SourceLocation = #_sourceLocation) throws -> Report {
        let report = try Report.decoder.decode(
            Report.self, from: Data(contentsOf: URL(fileURLWithPath: path("report.json"))))
        let ended = report.sent + report.failed + report.skipped + report.unknown
        #expect(ended + report.pending == report.recipients, sourceLocation: sourceLocation)
        let reasons = report.failures.values.reduce(0, +)
        #expect(
            reasons == report.failed + report.skipped + report.unknown,
            sourceLocation: sourceLocation)
        return report
    }

    /// Runs `verify`, and expects that the account closes and adds up.
    func verify(sourceLocation: SourceLocation = #_sourceLocation) async throws -> Account {
        let ending = try await run(["verify", state], sourceLocation: sourceLocation)
        #expect(ending.output.hasSuffix("\ncloses\n"), sourceLocation: sourceLocation)
        let account = try #require(
            Account(parsing: ending.output), "\(ending.output)", sourceLocation: sourceLocation)
        #expect(
            account.sent + account.failed + account.skipped + account.unknown + account.pending
                == account.total, sourceLocation: sourceLocation)
        return account
    }

    /// Runs `outcomes`, as JSON Lines.
    func outcomes(
        _ filter: [String] = [], sourceLocation: SourceLocation = #_sourceLocation
    ) async throws -> [Outcome] {
        let ending = try await run(
            ["outcomes", state, "--format", "jsonl"] + filter, sourceLocation: sourceLocation)
        return try Outcome.parse(jsonLines: ending.output)
    }
}

package import Audience
import CampaignLife
package import ControlDirectory
import Engine
import Foundation
import GRDB
package import JSON

/// Recipients from a file of any length.
extension Campaigns {
    /// Recipients of one transaction.
    private static let batch = 5_000

    /// Adds the recipients of a CSV or JSON Lines body to a draft, each with the variables of its
    /// row; who is there already stays as it is.
    ///
    /// Blocks a thread of its own until the body has ended. What was added before a body breaks off
    /// stays.
    ///
    /// - Parameters:
    ///   - caller: Who uploads.
    ///   - id: A draft.
    ///   - source: The bytes of the body.
    ///   - format: What they are.
    ///   - isCompressed: Whether they are gzip.
    /// - Returns: How many rows were accepted, known already, and rejected, with line and reason.
    /// - Throws: `Problem`: the campaign is no draft, as many uploads run as may, or the body
    ///   cannot be read on.
    package func uploadRecipients(
        _ caller: Caller, _ id: String, _ source: BytePipe, format: AudienceFormat,
        isCompressed: Bool
    ) async throws -> JSONValue {
        try await database.read { db in
            try CampaignRecord.find(id, app: caller.app, db).status.require(.addRecipients)
        }
        return try await uploads.run("recipients") { [self] in
            var report = RecipientReport()
            do {
                let input = try AudienceInput(BytePipeReader(source), format: format)
                guard input.isCompressed == isCompressed else {
                    throw Problem(
                        .validationFailed,
                        isCompressed ? "the body is not gzip" : "the body is gzip, undeclared")
                }
                try add(caller, id, input, &report)
            } catch let error as AudienceError {
                if report.accepted > 0 { _ = try finish(caller, id, report) }
                throw Problem(
                    .validationFailed, "\(error); \(report.accepted) recipients were added",
                    members: ["accepted": .integer(Int64(report.accepted))])
            }
            report.total = try finish(caller, id, report)
            return report.json
        }
    }

    /// Writes what an upload has done into the audit log.
    ///
    /// - Returns: How many recipients there are now.
    private func finish(
        _ caller: Caller, _ id: String, _ report: RecipientReport
    ) throws -> Int {
        try database.pool.write { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try AuditEntry("upload_recipients", "campaign", id, after: report.summary)
                .record(by: caller, at: database.clock.now, db)
            return try RecipientReport.count(record.pk, db)
        }
    }

    private func add(
        _ caller: Caller, _ id: String, _ input: AudienceInput,
        _ report: inout RecipientReport
    ) throws {
        var rows: [(String, JSONValue)] = []
        func write() throws {
            let batch = rows
            let before = report
            report = try database.pool.write { db in
                var report = before
                let record = try CampaignRecord.find(id, app: caller.app, db)
                try record.status.require(.addRecipients)
                for (userID, variables) in batch {
                    try report.add(userID, variables, to: record.pk, db)
                }
                return report
            }
            rows.removeAll(keepingCapacity: true)
        }
        var line: UInt64 = input.format == .csv ? 1 : 0
        try RecipientRows.forEach(of: input) { row in
            switch row {
            case .recipient(let userID, let variables):
                line += 1
                var mistakes: [FieldMistake] = []
                Shape.userID.check(.string(userID), at: "/user_id", &mistakes)
                if let mistake = mistakes.first {
                    return report.reject(line: Int(line), code: mistake.code, mistake.message)
                }
                rows.append((userID, variables))
                if rows.count == Self.batch { try write() }
            case .rejected(let reject):
                line = max(line, reject.skippedLines.upperBound)
                report.reject(
                    line: Int(reject.line), code: "row_invalid", "\(reject.reason)")
            }
        }
        try write()
    }
}

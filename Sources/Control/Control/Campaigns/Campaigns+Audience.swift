import Audience
import CampaignLife
package import ControlDirectory
import Engine
import Foundation
import GRDB
package import JSON
import Providers

/// Recipients of a campaign's own, and what a launch would come to.
extension Campaigns {
    package static let recipients = Shape.named(
        "RecipientAddition",
        .fields([
            .required(
                "recipients",
                .array(
                    .fields([
                        .required("user_id", .userID, "Who gets the message."),
                        .optional(
                            "variables", .jsonObject,
                            "Variables of the recipient, before those of the campaign.",
                            default: [:]),
                    ]), 1...InputLimits.targetsPerCall),
                "Those who are added; who is there already stays as it is.")
        ]))

    package static let recipient = Shape.named(
        "Recipient",
        .fields([
            .required("user_id", .userID, "Who gets the message."),
            .required(
                "variables", .jsonObject,
                "Variables of the recipient, before those of the campaign."),
        ]))

    package static let additionReport = Shape.named(
        "RecipientReport",
        .fields([
            .required("accepted", .count, "Recipients that were added."),
            .required("duplicate", .count, "Recipients that were there already."),
            .required("rejected", .count, "Rows that are no recipients."),
            .required("total", .count, "Recipients of the campaign now."),
            .required(
                "errors",
                .array(
                    .fields([
                        .required("line", .count, "The line of the file, from 1."),
                        .required("code", .text(1...64), "What is wrong with it."),
                        .required("message", .text(1...1_000), "The same for people."),
                    ]), 0...1_000), "The first rows that were rejected."),
            .required("errors_omitted", .count, "Rejected rows that are not listed."),
        ]))

    /// Adds recipients with variables to a draft; who is there already stays as it is.
    package func addRecipients(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let items = body["recipients"]?.array ?? []
        try InputLimits.checkVariables(items, at: "/recipients")
        return try await database.write { db, now in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.addRecipients)
            var report = RecipientReport()
            for item in items {
                try report.add(
                    item["user_id"]?.string ?? "", item["variables"] ?? [:], to: record.pk, db)
            }
            report.total = try RecipientReport.count(record.pk, db)
            try AuditEntry("add_recipients", "campaign", id, after: report.summary)
                .record(by: caller, at: now, db)
            return report.json
        }
    }

    /// Lists the recipients that were added, by user id.
    package func listRecipients(
        _ caller: Caller, _ id: String, _ page: PageRequest
    ) async throws -> ListPage {
        let query = "recipients\u{0}\(id)"
        var after = ""
        if let next = page.next {
            let cursor = try PageCursor(next, of: PageCursor.fingerprint(query), count: 1)
            guard let value = cursor.values[0].string else {
                throw Problem(.invalidCursor, "expected a cursor of this list")
            }
            after = value
        }
        return try await database.read { [after] db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT user_id, variables FROM campaign_recipient
                    WHERE campaign = ? AND user_id > ? ORDER BY user_id LIMIT ?
                    """, arguments: [record.pk, after, page.limit + 1])
            let shown = rows.prefix(page.limit)
            let next = rows.count > page.limit ? shown.last : nil
            return ListPage(
                items: try shown.map { row in
                    [
                        "user_id": .string(row["user_id"]),
                        "variables": try JSONValue(parsing: row["variables"] as String),
                    ]
                },
                next: next.map {
                    PageCursor(
                        fingerprint: PageCursor.fingerprint(query), values: [.string($0["user_id"])]
                    )
                })
        }
    }

    /// Takes recipients away that were added; ids that are not there change nothing.
    package func removeRecipients(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let ids = body["user_ids"]?.array?.compactMap(\.string) ?? []
        return try await database.write { db, now in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.addRecipients)
            var removed = 0
            for id in ids {
                try db.cachedStatement(
                    sql: "DELETE FROM campaign_recipient WHERE campaign = ? AND user_id = ?"
                ).execute(arguments: [record.pk, id])
                removed += db.changesCount
            }
            try AuditEntry(
                "remove_recipients", "campaign", id, after: ["removed": .integer(Int64(removed))]
            ).record(by: caller, at: now, db)
            return [
                "removed": .integer(Int64(removed)),
                "total": .integer(Int64(try RecipientReport.count(record.pk, db))),
            ]
        }
    }

    // MARK: Estimates

    package static let estimate = Shape.named(
        "CampaignEstimate",
        .fields([
            .required("audience_size", .count, "Recipients, each counted once."),
            .required("sends", .count, "Deliveries that have not ended."),
            .required("quota_needed", .count, "Messages of the month's quota that they take."),
            .required("quota_left", .count, "Messages of the month's quota that are left."),
            .required("is_covered", .boolean, "Whether that is enough."),
            .required(
                "seconds", .nullable(.number(0...1e12)),
                "How long they take at the rate. Null: it is unlimited."),
            .required("rate", .text(1...32), "The slowest of the limits that it goes through."),
        ]))

    /// What a launch would come to now: size, quota, and how long at the present limits.
    package func estimate(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await database.read { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.estimate)
            return record
        }
        let isLaunched = record.startedAt != nil
        let size =
            isLaunched
            ? Int(record.recipients) : try await runner.launcher.audienceSize(of: record)
        let sends = isLaunched ? max(0, size - record.tally.ended) : size
        let left = runner.quota.account(of: record.app).figures(month: database.clock.now.month)
            .left
        let slowest = limits.slowest(
            app: record.app, campaign: record.id, provider: record.provider.rawValue)
        return [
            "audience_size": .integer(Int64(size)), "sends": .integer(Int64(sends)),
            "quota_needed": .integer(Int64(sends)), "quota_left": .integer(Int64(left)),
            "is_covered": .bool(sends <= left),
            "seconds": slowest.perSecond.map { .number((Double(sends) / $0 * 10).rounded() / 10) }
                ?? .null,
            "rate": .string(slowest.rate),
        ]
    }
}

/// What became of recipients that were to be added.
struct RecipientReport: Sendable {
    struct Mistake: Sendable {
        var line: Int
        var code: String
        var message: String
    }

    var accepted = 0
    var duplicates = 0
    var rejected = 0
    var total = 0
    var errors: [Mistake] = []

    /// Rejects that are listed; more are counted.
    static let errorsMax = 1_000

    mutating func add(
        _ userID: String, _ variables: JSONValue, to campaign: CampaignRowID, _ db: Database
    ) throws {
        try db.cachedStatement(
            sql: "INSERT OR IGNORE INTO campaign_recipient (campaign, user_id, variables) "
                + "VALUES (?, ?, ?)"
        ).execute(arguments: [campaign, userID, variables.encoded])
        if db.changesCount > 0 { accepted += 1 } else { duplicates += 1 }
    }

    mutating func reject(line: Int, code: String, _ message: String) {
        rejected += 1
        guard errors.count < Self.errorsMax else { return }
        errors.append(Mistake(line: line, code: code, message: message))
    }

    static func count(_ campaign: CampaignRowID, _ db: Database) throws -> Int {
        try Int.fetchOne(
            db, sql: "SELECT count(*) FROM campaign_recipient WHERE campaign = ?",
            arguments: [campaign]) ?? 0
    }

    var summary: JSONValue {
        [
            "accepted": .integer(Int64(accepted)), "duplicate": .integer(Int64(duplicates)),
            "rejected": .integer(Int64(rejected)),
        ]
    }

    var json: JSONValue {
        var fields = summary.object ?? [:]
        fields["total"] = .integer(Int64(total))
        fields["errors"] = .array(
            errors.map {
                [
                    "line": .integer(Int64($0.line)), "code": .string($0.code),
                    "message": .string($0.message),
                ]
            })
        fields["errors_omitted"] = .integer(Int64(rejected - errors.count))
        return .object(fields)
    }
}

import CampaignLife
package import ControlDirectory
import Engine
import Foundation
import GRDB
package import JSON
import Jinja
import SendPlans
import Storage

/// What would be sent, without sending it: to everybody, or to one for real.
extension Campaigns {
    package static let rehearsal = Shape.named(
        "CampaignRehearsal",
        .fields([
            .required("recipients", .count, "The audience: the sum of the three that follow."),
            .required("rendered", .count, "Recipients whose message could be rendered."),
            .required("skipped", .count, "Recipients who would not be sent to."),
            .required("failed", .count, "Recipients whose message could not be rendered."),
            .required(
                "reasons",
                .array(
                    .fields([
                        .required("reason", .text(1...64), "Why."),
                        .required("count", .count, "How many recipients."),
                    ]), 0...100), "Why recipients were skipped or failed, the most frequent first."
            ),
            .required(
                "missing_variables",
                .array(
                    .fields([
                        .required("name", .text(1...1_024), "What the template calls it."),
                        .required("count", .count, "How many recipients have none."),
                    ]), 0...RehearsalSummary.namesMax),
                "Variables that templates read and recipients lack, the most frequent first."),
            .required(
                "failures",
                .array(
                    .fields([
                        .required("user_id", .userID, "The recipient."),
                        .required("reason", .text(1...64), "Why it failed."),
                        .required(
                            "message", .nullable(.text(0...4_096)),
                            "What the template engine says, where it was that."),
                        .required("line", .nullable(.count), "Where in the template."),
                    ]), 0...RehearsalSummary.failuresMax), "The first recipients that failed."),
            .required("bytes_total", .count, "Bytes of all rendered bodies."),
            .required("bytes_max", .count, "Bytes of the largest one."),
        ]))

    /// Renders the message of everybody in the audience, and sends nothing.
    package func rehearse(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await database.read { db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.rehearse)
            return record
        }
        let folder = CampaignFolder(
            temporary: "rehearsal-\(RandomText.base62(12))", options)
        let launcher = runner.launcher
        let (summary, document) = try await BlockingQueue.runLongRead {
            [eligibility = runner.eligibility] in
            defer { try? folder.remove() }
            let (_, document) = try launcher.writeSnapshot(of: record, to: folder)
            let snapshot = try folder.reading()
            defer { try? snapshot.close() }
            let (_, _, message) = try CampaignLauncher.message(snapshot)
            var renderer = MessageRenderer(reportsMissing: true)
            var buffer = ByteBuffer()
            var summary = RehearsalSummary()
            let prefix = IdempotencyKey.prefix(campaign: snapshot.campaign.id)
            let eligibility = eligibility.check(app: record.app, medium: record.medium)
            for index in 0..<snapshot.pageCount {
                let page = try snapshot.readPage(PageIndex(UInt32(index)))
                let audience = try page.audience()
                for place in page.records.indices where page.records[place].status != .duplicate {
                    let userID = unsafe audience.userID(at: place)
                    if let reason = unsafe eligibility.reason(userID) {
                        summary.skip(reason)
                        continue
                    }
                    do throws(RenderRefusal) {
                        let request = try renderer.render(
                            message, recipientAt: place, of: audience,
                            ordinal: Ordinal(page: page.page, index: place), generation: 0,
                            keyPrefix: prefix, into: &buffer)
                        summary.add(bytes: request.bodyCount, missing: renderer.missing)
                    } catch {
                        summary.fail(
                            error.reason, userID: unsafe String(decoding: userID, as: UTF8.self),
                            error.reason == .renderFailed ? renderer.failure : nil)
                    }
                }
            }
            return (summary.json, document)
        }
        try await launcher.checkDestination(of: document)
        return summary
    }

    package static let testing = Shape.named(
        "CampaignTest",
        .fields([
            .required("user_id", .userID, "Who gets the message."),
            .optional("variables", .jsonObject, "Variables of the recipient.", default: [:]),
        ]))

    /// Sends the campaign's message to one recipient, now, as a run of its own that is marked as a
    /// test.
    package func test(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let run = try await database.write { [self] db, now in
            let source = try CampaignRecord.find(id, app: caller.app, db)
            try source.status.require(.test)
            var draft = CampaignRecord(
                draftOf: caller.app, kind: .test, parent: source.id, at: now)
            draft.copy(source)
            draft.segmentIDs = []
            draft.userIDs = []
            draft.name = String("test of \(source.name)".prefix(InputLimits.nameLength))
            let run = try insert(draft, at: now, db)
            var report = RecipientReport()
            try report.add(
                body["user_id"]?.string ?? "", body["variables"] ?? [:], to: run.pk, db)
            try AuditEntry("test", "campaign", id, after: ["run_id": .string(run.id)])
                .record(by: caller, at: now, db)
            return run
        }
        do {
            return try await start(caller, run.id)
        } catch {
            try? await delete(caller, run.id)
            throw error
        }
    }
}

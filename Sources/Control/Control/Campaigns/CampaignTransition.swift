import CampaignLife
import ControlDirectory
import ControlEvents
import GRDB
import JSON

/// A change of a campaign's status: written with its reason, its times and its event, in one
/// transaction.
struct CampaignTransition: Sendable {
    var to: CampaignStatus
    var reason: String?
    var event: CampaignEventType?
    var scheduledFor: Int64?
    var schedule: JSONValue?
    /// What the audit log says of it beside the status.
    var audited: [String: JSONValue]

    init(
        to: CampaignStatus, reason: String? = nil, event: CampaignEventType? = nil,
        scheduledFor: Int64? = nil, schedule: JSONValue? = nil,
        audited: [String: JSONValue] = [:]
    ) {
        self.to = to
        self.reason = reason
        self.event = event
        self.scheduledFor = scheduledFor
        self.schedule = schedule
        self.audited = audited
    }

    /// Changes a campaign whose status was read in the same transaction.
    ///
    /// - Parameters:
    ///   - record: The campaign before.
    ///   - now: When it changes.
    ///   - db: The transaction.
    ///   - events: Told of it.
    ///   - caller: Who asked for it; nil when the server does it by itself.
    ///   - action: What the audit log calls it.
    /// - Returns: The campaign after.
    /// - Throws: What the database throws: nothing has changed then.
    @discardableResult
    func apply(
        to record: CampaignRecord, at now: Timestamp, _ db: Database, events: CampaignEvents,
        by caller: Caller? = nil, action: String? = nil
    ) throws -> CampaignRecord {
        let starts = to == .running && record.startedAt == nil
        try db.execute(
            sql: """
                UPDATE campaign SET status = ?, status_reason = ?, scheduled_for = ?, schedule = ?,
                    updated_at = ?, started_at = coalesce(started_at, ?), completed_at = ?
                WHERE pk = ?
                """,
            arguments: [
                to.rawValue, reason, scheduledFor, schedule?.encoded, now, starts ? now : nil,
                to.isEnded ? now : nil, record.pk,
            ])
        guard let changed = try CampaignRecord.find(pk: record.pk, db) else {
            preconditionFailure("a campaign that was just changed is not there")
        }
        let after: [String: JSONValue] = [
            "status": .string(to.rawValue), "reason": .text(reason),
        ]
        let entry = AuditEntry(
            action ?? to.rawValue, "campaign", record.id,
            before: ["status": .string(record.status.rawValue)],
            after: .object(after.merging(audited) { $1 }))
        if let caller {
            try entry.record(by: caller, at: now, db)
        } else {
            try entry.record(app: record.app, actor: "server", at: now, db)
        }
        if let event { try events.record(event, changed, at: now, db) }
        return changed
    }
}

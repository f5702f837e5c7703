import CampaignLife
package import ControlDirectory
import Engine
import Filters
import Foundation
import GRDB
package import JSON
import Pacing

/// Campaigns as they are made, shown, changed and removed; what makes them run is in `Actions`.
package struct Campaigns: Sendable {
    let database: ControlDatabase
    let options: ControlOptions
    let runner: CampaignRunner
    let limits: LimitBook
    let board: LiveBoard
    let events: CampaignEvents
    let uploads: UploadThreads

    /// Campaigns of an app, ended ones included.
    package static let perApp = 1_000_000

    // MARK: Reading

    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { [board] db in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            return record.json(live: board.live(record.pk))
        }
    }

    /// Lists campaigns, the newest first.
    package func list(
        _ caller: Caller, status: String?, _ page: PageRequest
    ) async throws -> ListPage {
        try await database.read { [board] db in
            try RowList(
                "SELECT * FROM campaign", where: SQLCondition("app = ?", [caller.app]),
                isDescending: true
            )
            .filtered("status", status)
            .page(page, db) { row in
                let record = CampaignRecord(row)
                return record.json(live: board.live(record.pk))
            }
        }
    }

    /// Finds campaigns by a filter, sorted.
    package func query(_ caller: Caller, _ body: JSONValue) async throws -> ListPage {
        let list = try FilteredList(body, schema: CampaignRecord.schema.filters(app: caller.app))
        return try await database.read { [board] db in
            try list.page(db) { row in
                let record = CampaignRecord(row)
                return record.json(live: board.live(record.pk))
            }
        }
    }

    /// A campaign's figures.
    package func stats(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let record = try await database.read { db in
            try CampaignRecord.find(id, app: caller.app, db)
        }
        let missed = try await self.missed(record)
        return CampaignStats(record, live: board.live(record.pk), missed: missed).json
    }

    // MARK: Making and changing

    /// Makes a draft.
    package func create(
        _ caller: Caller, _ body: JSONValue
    ) async throws -> JSONValue {
        let record = try await database.write { [self] db, now in
            var draft = CampaignRecord(
                draftOf: caller.app, id: body["id"]?.string, kind: .campaign, at: now)
            CampaignRecord.schema.take(body, into: &draft)
            let record = try insert(draft, limits: body["limits"], at: now, db)
            try AuditEntry("create", "campaign", record.id, after: record.json(live: nil))
                .record(by: caller, at: now, db)
            return record
        }
        try await putLimitsInForce(of: record)
        return record.json(live: nil)
    }

    /// Inserts a draft in a transaction, once what it refers to is checked.
    func insert(
        _ draft: CampaignRecord, limits: JSONValue? = nil, at now: Timestamp, _ db: Database
    ) throws -> CampaignRecord {
        let taken = try Bool.fetchOne(
            db, sql: "SELECT EXISTS (SELECT 1 FROM campaign WHERE app = ? AND id = ?)",
            arguments: [draft.app, draft.id])
        guard taken != true else {
            throw Problem(.alreadyExists, "there is a campaign “\(draft.id)” already")
        }
        var draft = draft
        try draft.check(db)
        _ = try CampaignRecord.schema.insert(draft, db)
        try writeLimits(limits, of: draft, at: now, db)
        return try CampaignRecord.find(draft.id, app: draft.app, db)
    }

    /// Changes a draft; what the body does not name stays.
    package func update(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let changed = try await database.write { [self] db, now in
            let record = try CampaignRecord.find(id, app: caller.app, db)
            try record.status.require(.update)
            let changed = try change(record, body, at: now, db)
            try AuditEntry(
                "update", "campaign", id, before: record.json(live: nil),
                after: changed.json(live: nil)
            ).record(by: caller, at: now, db)
            return changed
        }
        try await putLimitsInForce(of: changed)
        return changed.json(live: nil)
    }

    /// Writes the fields of a draft that a body names, and checks what they refer to.
    private func change(
        _ record: CampaignRecord, _ body: JSONValue, at now: Timestamp, _ db: Database
    ) throws -> CampaignRecord {
        var draft = record
        draft.change(body, at: now)
        try draft.check(db)
        try CampaignRecord.schema.update(draft, db)
        try writeLimits(body["limits"], of: draft, at: now, db)
        return try CampaignRecord.find(record.id, app: record.app, db)
    }

    /// Writes a campaign's own limits, where a body has some.
    private func writeLimits(
        _ wish: JSONValue?, of record: CampaignRecord, at now: Timestamp, _ db: Database
    ) throws {
        guard let wish, !wish.isNull else { return }
        let setting = LimitBook.Setting(
            rate: wish["rate"]?.string ?? "unlimited", burst: wish["burst"]?.integer.map(Int.init),
            inFlight: wish["in_flight"]?.integer.map(Int.init))
        try Limits.write(
            setting, LimitBook.Key(app: record.app, level: .campaign, name: record.id),
            path: "/limits", at: now, db)
    }

    /// Makes a draft like another campaign, with its recipients.
    package func copy(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let copy = try await database.write { [self] db, now in
            let source = try CampaignRecord.find(id, app: caller.app, db)
            let copy = try insertCopy(of: source, caller, body, parent: nil, at: now, db)
            try AuditEntry(
                "copy", "campaign", copy.id, before: ["copied_from": .string(id)],
                after: copy.json(live: nil)
            ).record(by: caller, at: now, db)
            return copy
        }
        try await putLimitsInForce(of: copy)
        return copy.json(live: nil)
    }

    /// Inserts a draft with what makes up another campaign.
    func insertCopy(
        of source: CampaignRecord, _ caller: Caller, _ body: JSONValue, parent: String?,
        variables: [String: JSONValue] = [:], at now: Timestamp, _ db: Database
    ) throws -> CampaignRecord {
        var draft = CampaignRecord(
            draftOf: caller.app, id: body["id"]?.string, kind: .campaign, parent: parent, at: now)
        draft.copy(source)
        if let name = body["name"]?.string { draft.name = name }
        if !variables.isEmpty {
            draft.variables = .object(
                draft.variables.object.map { $0.merging(variables) { $1 } } ?? variables)
        }
        let copy = try insert(draft, at: now, db)
        try db.execute(
            sql: """
                INSERT INTO campaign_recipient (campaign, user_id, variables)
                SELECT ?, user_id, variables FROM campaign_recipient WHERE campaign = ?
                """, arguments: [copy.pk, source.pk])
        let limit = try Limits.stored(
            LimitBook.Key(app: source.app, level: .campaign, name: source.id), db)
        if limit != .unlimited {
            try Limits.write(
                limit, LimitBook.Key(app: source.app, level: .campaign, name: copy.id), path: "",
                at: now, db)
        }
        return copy
    }

    /// Removes a draft or an ended campaign with all its records.
    package func delete(_ caller: Caller, _ id: String) async throws {
        _ = try await runner.ask(try await row(caller, id), RunRequest(.delete, of: id, by: caller))
    }

    /// Puts a campaign's own limit in force, after the transaction that wrote it: one that failed
    /// must leave none behind.
    func putLimitsInForce(of record: CampaignRecord) async throws {
        // In the order of writes: of two changes, the one that is stored last is in force.
        try await database.write { [limits] db in
            try limits.refresh(app: record.app, campaign: record.id, db)
        }
    }
}

import Foundation
import GRDB
package import JSON

/// Who must not be sent to whatever they have consented to, by id, known as a user or not.
package struct Suppressions: Sendable {
    let database: ControlDatabase
    let eligibility: Eligibility

    /// Tells eligibility of what changes.
    package init(database: ControlDatabase, eligibility: Eligibility) {
        self.database = database
        self.eligibility = eligibility
    }

    /// A suppressed user, as it is shown.
    package static let shape = Shape.named(
        "Suppression",
        .fields([
            .required("user_id", .userID),
            .required("note", .nullable(.text(0...InputLimits.noteLength))),
            .required("created_at", .time),
        ]))

    /// What is told to suppress one user.
    package static let creation = Shape.named(
        "SuppressionCreation",
        .fields([.optional("note", .nullable(.text(0...InputLimits.noteLength)))]))

    /// What is told to suppress many users, or to end that.
    package static let bulk = Shape.named(
        "SuppressionBulk",
        .fields([
            .required("action", .choice(["add", "remove"])),
            .required("user_ids", .array(.userID, 1...InputLimits.targetsPerCall)),
            .optional("note", .nullable(.text(0...InputLimits.noteLength))),
        ]))

    /// What a bulk call has changed.
    package static let bulkAnswer = Shape.named(
        "SuppressionBulkAnswer",
        .fields([
            .required(
                "changed", .count.describedAs("Ids that were not, or were, suppressed before."))
        ]))

    /// Lists them in the order of their ids.
    package func list(_ caller: Caller, _ page: PageRequest) async throws -> ListPage {
        let fingerprint = PageCursor.fingerprint("suppressions")
        var after = ""
        if let next = page.next {
            guard let id = try PageCursor(next, of: fingerprint, count: 1).values[0].string else {
                throw Problem(.invalidCursor, "expected a cursor of this list")
            }
            after = id
        }
        return try await database.read { [after] db in
            let rows = try Row.fetchAll(
                db,
                sql: """
                    SELECT * FROM ineligible
                    WHERE app = ? AND reason = 'suppressed' AND user_id > ?
                    ORDER BY user_id LIMIT ?
                    """, arguments: [caller.app, after, page.limit + 1])
            let shown = rows.prefix(page.limit)
            var next: PageCursor?
            if rows.count > page.limit, let last = shown.last {
                next = PageCursor(fingerprint: fingerprint, values: [.string(last["user_id"])])
            }
            return ListPage(items: shown.map(Self.view), next: next)
        }
    }

    /// Suppresses an id, or changes its note.
    package func put(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        try Shape.userID.checkPath(id, "suppression")
        return try await database.write { db, now in
            let before = try Self.find(id, caller, db).map(Self.view)
            _ = try set([id], isSuppressed: true, note: body["note"]?.string, caller, at: now, db)
            guard let row = try Self.find(id, caller, db) else {
                preconditionFailure("an id that was just suppressed is not there")
            }
            try AuditEntry("suppress", "suppression", id, before: before, after: Self.view(row))
                .record(by: caller, at: now, db)
            return Self.view(row)
        }
    }

    /// Lets an id be sent to again.
    package func delete(_ caller: Caller, _ id: String) async throws {
        try await database.write { db, now in
            guard let before = try Self.find(id, caller, db) else {
                throw Problem.notFound("suppression", id)
            }
            _ = try set([id], isSuppressed: false, note: nil, caller, at: now, db)
            try AuditEntry("release", "suppression", id, before: Self.view(before))
                .record(by: caller, at: now, db)
        }
    }

    /// Adds or removes many.
    package func bulk(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let ids = body["user_ids"]?.array?.compactMap(\.string) ?? []
        let adds = body["action"]?.string == "add"
        return try await database.write { db, now in
            let changed = try set(
                ids, isSuppressed: adds, note: body["note"]?.string, caller, at: now, db)
            let answer: JSONValue = ["changed": .integer(Int64(changed))]
            try AuditEntry(
                adds ? "suppress" : "release", "suppression", "", after: answer
            ).record(by: caller, at: now, db)
            return answer
        }
    }

    /// - Returns: How many ids it makes a difference for.
    private func set(
        _ ids: [String], isSuppressed: Bool, note: String?, _ caller: Caller, at now: Timestamp,
        _ db: Database
    ) throws -> Int {
        var changes: [EligibilityChange] = []
        for id in ids {
            if isSuppressed {
                let isKnown = try Self.find(id, caller, db) != nil
                try db.cachedStatement(
                    sql: """
                        INSERT INTO ineligible
                            (app, user_id, channel_type, reason, note, created_at)
                        VALUES (?, ?, '*', 'suppressed', ?, ?)
                        ON CONFLICT DO UPDATE SET note = excluded.note
                        """
                ).execute(arguments: [caller.app, id, note, now])
                if isKnown { continue }
            } else {
                try db.cachedStatement(
                    sql: """
                        DELETE FROM ineligible
                        WHERE app = ? AND reason = 'suppressed' AND user_id = ?
                        """
                ).execute(arguments: [caller.app, id])
                if db.changesCount == 0 { continue }
            }
            changes.append(
                EligibilityChange(
                    app: caller.app, userID: id, reason: .suppressed,
                    isIneligible: isSuppressed))
        }
        eligibility.publish(changes, after: db)
        return changes.count
    }

    private static func find(_ id: String, _ caller: Caller, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db.cachedStatement(
                sql: """
                    SELECT * FROM ineligible
                    WHERE app = ? AND reason = 'suppressed' AND user_id = ?
                    """), arguments: [caller.app, id])
    }

    private static func view(_ row: Row) -> JSONValue {
        [
            "user_id": .string(row["user_id"]), "note": .text(row["note"]),
            "created_at": .time(row["created_at"]),
        ]
    }
}

extension Shape {
    /// Checks an id that a path has, where it makes something.
    ///
    /// - Throws: `Problem` of `notFound`: there can be nothing of such an id.
    func checkPath(_ id: String, _ kind: String) throws(Problem) {
        var mistakes: [FieldMistake] = []
        check(.string(id), at: "", &mistakes)
        if !mistakes.isEmpty { throw .notFound(kind, id) }
    }
}

import Audience
import Foundation
import GRDB
package import JSON

/// People who can be sent to, with what is known of them.
///
/// The audit log has a user before and after each change of its own, and of bulk calls their
/// figures. These are personal data, which are gone from the log when the user is deleted.
package struct Users: Sendable {
    let database: ControlDatabase
    let eligibility: Eligibility

    /// Tells eligibility of what changes.
    package init(database: ControlDatabase, eligibility: Eligibility) {
        self.database = database
        self.eligibility = eligibility
    }

    /// Makes a user.
    ///
    /// - Throws: `Problem` of `alreadyExists` or `validationFailed`.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        try await database.write { db, now in
            let outcome = try write(body, .create, caller, at: now, db)
            let id = body["id"]?.string ?? ""
            guard outcome.taken.isEmpty else {
                throw Problem(.alreadyExists, "there is a user “\(id)” already")
            }
            return try audited("create", id, before: nil, caller, at: now, db)
        }
    }

    /// Makes or replaces a user.
    ///
    /// - Returns: The user, and whether it is new.
    package func put(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> (user: JSONValue, isNew: Bool) {
        try await database.write { db, now in
            let before = try Self.row(id, caller, db)?.view
            _ = try write(body.named(id), .upsert, caller, at: now, db)
            let action = before == nil ? "create" : "replace"
            return (try audited(action, id, before: before, caller, at: now, db), before == nil)
        }
    }

    /// Changes a user: attributes are merged, other fields replaced.
    package func update(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        try await database.write { db, now in
            let before = try Self.find(id, caller, db).view
            var fields = before.object ?? [:]
            fields["created_at"] = nil
            fields["updated_at"] = nil
            for (name, value) in body.object ?? [:] {
                fields[name] =
                    name == "attributes" ? UserInput.merged(fields[name], with: value) : value
            }
            _ = try write(.object(fields), .upsert, caller, at: now, db)
            return try audited("update", id, before: before, caller, at: now, db)
        }
    }

    /// A user of the caller's app.
    ///
    /// - Throws: `Problem.notFound`.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { db in try Self.find(id, caller, db).view }
    }

    /// Removes a user and all that is known of it.
    ///
    /// That the id must not be sent to stays known, whether it was suppressed or is now deleted.
    package func delete(_ caller: Caller, _ id: String) async throws {
        try await database.write { db, now in
            let row = try Self.find(id, caller, db)
            let pk: UserRowID = row["pk"]
            for tag in row.view["tags"]?.array?.compactMap(\.string) ?? [] {
                try db.execute(
                    sql: UserStatements.removeTagSQL, arguments: [caller.app, tag, pk])
            }
            try db.execute(sql: "DELETE FROM user_event WHERE user = ?", arguments: [pk])
            try db.execute(sql: "DELETE FROM user WHERE pk = ?", arguments: [pk])
            try forget(id, caller, at: now, db)
            try db.execute(
                sql: """
                    UPDATE audit SET before = NULL, after = NULL
                    WHERE app = ? AND resource = 'user' AND resource_id = ?
                    """, arguments: [caller.app, id])
            try AuditEntry("delete", "user", id).record(by: caller, at: now, db)
        }
    }

    /// Puts that the user was deleted in the place of what it has said.
    private func forget(
        _ id: String, _ caller: Caller, at now: Timestamp, _ db: Database
    ) throws {
        let refusals = try String.fetchAll(
            db,
            sql: """
                DELETE FROM ineligible WHERE app = ? AND reason = 'no_consent' AND user_id = ?
                RETURNING channel_type
                """, arguments: [caller.app, id])
        let grants = try String.fetchAll(
            db,
            sql: """
                DELETE FROM consent_grant WHERE app = ? AND user_id = ? RETURNING channel_type
                """, arguments: [caller.app, id])
        try db.execute(
            sql: """
                INSERT OR REPLACE INTO ineligible
                    (app, user_id, channel_type, reason, created_at)
                VALUES (?, ?, '*', 'user_deleted', ?)
                """, arguments: [caller.app, id, now])
        var changes = [
            EligibilityChange(
                app: caller.app, userID: id, reason: .userDeleted, isIneligible: true)
        ]
        changes += refusals.map {
            EligibilityChange(
                app: caller.app, userID: id, medium: $0, reason: .noConsent,
                isIneligible: false)
        }
        changes += grants.map {
            EligibilityChange(
                app: caller.app, userID: id, medium: $0, reason: .notGranted,
                isIneligible: true)
        }
        eligibility.publish(changes, after: db)
    }

    // MARK: Rows

    /// Checks and writes one user.
    private func write(
        _ user: JSONValue, _ mode: UserWriter.Mode, _ caller: Caller, at now: Timestamp,
        _ db: Database
    ) throws -> UserWriter.Outcome {
        var batch = UserBatch(capacity: 4_096)
        try UserInput.read(user, UserInput.rules(caller.app, db), into: &batch)
        var writer = try UserWriter(
            db, app: caller.app, mode: mode, count: batch.rows.count, now: now)
        let outcome = try writer.write(batch)
        eligibility.publish(outcome.changes, after: db)
        return outcome
    }

    /// The user after a change, which the audit log is told of.
    private func audited(
        _ action: String, _ id: String, before: JSONValue?, _ caller: Caller,
        at now: Timestamp, _ db: Database
    ) throws -> JSONValue {
        let after = try Self.find(id, caller, db).view
        try AuditEntry(action, "user", id, before: before, after: after)
            .record(by: caller, at: now, db)
        return after
    }

    static func find(_ id: String, _ caller: Caller, _ db: Database) throws -> Row {
        guard let row = try row(id, caller, db) else { throw Problem.notFound("user", id) }
        return row
    }

    private static func row(_ id: String, _ caller: Caller, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db.cachedStatement(sql: "SELECT * FROM user WHERE app = ? AND id = ?"),
            arguments: [caller.app, id])
    }
}

extension Row {
    /// A row of the table `user` as the API shows it.
    var view: JSONValue {
        func document(_ name: String) -> JSONValue {
            (try? JSONValue(parsing: self[name] as String)) ?? .null
        }
        return [
            "id": .string(self["id"]), "name": .text(self["name"]),
            "locale": .text(self["locale"]), "timezone": .text(self["timezone"]),
            "attributes": document("attributes"), "tags": document("tags"),
            "consent": document("consent"), "endpoints": document("endpoints"),
            "last_active_at": .time(self["last_active_at"]),
            "created_at": .time(self["created_at"]), "updated_at": .time(self["updated_at"]),
        ]
    }
}

extension JSONValue {
    /// An object under an id that comes from elsewhere.
    fileprivate func named(_ id: String) -> JSONValue {
        var fields = object ?? [:]
        fields["id"] = .string(id)
        return .object(fields)
    }
}

package import ControlDirectory
import Filters
import GRDB
package import JSON

/// Named sets of users: those that a filter finds, all of them, or a list of ids.
package struct Segments: Sendable {
    let database: ControlDatabase
    /// Counts the users of segments in the background.
    package let counter: SegmentCounter

    package init(database: ControlDatabase, counter: SegmentCounter) {
        self.database = database
        self.counter = counter
    }

    /// Makes a segment; what has to be counted is counted later.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        guard body["type"]?.string ?? "user" == "user" else {
            throw Problem.invalid(
                "/type", "channel_unavailable", "there are no channels to choose; expected user")
        }
        let kind = try SegmentKind(body)
        let view = try await database.write { db, now in
            let id = body["id"]?.string ?? RandomText.id("seg")
            guard try Self.row(caller.app, id, db) == nil else {
                throw Problem(.alreadyExists, "there is a segment “\(id)” already")
            }
            try db.requireRoom(
                for: "segments", atMost: InputLimits.segmentsPerApp,
                in: "segment WHERE app = ?", app: caller.app)
            if kind == .filter { try Self.check(body["filter"] ?? [:], app: caller.app, db) }
            try db.execute(
                sql: """
                    INSERT INTO segment (app, id, name, description, type, kind, filter, size,
                        size_state, counted_at, created_at, updated_at)
                    VALUES (?, ?, ?, ?, 'user', ?, ?, 0, ?, ?, ?, ?)
                    """,
                arguments: [
                    caller.app, id, body["name"]?.string ?? id, body["description"]?.string ?? "",
                    kind.rawValue, kind == .filter ? body["filter"]?.encoded : nil,
                    kind == .targets ? "ready" : "pending", kind == .targets ? now : nil, now, now,
                ])
            let view = try Self.view(try Self.existing(caller.app, id, db))
            try AuditEntry("create", "segment", id, after: view).record(by: caller, at: now, db)
            return view
        }
        counter.wake()
        return view
    }

    /// Lists segments by a filter, in an order.
    package func query(_ caller: Caller, _ body: JSONValue) async throws -> ListPage {
        let list = try FilteredList(body, schema: .segments(app: caller.app.rawValue))
        return try await database.read { db in try list.page(db, view: Self.view) }
    }

    /// A segment of the caller's app.
    ///
    /// - Throws: `Problem.notFound`.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { db in try Self.view(try Self.existing(caller.app, id, db)) }
    }

    /// Changes a segment; a new filter is counted later.
    package func update(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let view = try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            if let filter = body["filter"] {
                guard row["kind"] as String == SegmentKind.filter.rawValue else {
                    throw Problem.notOfKind(row, "has no filter to change")
                }
                try Self.check(filter, app: caller.app, db)
                try db.execute(
                    sql: "UPDATE segment SET filter = ?, size_state = 'pending' WHERE pk = ?",
                    arguments: [filter.encoded, row["pk"] as SegmentRowID])
            }
            try db.execute(
                sql: "UPDATE segment SET name = ?, description = ?, updated_at = ? WHERE pk = ?",
                arguments: [
                    body["name"]?.string ?? row["name"],
                    body["description"]?.string ?? row["description"],
                    now, row["pk"] as SegmentRowID,
                ])
            let view = try Self.view(try Self.existing(caller.app, id, db))
            try AuditEntry("update", "segment", id, before: try Self.view(row), after: view)
                .record(by: caller, at: now, db)
            return view
        }
        counter.wake()
        return view
    }

    /// Deletes a segment; its targets go bit by bit after that.
    ///
    /// - Throws: `Problem` of `referenceInUse` while a campaign that has not ended refers to it.
    package func delete(_ caller: Caller, _ id: String) async throws {
        try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            try CampaignReferences.refuse(
                app: caller.app,
                where: SQLCondition(
                    "EXISTS (SELECT 1 FROM json_each(segment_ids) AS item WHERE item.value = ?)",
                    [id]), db)
            try db.execute(
                sql: "DELETE FROM segment WHERE pk = ?", arguments: [row["pk"] as SegmentRowID])
            try AuditEntry("delete", "segment", id, before: try Self.view(row))
                .record(by: caller, at: now, db)
        }
        counter.wake()
    }

    /// Asks for a new count; a list of targets is always counted.
    package func count(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let view = try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            guard row["kind"] as String != SegmentKind.targets.rawValue else {
                return try Self.view(row)
            }
            try db.execute(
                sql: "UPDATE segment SET size_state = 'pending' WHERE pk = ?",
                arguments: [row["pk"] as SegmentRowID])
            let view = try Self.view(try Self.existing(caller.app, id, db))
            try AuditEntry("count", "segment", id).record(by: caller, at: now, db)
            return view
        }
        counter.wake()
        return view
    }

    // MARK: Rows

    /// - Throws: `Problem` with the mistakes of a filter over the app's users.
    private static func check(_ filter: JSONValue, app: AppRowID, _ db: Database) throws {
        let schema = try FilterSchema.users(app: app, db)
        do {
            _ = try Filter(filter, schema: schema, at: "/filter")
        } catch {
            throw Problem.invalid(error)
        }
    }

    static func row(_ app: AppRowID, _ id: String, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM segment WHERE app = ? AND id = ?", arguments: [app, id])
    }

    static func existing(_ app: AppRowID, _ id: String, _ db: Database) throws -> Row {
        guard let row = try row(app, id, db) else { throw Problem.notFound("segment", id) }
        return row
    }

    static func view(_ row: Row) throws -> JSONValue {
        let filter = try (row["filter"] as String?).map { try JSONValue(parsing: $0) }
        return [
            "id": .string(row["id"]), "name": .string(row["name"]),
            "description": .string(row["description"]), "type": .string(row["type"]),
            "filter": filter ?? .null,
            "all_users": .bool(row["kind"] as String == SegmentKind.allUsers.rawValue),
            "size": .integer(row["size"]), "size_state": .string(row["size_state"]),
            "counted_at": .time(row["counted_at"]), "created_at": .time(row["created_at"]),
            "updated_at": .time(row["updated_at"]),
        ]
    }
}

extension Problem {
    /// An action that a segment of another kind would allow.
    static func notOfKind(_ row: Row, _ message: String) -> Problem {
        let kind = row["kind"] as String
        return Problem(
            .actionNotAllowed, "a segment of the kind \(kind) \(message)",
            members: ["state": .string(kind)])
    }
}

package import ControlDirectory
package import GRDB
package import JSON
import Providers
package import SendPlans

/// Message templates and their versions.
///
/// Contents never change: what is to be said otherwise is a new version. A version is
///
/// ```
/// draft ──publish──▶ published
///   └─────reject───▶ rejected
/// ```
package struct Templates: Sendable {
    let database: ControlDatabase
    let allowsPrivateNetworks: Bool
    let destinations: Destinations

    package init(database: ControlDatabase, options: ControlOptions, destinations: Destinations) {
        self.database = database
        allowsPrivateNetworks = options.allowsPrivateNetworks
        self.destinations = destinations
    }

    /// Makes a template with its first version, a draft.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let type =
            body["channel_type"]?.string.flatMap(Medium.init(rawValue:))
            ?? Medium(of: .standard)
        try type.requireAvailable(at: "/channel_type")
        let warnings = try await check(body)
        return try await database.write { db, now in
            let id = body["id"]?.string ?? RandomText.id("tpl")
            guard try Self.row(caller.app, id, db) == nil else {
                throw Problem(.alreadyExists, "there is a template “\(id)” already")
            }
            try db.requireRoom(
                for: "templates", atMost: InputLimits.templatesPerApp,
                in: "template WHERE app = ?", app: caller.app)
            try db.execute(
                sql: """
                    INSERT INTO template (app, id, name, description, channel_type, message_type,
                        latest_version, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, 1, ?, ?)
                    """,
                arguments: [
                    caller.app, id, body["name"]?.string ?? id, body["description"]?.string ?? "",
                    type.rawValue, body["message_type"]?.string ?? MessageType.marketing.rawValue,
                    now, now,
                ])
            try Self.insertVersion(
                1, of: TemplateRowID(rawValue: db.lastInsertedRowID), body, now, db)
            let view = try Self.fullView(try Self.existing(caller.app, id, db), db)
            try AuditEntry("create", "template", id, after: view).record(by: caller, at: now, db)
            return Self.adding(warnings, to: view)
        }
    }

    /// Lists the app's templates in the order in which they were made, without contents.
    package func list(_ caller: Caller, _ page: PageRequest) async throws -> ListPage {
        try await database.read { db in
            try RowList(Self.selection, where: SQLCondition("app = ?", [caller.app])).page(
                page, db, view: Self.view)
        }
    }

    /// A template with its latest version.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { db in
            try Self.fullView(try Self.existing(caller.app, id, db), db)
        }
    }

    /// Changes what describes a template; its versions stay.
    package func update(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            try db.execute(
                sql: "UPDATE template SET name = ?, description = ?, updated_at = ? WHERE pk = ?",
                arguments: [
                    body["name"]?.string ?? row["name"],
                    body["description"]?.string ?? row["description"],
                    now, row["pk"] as TemplateRowID,
                ])
            let changed = try Self.existing(caller.app, id, db)
            try AuditEntry(
                "update", "template", id, before: Self.view(row), after: Self.view(changed)
            ).record(by: caller, at: now, db)
            return try Self.fullView(changed, db)
        }
    }

    /// Deletes a template with all its versions.
    ///
    /// - Throws: `Problem` of `referenceInUse` while a campaign that has not ended refers to it.
    package func delete(_ caller: Caller, _ id: String) async throws {
        try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            try CampaignReferences.refuse(
                app: caller.app, where: SQLCondition("template_id = ?", [id]), db)
            for sql in [
                "DELETE FROM template_version WHERE template = ?",
                "DELETE FROM template WHERE pk = ?",
            ] {
                try db.execute(sql: sql, arguments: [row["pk"] as TemplateRowID])
            }
            try AuditEntry("delete", "template", id, before: Self.view(row))
                .record(by: caller, at: now, db)
        }
    }

    // MARK: Rows

    private static let selection = """
        SELECT *, (SELECT max(version) FROM template_version
            WHERE template = template.pk AND state = 'published') AS published_version
        FROM template
        """

    package static func row(_ app: AppRowID, _ id: String, _ db: Database) throws -> Row? {
        try Row.fetchOne(db, sql: "\(selection) WHERE app = ? AND id = ?", arguments: [app, id])
    }

    static func existing(_ app: AppRowID, _ id: String, _ db: Database) throws -> Row {
        guard let row = try row(app, id, db) else { throw Problem.notFound("template", id) }
        return row
    }

    private static func view(_ row: Row) -> JSONValue {
        [
            "id": .string(row["id"]), "name": .string(row["name"]),
            "description": .string(row["description"]),
            "channel_type": .string(row["channel_type"]),
            "message_type": .string(row["message_type"]),
            "latest_version": .integer(row["latest_version"]),
            "published_version": (row["published_version"] as Int64?).map { .integer($0) } ?? .null,
            "created_at": .time(row["created_at"]), "updated_at": .time(row["updated_at"]),
        ]
    }

    /// With the latest version.
    private static func fullView(_ row: Row, _ db: Database) throws -> JSONValue {
        guard case .object(var fields) = view(row) else { return view(row) }
        fields["latest"] = versionView(
            try existingVersion(row, row["latest_version"], db), of: row["id"])
        return .object(fields)
    }

    static func adding(_ warnings: [FieldMistake], to view: JSONValue) -> JSONValue {
        guard case .object(var fields) = view else { return view }
        fields["warnings"] = .array(warnings.map(\.json))
        return .object(fields)
    }
}

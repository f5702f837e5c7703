package import ControlDirectory
package import GRDB
package import JSON
import Providers
package import SendPlans

/// How each app's messages leave: one provider per channel type.
package struct WebhookProviders: Sendable {
    let database: ControlDatabase
    let allowsPrivateNetworks: Bool
    let destinations: Destinations

    package init(database: ControlDatabase, options: ControlOptions, destinations: Destinations) {
        self.database = database
        allowsPrivateNetworks = options.allowsPrivateNetworks
        self.destinations = destinations
    }

    /// Lists the app's providers, secrets masked.
    package func list(_ caller: Caller) async throws -> ListPage {
        try await database.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM provider WHERE app = ? ORDER BY type",
                arguments: [caller.app])
            return ListPage(items: try rows.map(Self.view), next: nil)
        }
    }

    package func get(_ caller: Caller, _ type: String) async throws -> JSONValue {
        try await database.read { db in
            guard let row = try Self.row(caller.app, type, db) else {
                throw Problem.notFound("provider", type)
            }
            return try Self.view(row)
        }
    }

    /// Sets a provider up, in place of what there was.
    package func put(
        _ caller: Caller, _ type: String, _ body: JSONValue
    ) async throws -> JSONValue {
        guard let channel = Medium(rawValue: type) else {
            throw Problem.notFound("provider", type)
        }
        try channel.requireAvailable(at: "/type")
        let settings = ProviderSettings(body)
        try await check(settings)
        return try await database.write { db, now in
            let before = try Self.row(caller.app, type, db).map(Self.view)
            try db.execute(
                sql: """
                    INSERT INTO provider (app, type, settings, updated_at) VALUES (?, ?, ?, ?)
                    ON CONFLICT DO UPDATE
                    SET settings = excluded.settings, updated_at = excluded.updated_at
                    """,
                arguments: [
                    caller.app, type, settings.json(isMasked: false).encoded,
                    now,
                ])
            let after = try Self.row(caller.app, type, db).map(Self.view)
            try AuditEntry("set", "provider", type, before: before, after: after)
                .record(by: caller, at: now, db)
            return after ?? .null
        }
    }

    package func delete(_ caller: Caller, _ type: String) async throws {
        try await database.write { db, now in
            guard let row = try Self.row(caller.app, type, db) else {
                throw Problem.notFound("provider", type)
            }
            try db.execute(
                sql: "DELETE FROM provider WHERE app = ? AND type = ?",
                arguments: [caller.app, type])
            try AuditEntry("delete", "provider", type, before: try Self.view(row))
                .record(by: caller, at: now, db)
        }
    }

    /// The webhook settings of an app, headers and all; nil when it has set nothing.
    package static func settings(app: AppRowID, _ db: Database) throws -> ProviderSettings? {
        try row(app, ProviderKind.webhook.rawValue, db).map {
            ProviderSettings(try JSONValue(parsing: $0["settings"] as String))
        }
    }

    private func check(_ settings: ProviderSettings) async throws {
        for (name, value) in settings.headers where value == ProviderSettings.mask {
            throw Problem.invalid(
                JSONPointer.appending(name, to: "/headers"), "masked",
                "this stands for a value that is not shown; expected the value itself")
        }
        let document = try await BlockingQueue.run { [allowsPrivateNetworks] in
            let content = try TemplateContent(["format": "text", "body": ""], at: "")
            let document = settings.document(
                for: content, name: "body", shards: 1,
                allowsPrivateNetworks: allowsPrivateNetworks, seed: 0)
            _ = try RequestCheck.parse(document, headers: settings.headers, at: "")
            return document
        }
        try await RequestCheck.destination(of: document, destinations, at: "")
    }

    private static func row(_ app: AppRowID, _ type: String, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM provider WHERE app = ? AND type = ?", arguments: [app, type])
    }

    private static func view(_ row: Row) throws -> JSONValue {
        let settings = ProviderSettings(try JSONValue(parsing: row["settings"] as String))
        guard case .object(var fields) = settings.json(isMasked: true) else { return .null }
        fields["type"] = .string(row["type"])
        fields["updated_at"] = .time(row["updated_at"])
        return .object(fields)
    }
}

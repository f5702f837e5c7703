package import ControlDirectory
import Engine
import GRDB
package import JSON
import Pacing
import Providers

/// The limits of an app as the API shows and changes them.
package struct Limits: Sendable {
    let database: ControlDatabase
    package let book: LimitBook
    let runner: CampaignRunner

    /// Limits that an app may set on campaigns, providers and hosts.
    package static let perApp = 10_000

    package static let shape = Shape.named(
        "Limit",
        .fields([
            .required("level", .choice(LimiterLevel.allCases.map(\.description))),
            .required("name", .text(0...InputLimits.urlLength)),
            .required("rate", .text(1...32).describedAs("N/s, N/m, N/h, or unlimited.")),
            .required("burst", .nullable(.integer(1...1_000_000))),
            .required("in_flight", .nullable(.integer(1...1_000_000))),
        ]))

    package static let change = Shape.named(
        "LimitChange",
        .fields([
            .required(
                "limits",
                .array(
                    .fields([
                        .required("level", .choice(LimiterLevel.allCases.map(\.description))),
                        .optional(
                            "name",
                            .text(0...InputLimits.urlLength).describedAs(
                                "The campaign's id, the provider's type, the host as "
                                    + "scheme://host:port; empty for the app.")),
                        .optional(
                            "rate",
                            .text(1...32).describedAs(
                                "Fields that are not named stay; a rate of unlimited has no burst.")
                        ),
                        .optional("burst", .nullable(.integer(1...1_000_000))),
                        .optional("in_flight", .nullable(.integer(1...1_000_000))),
                    ]), 1...100))
        ]))

    package static let list = Shape.fields([.required("limits", .array(shape, 0...perApp))])

    /// All limits that are set.
    package func get(_ caller: Caller) async throws -> JSONValue {
        try await database.read { db in try Self.view(caller.app, db) }
    }

    /// Changes limits, all or none; in force when the call returns.
    ///
    /// What is not named stays as it is stored: two callers that change different limits, or
    /// different fields of one, never undo each other's change.
    package func put(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let view = try await database.write { db, now in
            let before = try Self.view(caller.app, db)
            for (index, item) in (body["limits"]?.array ?? []).enumerated() {
                let path = "/limits/\(index)"
                let key = try Self.key(item, app: caller.app, path: path, db)
                var setting = try Self.stored(key, db)
                if let rate = item["rate"]?.string {
                    setting.rate = rate
                    if rate == LimitBook.Setting.unlimited.rate { setting.burst = nil }
                }
                if let burst = item["burst"] { setting.burst = burst.integer.map(Int.init) }
                if let most = item["in_flight"] { setting.inFlight = most.integer.map(Int.init) }
                try Self.write(setting, key, path: path, at: now, db)
            }
            let after = try Self.view(caller.app, db)
            try AuditEntry("update", "limits", caller.appID, before: before, after: after)
                .record(by: caller, at: now, db)
            return after
        }
        // In the order of writes: of two changes, the one that is stored last is in force.
        try await database.write { [book] db in try book.refresh(caller.app, db) }
        await runner.limitsChanged()
        return view
    }

    /// What a limit says in the database; unlimited when nobody has set it.
    static func stored(_ key: LimitBook.Key, _ db: Database) throws -> LimitBook.Setting {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT rate, burst, in_flight FROM send_limit
                WHERE app = ? AND level = ? AND name = ?
                """, arguments: [key.app, key.level.description, key.name])
        return row.map(LimitBook.Setting.init) ?? .unlimited
    }

    private static func key(
        _ item: JSONValue, app: AppRowID, path: String, _ db: Database
    ) throws -> LimitBook.Key {
        let level = LimiterLevel(name: item["level"]?.string ?? "") ?? .app
        let name = item["name"]?.string ?? ""
        switch level {
        case .app:
            guard name.isEmpty else {
                throw Problem.invalid("\(path)/name", "wrong_format", "expected no name")
            }
        case .campaign:
            let exists = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM campaign WHERE app = ? AND id = ?)",
                arguments: [app, name])
            guard exists == true else {
                throw Problem.invalid(
                    "\(path)/name", "unknown_reference", "there is no campaign “\(name)”")
            }
        case .provider:
            guard ProviderKind(rawValue: name) != nil else {
                throw Problem.invalid(
                    "\(path)/name", "unknown_value",
                    "expected \(ProviderKind.names.joined(separator: " or "))")
            }
        case .host:
            guard let host = HostName(name) else {
                throw Problem.invalid(
                    "\(path)/name", "wrong_format",
                    "expected scheme://host or scheme://host:port, http or https")
            }
            return LimitBook.Key(app: app, level: .host, name: host.text)
        }
        return LimitBook.Key(app: app, level: level, name: name)
    }

    /// Writes a limit; it is in force when the book is refreshed after the transaction.
    ///
    /// - Throws: `Problem` with the path of a rate or burst that cannot be.
    static func write(
        _ setting: LimitBook.Setting, _ key: LimitBook.Key, path: String, at now: Timestamp,
        _ db: Database
    ) throws {
        do {
            _ = try RateLimit(parsing: setting.rate, burst: setting.burst)
        } catch {
            let field = if case .burstOutOfRange = error { "burst" } else { "rate" }
            throw Problem.invalid("\(path)/\(field)", "wrong_format", "\(error)")
        }
        if setting == .unlimited {
            try db.execute(
                sql: "DELETE FROM send_limit WHERE app = ? AND level = ? AND name = ?",
                arguments: [key.app, key.level.description, key.name])
        } else {
            try db.execute(
                sql: """
                    INSERT INTO send_limit (app, level, name, rate, burst, in_flight, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?)
                    ON CONFLICT (app, level, name) DO UPDATE SET rate = excluded.rate,
                        burst = excluded.burst, in_flight = excluded.in_flight,
                        updated_at = excluded.updated_at
                    """,
                arguments: [
                    key.app, key.level.description, key.name, setting.rate, setting.burst,
                    setting.inFlight, now,
                ])
            let count =
                try Int.fetchOne(
                    db, sql: "SELECT count(*) FROM send_limit WHERE app = ?", arguments: [key.app])
                ?? 0
            guard count <= perApp else {
                throw Problem(.limitReached, "an app has at most \(perApp) limits")
            }
        }
    }

    private static func view(_ app: AppRowID, _ db: Database) throws -> JSONValue {
        let rows = try Row.fetchAll(
            db, sql: "SELECT * FROM send_limit WHERE app = ? ORDER BY level, name",
            arguments: [app])
        return [
            "limits": .array(
                rows.map { row in
                    [
                        "level": .string(row["level"]), "name": .string(row["name"]),
                        "rate": .string(row["rate"]),
                        "burst": (row["burst"] as Int64?).map { .integer($0) } ?? .null,
                        "in_flight": (row["in_flight"] as Int64?).map { .integer($0) } ?? .null,
                    ]
                })
        ]
    }
}

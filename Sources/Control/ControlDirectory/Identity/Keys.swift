import Foundation
import GRDB
package import JSON
import Structures

/// API keys: made, shown once, checked, revoked.
///
/// The database has only their hashes. A key that was checked once is remembered until it changes,
/// so that a request costs no query.
package final class Keys: Sendable {
    /// A key as it is checked.
    private struct Entry: Sendable {
        var caller: Caller
        var expiresAt: Timestamp?
        var isRevoked: Bool
    }

    let database: ControlDatabase
    // By hash; guards the cache against revocation.
    private let known = Guarded<[Data: Entry]>([:])
    // Uses since the last write of `last_used_at`, by key id.
    private let used = Guarded<[String: Timestamp]>([:])

    /// Keys that are remembered; beyond it the memory is emptied.
    private static let knownMax = 10_000

    /// Keys of an app.
    package static let keysPerApp = 1_000

    package init(database: ControlDatabase) { self.database = database }

    // MARK: Checking

    /// Finds out who presents a secret.
    ///
    /// - Throws: `Problem` of `unauthenticated` or `keyExpired`.
    package func authenticate(_ secret: String) async throws -> Caller {
        let hash = RandomText.hash(secret)
        let now = database.clock.now
        let entry: Entry
        if let known = known.withLock({ $0[hash] }) {
            entry = known
        } else {
            guard let found = try await database.read({ db in try Self.find(hash, db) }) else {
                throw Problem(.unauthenticated, "the API key is not known")
            }
            entry = known.withLock { known in
                // What was revoked since it was read must not come back.
                if let newer = known[hash] { return newer }
                if known.count >= Self.knownMax { known.removeAll() }
                known[hash] = found
                return found
            }
        }
        guard !entry.isRevoked else { throw Problem(.keyExpired, "the API key was revoked") }
        if let end = entry.expiresAt, end <= now {
            throw Problem(.keyExpired, "the API key expired at \(end.rfc3339)")
        }
        used.withLock { $0[entry.caller.keyID] = now }
        return entry.caller
    }

    private static func find(_ hash: Data, _ db: Database) throws -> Entry? {
        let row = try Row.fetchOne(
            db,
            sql: """
                SELECT api_key.*, app.id AS app_id FROM api_key JOIN app ON app.pk = api_key.app
                WHERE hash = ?
                """, arguments: [hash])
        guard let row else { return nil }
        let permissions = (row["permissions"] as String).split(separator: ",").compactMap {
            Permission(rawValue: String($0))
        }
        return Entry(
            caller: Caller(
                app: row["app"], appID: row["app_id"], keyID: row["id"],
                permissions: Set(permissions)),
            expiresAt: (row["expires_at"] as Int64?).map(Timestamp.init(milliseconds:)),
            isRevoked: (row["revoked_at"] as Int64?) != nil)
    }

    /// Writes when keys were last used; called now and then.
    package func saveUses() async throws {
        let uses = used.withLock { uses in
            defer { uses = [:] }
            return uses
        }
        guard !uses.isEmpty else { return }
        try await database.write { db in
            for (id, at) in uses {
                try db.execute(
                    sql: "UPDATE api_key SET last_used_at = ? WHERE id = ?", arguments: [at, id])
            }
        }
    }

    // MARK: The API

    /// A key, as it is shown: never with its secret.
    package static let shape = Shape.named(
        "ApiKey",
        .fields([
            .required("id", .id), .required("name", .text(0...InputLimits.nameLength)),
            .required("permissions", .array(permissionShape, 1...Permission.allCases.count)),
            .required("created_at", .time), .required("expires_at", .nullable(.time)),
            .required("revoked_at", .nullable(.time)),
            .required("last_used_at", .nullable(.time)),
            .optional("secret", .text(1...100).describedAs("Shown once, when the key is made.")),
        ]))

    /// What is told to make a key.
    package static let creation = Shape.named(
        "ApiKeyCreation",
        .fields([
            .required("name", .text(1...InputLimits.nameLength)),
            .required("permissions", .array(permissionShape, 1...Permission.allCases.count)),
            .optional("expires_at", .nullable(.time)),
        ]))

    private static let permissionShape = Shape.choice(Permission.allCases.map(\.rawValue))

    /// Makes a key; a caller gives no permission that it lacks.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let names = body["permissions"]?.array?.compactMap(\.string) ?? []
        let permissions = names.compactMap(Permission.init(rawValue:))
        for permission in permissions { try caller.require(permission) }
        let expiry = body["expires_at"]?.string.flatMap(Timestamp.init(rfc3339:))
        if let expiry, expiry <= database.clock.now {
            throw Problem.invalid("/expires_at", "out_of_range", "expected a time to come")
        }
        return try await database.write { db, now in
            try db.requireRoom(
                for: "keys", atMost: Self.keysPerApp,
                in: "api_key WHERE app = ? AND revoked_at IS NULL", app: caller.app)
            let made = try Self.insert(
                app: caller.app, name: body["name"]?.string ?? "",
                permissions: permissions, expiresAt: expiry, at: now, db)
            try AuditEntry("create", "key", made.id, after: made.view)
                .record(by: caller, at: now, db)
            guard case .object(var fields) = made.view else { return made.view }
            fields["secret"] = .string(made.secret)
            return .object(fields)
        }
    }

    /// Inserts a key of an app.
    static func insert(
        app: AppRowID, name: String, permissions: [Permission], expiresAt: Timestamp?,
        at now: Timestamp, _ db: Database
    ) throws -> (id: String, secret: String, view: JSONValue) {
        let id = RandomText.id("key")
        let secret = "ff_\(RandomText.base62(40))"
        let unique = Permission.allCases.filter(permissions.contains)
        try db.execute(
            sql: """
                INSERT INTO api_key (app, id, name, hash, permissions, created_at, expires_at)
                VALUES (?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                app, id, name, RandomText.hash(secret),
                unique.map(\.rawValue).joined(separator: ","), now, expiresAt,
            ])
        guard let row = try row(id, app: app, db) else {
            preconditionFailure("a key that was just inserted is not there")
        }
        return (id, secret, view(row))
    }

    /// Lists the keys of the app, revoked ones too, in the order in which they were made.
    package func list(_ caller: Caller, _ page: PageRequest) async throws -> ListPage {
        try await database.read { db in
            try RowList("SELECT * FROM api_key", where: SQLCondition("app = ?", [caller.app])).page(
                page, db, view: Self.view)
        }
    }

    /// A key of the caller's app, revoked or expired ones included.
    ///
    /// - Throws: `Problem.notFound`.
    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { db in
            guard let row = try Self.row(id, app: caller.app, db) else {
                throw Problem.notFound("key", id)
            }
            return Self.view(row)
        }
    }

    /// Ends a key at once; to repeat it changes nothing.
    ///
    /// - Throws: `Problem` of `notFound`, or of `actionNotAllowed` for the last key of the app that
    ///   may make others: nobody could get in again.
    package func revoke(_ caller: Caller, _ id: String) async throws -> JSONValue {
        let result = try await database.write { db, now -> (JSONValue, Data, Entry?) in
            guard let row = try Self.row(id, app: caller.app, db) else {
                throw Problem.notFound("key", id)
            }
            try Self.requireAnotherAdmin(than: id, app: caller.app, at: now, db)
            try db.execute(
                sql: "UPDATE api_key SET revoked_at = coalesce(revoked_at, ?) WHERE id = ?",
                arguments: [now, id])
            guard let changed = try Self.row(id, app: caller.app, db) else {
                preconditionFailure("a key that was just revoked is not there")
            }
            try AuditEntry(
                "revoke", "key", id, before: Self.view(row), after: Self.view(changed)
            ).record(by: caller, at: now, db)
            let hash = changed["hash"] as Data
            return (Self.view(changed), hash, try Self.find(hash, db))
        }
        known.withLock { $0[result.1] = result.2 }
        return result.0
    }

    private static func requireAnotherAdmin(
        than id: String, app: AppRowID, at now: Timestamp, _ db: Database
    ) throws {
        let admins = try String.fetchAll(
            db,
            sql: """
                SELECT id FROM api_key
                WHERE app = ? AND revoked_at IS NULL AND (expires_at IS NULL OR expires_at > ?)
                    AND ',' || permissions || ',' LIKE ?
                """, arguments: [app, now, "%,\(Permission.admin.rawValue),%"])
        guard admins != [id] else {
            throw Problem(
                .actionNotAllowed,
                "it is the last key with the permission \(Permission.admin.rawValue): "
                    + "make another first")
        }
    }

    private static func row(_ id: String, app: AppRowID, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM api_key WHERE app = ? AND id = ?", arguments: [app, id])
    }

    private static func view(_ row: Row) -> JSONValue {
        let permissions = (row["permissions"] as String).split(separator: ",")
        return [
            "id": .string(row["id"]), "name": .string(row["name"]),
            "permissions": .array(permissions.map { .string(String($0)) }),
            "created_at": .time(row["created_at"]), "expires_at": .time(row["expires_at"]),
            "revoked_at": .time(row["revoked_at"]), "last_used_at": .time(row["last_used_at"]),
        ]
    }
}

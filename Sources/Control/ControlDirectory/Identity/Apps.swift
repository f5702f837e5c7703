import Foundation
package import GRDB
package import JSON

/// Tenants: each has its own keys, users, campaigns, limits and quota.
package struct Apps: Sendable {
    let database: ControlDatabase
    let quota: QuotaBook
    let eligibility: Eligibility

    /// Tells quotas and eligibility of what changes.
    package init(database: ControlDatabase, quota: QuotaBook, eligibility: Eligibility) {
        self.database = database
        self.quota = quota
        self.eligibility = eligibility
    }

    /// An app, as it is shown.
    package static let shape = Shape.named(
        "App",
        .fields([
            .required("id", .id), .required("name", .text(1...InputLimits.nameLength)),
            .required("mau", .count), .required("quota_multiplier", .integer(0...1_000)),
            .required("quota_policy", .choice(QuotaPolicy.allCases.map(\.rawValue))),
            .required("consent_default", .choice(["granted", "denied"])),
            .required("created_at", .time), .required("updated_at", .time),
        ]))

    private static let settings: [FieldShape] = [
        .optional("mau", .integer(0...1_000_000_000)),
        .optional("quota_multiplier", .integer(0...1_000)),
        .optional("quota_policy", .choice(QuotaPolicy.allCases.map(\.rawValue))),
        .optional("consent_default", .choice(["granted", "denied"])),
    ]

    /// What is told to make an app.
    package static let creation = Shape.named(
        "AppCreation",
        .fields(
            [
                .optional("id", .id), .required("name", .text(1...InputLimits.nameLength)),
            ] + settings))

    /// What of an app can be changed; what is left out stays.
    package static let change = Shape.named(
        "AppChange",
        .fields([.optional("name", .text(1...InputLimits.nameLength))] + settings))

    /// Makes an app with an admin key, which is shown this once.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        try await database.write { db, now in
            let made = try insert(body, operates: false, at: now, db)
            if body["consent_default"]?.string == "denied" {
                try eligibility.consentDefaultChanged(app: made.pk, isDenied: true, db)
            }
            try AuditEntry("create", "app", made.id, after: made.view)
                .record(by: caller, at: now, db)
            return .object(["app": made.view, "key": .string(made.secret)])
        }
    }

    /// Inserts an app and its first key.
    package func insert(
        _ body: JSONValue, operates: Bool, at now: Timestamp, _ db: Database
    ) throws -> (pk: AppRowID, id: String, secret: String, view: JSONValue) {
        let id = body["id"]?.string ?? RandomText.id("app")
        guard try Self.row(id, db) == nil else {
            throw Problem(.alreadyExists, "there is an app “\(id)” already")
        }
        try db.execute(
            sql: """
                INSERT INTO app (id, name, mau, quota_multiplier, quota_policy, consent_default,
                    created_at, updated_at)
                VALUES (?, ?, ?, ?, ?, ?, ?, ?)
                """,
            arguments: [
                id, body["name"]?.string ?? id, body["mau"]?.integer ?? 1_000_000,
                body["quota_multiplier"]?.integer ?? 3,
                body["quota_policy"]?.string ?? QuotaPolicy.pause.rawValue,
                body["consent_default"]?.string ?? "granted", now, now,
            ])
        let pk = AppRowID(rawValue: db.lastInsertedRowID)
        let key = try Keys.insert(
            app: pk, name: "admin", permissions: operates ? [.admin, .operate] : [.admin],
            expiresAt: nil, at: now, db)
        guard let row = try Self.row(id, db) else {
            preconditionFailure("an app that was just inserted is not there")
        }
        try quota.update(pk, db)
        return (pk, id, key.secret, Self.view(row))
    }

    /// Lists all apps; for who runs the server.
    package func list(_ page: PageRequest) async throws -> ListPage {
        try await database.read { db in
            try RowList("SELECT * FROM app").page(page, db, view: Self.view)
        }
    }

    /// The caller's own app.
    package func get(_ caller: Caller) async throws -> JSONValue {
        try await database.read { db in
            guard let row = try Self.row(caller.appID, db) else {
                throw Problem.notFound("app", caller.appID)
            }
            return Self.view(row)
        }
    }

    /// Changes the caller's own app; what the body does not name stays.
    package func update(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        try await database.write { [quota] db, now in
            guard let row = try Self.row(caller.appID, db) else {
                throw Problem.notFound("app", caller.appID)
            }
            let changed = try Self.change(row, body, at: now, db)
            try quota.update(caller.app, db)
            let consent: String = row["consent_default"]
            if let wanted = body["consent_default"]?.string, wanted != consent {
                try eligibility.consentDefaultChanged(
                    app: caller.app, isDenied: wanted == "denied", db)
            }
            try AuditEntry(
                "update", "app", caller.appID, before: Self.view(row), after: changed
            ).record(by: caller, at: now, db)
            return changed
        }
    }

    private static func change(
        _ row: Row, _ body: JSONValue, at now: Timestamp, _ db: Database
    ) throws -> JSONValue {
        try db.execute(
            sql: """
                UPDATE app SET name = ?, mau = ?, quota_multiplier = ?, quota_policy = ?,
                    consent_default = ?, updated_at = ? WHERE pk = ?
                """,
            arguments: [
                body["name"]?.string ?? row["name"], body["mau"]?.integer ?? row["mau"],
                body["quota_multiplier"]?.integer ?? row["quota_multiplier"],
                body["quota_policy"]?.string ?? row["quota_policy"],
                body["consent_default"]?.string ?? row["consent_default"],
                now, row["pk"] as AppRowID,
            ])
        guard let changed = try self.row(row["id"], db) else {
            preconditionFailure("an app that was just changed is not there")
        }
        return view(changed)
    }

    private static func row(_ id: String, _ db: Database) throws -> Row? {
        try Row.fetchOne(db, sql: "SELECT * FROM app WHERE id = ?", arguments: [id])
    }

    private static func view(_ row: Row) -> JSONValue {
        [
            "id": .string(row["id"]), "name": .string(row["name"]), "mau": .integer(row["mau"]),
            "quota_multiplier": .integer(row["quota_multiplier"]),
            "quota_policy": .string(row["quota_policy"]),
            "consent_default": .string(row["consent_default"]),
            "created_at": .time(row["created_at"]), "updated_at": .time(row["updated_at"]),
        ]
    }
}

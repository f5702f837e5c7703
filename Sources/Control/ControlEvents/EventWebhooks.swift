package import ControlDirectory
import GRDB
package import JSON
package import SendPlans

/// Where an app is told of what happens to its campaigns: signed as Standard Webhooks 1.0 has it.
package struct EventWebhooks: Sendable {
    let database: ControlDatabase
    let options: ControlOptions
    let outbox: EventOutbox
    let destinations: Destinations

    /// Puts messages that are asked for into an outbox.
    package init(
        database: ControlDatabase, options: ControlOptions, outbox: EventOutbox,
        destinations: Destinations
    ) {
        self.database = database
        self.options = options
        self.outbox = outbox
        self.destinations = destinations
    }

    private static let typeShape = Shape.choice(CampaignEventType.allCases.map(\.rawValue))
    private static let typesShape = Shape.array(typeShape, 1...CampaignEventType.allCases.count)

    package static let shape = Shape.named(
        "EventWebhook",
        .fields([
            .required("id", .id), .required("url", .text(1...InputLimits.urlLength)),
            .required("description", .text(0...InputLimits.descriptionLength)),
            .required("events", typesShape), .required("is_enabled", .boolean),
            .required(
                "disabled_reason",
                .nullable(
                    .choice(["requested", "gone"]).describedAs("gone: it answered with 410."))),
            .required(
                "secret",
                .text(1...94).describedAs(
                    "Whole when it is made and when it is rotated, else masked.")),
            .required(
                "previous_secret_until",
                .nullable(
                    .time.describedAs("Until then messages have signatures by both secrets."))),
            .required("created_at", .time), .required("updated_at", .time),
        ]))

    package static let creation = Shape.named(
        "EventWebhookCreation",
        .fields([
            .required("url", .text(1...InputLimits.urlLength)),
            .optional("description", .text(0...InputLimits.descriptionLength)),
            .optional("events", typesShape.describedAs("All of them when there is none.")),
            .optional("secret", .string(WebhookSecret.rule)), .optional("is_enabled", .boolean),
        ]))

    package static let change = Shape.named(
        "EventWebhookChange",
        .fields([
            .optional("url", .text(1...InputLimits.urlLength)),
            .optional("description", .text(0...InputLimits.descriptionLength)),
            .optional("events", typesShape), .optional("is_enabled", .boolean),
        ]))

    package static let rotation = Shape.named(
        "EventWebhookRotation",
        .fields([
            .optional("secret", .string(WebhookSecret.rule)),
            .optional("overlap_seconds", .integer(0...EventLimits.overlapSecondsMax)),
        ]))

    // MARK: The API

    /// Makes a webhook, and shows its secret.
    package func create(_ caller: Caller, _ body: JSONValue) async throws -> JSONValue {
        let url = body["url"]?.string ?? ""
        try await check(url: url)
        let secret = try Self.secret(of: body)
        let id = RandomText.id("whk")
        let isEnabled = body["is_enabled"]?.bool ?? true
        return try await database.write { db, now in
            try db.requireRoom(
                for: "event webhooks", atMost: EventLimits.webhooksPerApp,
                in: "event_webhook WHERE app = ?", app: caller.app)
            try db.execute(
                sql: """
                    INSERT INTO event_webhook (app, id, url, description, events, secret,
                        is_enabled, disabled_reason, created_at, updated_at)
                    VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
                    """,
                arguments: [
                    caller.app, id, url, body["description"]?.string ?? "",
                    Self.events(of: body)
                        ?? JSONValue.array(
                            CampaignEventType.allCases.map { .string($0.rawValue) }
                        ).encoded,
                    secret.text, isEnabled, isEnabled ? nil : "requested", now, now,
                ])
            let row = try Self.row(caller, id, db)
            try AuditEntry("create", "event_webhook", id, after: Self.view(row))
                .record(by: caller, at: now, db)
            return Self.view(row, showsSecret: true)
        }
    }

    /// Lists the webhooks of the app, in the order in which they were made.
    package func list(_ caller: Caller, _ page: PageRequest) async throws -> ListPage {
        try await database.read { db in
            try RowList("SELECT * FROM event_webhook", where: SQLCondition("app = ?", [caller.app]))
                .page(page, db) { Self.view($0) }
        }
    }

    package func get(_ caller: Caller, _ id: String) async throws -> JSONValue {
        try await database.read { db in Self.view(try Self.row(caller, id, db)) }
    }

    /// Changes a webhook; what the body does not name stays.
    ///
    /// Messages of a disabled webhook wait until it is enabled; new events make none.
    package func update(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        if let url = body["url"]?.string { try await check(url: url) }
        return try await database.write { [outbox] db, now in
            let row = try Self.row(caller, id, db)
            let isEnabled = body["is_enabled"]?.bool ?? row["is_enabled"]
            let reason: String? = row["disabled_reason"]
            try db.execute(
                sql: """
                    UPDATE event_webhook SET url = ?, description = ?, events = ?, is_enabled = ?,
                        disabled_reason = ?, updated_at = ?
                    WHERE pk = ?
                    """,
                arguments: [
                    body["url"]?.string ?? row["url"],
                    body["description"]?.string ?? row["description"],
                    Self.events(of: body) ?? row["events"], isEnabled,
                    isEnabled ? nil : reason ?? "requested", now, row["pk"] as EventWebhookRowID,
                ])
            outbox.wake(after: db)
            let changed = Self.view(try Self.row(caller, id, db))
            try AuditEntry("update", "event_webhook", id, before: Self.view(row), after: changed)
                .record(by: caller, at: now, db)
            return changed
        }
    }

    /// Removes a webhook with its messages.
    package func delete(_ caller: Caller, _ id: String) async throws {
        try await database.write { db, now in
            let row = try Self.row(caller, id, db)
            try db.execute(
                sql: "DELETE FROM event_webhook WHERE pk = ?",
                arguments: [row["pk"] as EventWebhookRowID])
            try AuditEntry("delete", "event_webhook", id, before: Self.view(row))
                .record(by: caller, at: now, db)
        }
    }

    /// Gives a webhook a new secret, and shows it; the one before stays valid for a while.
    package func rotateSecret(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let secret = try Self.secret(of: body)
        let overlap = body["overlap_seconds"]?.integer ?? EventLimits.overlapSecondsDefault
        return try await database.write { db, now in
            let row = try Self.row(caller, id, db)
            try db.execute(
                sql: """
                    UPDATE event_webhook SET secret = ?, previous_secret = ?,
                        previous_secret_until = ?, updated_at = ?
                    WHERE pk = ?
                    """,
                arguments: [
                    secret.text, overlap == 0 ? nil : row["secret"] as String,
                    overlap == 0 ? nil : now + overlap, now, row["pk"] as EventWebhookRowID,
                ])
            let changed = try Self.row(caller, id, db)
            try AuditEntry(
                "rotate_secret", "event_webhook", id, before: Self.view(row),
                after: Self.view(changed)
            ).record(by: caller, at: now, db)
            return Self.view(changed, showsSecret: true)
        }
    }

    // MARK: Inputs

    /// Checks a URL; whether its addresses may be dialled is checked once more when they are.
    private func check(url: String) async throws {
        do throws(CampaignMistake) {
            try TargetCheck.checkURL(url)
        } catch {
            throw Problem.invalid("/url", "wrong_format", error.message)
        }
        do throws(CampaignMistake) {
            try await destinations.check(url: url)
        } catch {
            throw Problem.invalid("/url", "private_address", error.message)
        }
    }

    /// The secret that a body gives, or a new one.
    private static func secret(of body: JSONValue) throws(Problem) -> WebhookSecret {
        guard let text = body["secret"]?.string else { return .random() }
        guard let secret = WebhookSecret(text) else {
            throw .invalid("/secret", "wrong_format", WebhookSecret.rule.expectation ?? "")
        }
        return secret
    }

    /// The types that a body names, each once, as they are stored.
    private static func events(of body: JSONValue) -> String? {
        guard let named = body["events"]?.array?.compactMap(\.string) else { return nil }
        let types = CampaignEventType.allCases.map(\.rawValue).filter(named.contains)
        return JSONValue.array(types.map { .string($0) }).encoded
    }

    // MARK: Rows

    static func row(_ caller: Caller, _ id: String, _ db: Database) throws -> Row {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM event_webhook WHERE app = ? AND id = ?",
            arguments: [caller.app, id])
        guard let row else { throw Problem.notFound("event webhook", id) }
        return row
    }

    private static func view(_ row: Row, showsSecret: Bool = false) -> JSONValue {
        let secret: String = row["secret"]
        return [
            "id": .string(row["id"]), "url": .string(row["url"]),
            "description": .string(row["description"]),
            "events": (try? JSONValue(parsing: row["events"] as String)) ?? [],
            "is_enabled": .bool(row["is_enabled"]),
            "disabled_reason": .text(row["disabled_reason"]),
            "secret": .string(
                showsSecret ? secret : WebhookSecret(secret)?.masked ?? "whsec_…"),
            "previous_secret_until": .time(row["previous_secret_until"]),
            "created_at": .time(row["created_at"]), "updated_at": .time(row["updated_at"]),
        ]
    }
}

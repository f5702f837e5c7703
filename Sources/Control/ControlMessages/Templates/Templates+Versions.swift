package import ControlDirectory
import Foundation
import GRDB
package import JSON

extension Templates {
    /// Adds a version, a draft.
    package func createVersion(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let warnings = try await check(body)
        return try await database.write { db, now in
            let template = try Self.existing(caller.app, id, db)
            let version = (template["latest_version"] as Int64) + 1
            guard version <= InputLimits.versionsPerTemplate else {
                throw Problem(
                    .limitReached,
                    "a template has at most \(InputLimits.versionsPerTemplate) versions")
            }
            let pk = template["pk"] as TemplateRowID
            try Self.insertVersion(version, of: pk, body, now, db)
            try db.execute(
                sql: "UPDATE template SET latest_version = ?, updated_at = ? WHERE pk = ?",
                arguments: [version, now, pk])
            let view = Self.versionView(try Self.existingVersion(template, version, db), of: id)
            try AuditEntry("create_version", "template", id, after: view)
                .record(by: caller, at: now, db)
            return Self.adding(warnings, to: view)
        }
    }

    /// Lists a template's versions, the oldest first.
    package func listVersions(
        _ caller: Caller, _ id: String, _ page: PageRequest
    ) async throws -> ListPage {
        try await database.read { db in
            let template = try Self.existing(caller.app, id, db)
            return try RowList(
                "SELECT * FROM template_version",
                where: SQLCondition("template = ?", [template["pk"] as TemplateRowID]),
                key: "version"
            )
            .page(page, db) { Self.versionView($0, of: id) }
        }
    }

    package func getVersion(
        _ caller: Caller, _ id: String, _ version: String
    ) async throws -> JSONValue {
        try await database.read { db in
            let template = try Self.existing(caller.app, id, db)
            return Self.versionView(
                try Self.existingVersion(template, try Self.number(version), db), of: id)
        }
    }

    /// Lets campaigns send a draft.
    package func publish(
        _ caller: Caller, _ id: String, _ version: String
    ) async throws -> JSONValue {
        try await decide(caller, id, version, .published, "publish", reason: nil)
    }

    /// Ends a draft without it ever being sent.
    package func reject(
        _ caller: Caller, _ id: String, _ version: String, _ body: JSONValue
    ) async throws -> JSONValue {
        try await decide(
            caller, id, version, .rejected, "reject", reason: body["reason"]?.string ?? "")
    }

    private func decide(
        _ caller: Caller, _ id: String, _ version: String, _ state: TemplateState,
        _ action: String, reason: String?
    ) async throws -> JSONValue {
        try await database.write { db, now in
            let template = try Self.existing(caller.app, id, db)
            let number = try Self.number(version)
            let row = try Self.existingVersion(template, number, db)
            guard let current = TemplateState(rawValue: row["state"]),
                current.actions.contains(action)
            else {
                let state = row["state"] as String
                throw Problem(
                    .actionNotAllowed, "version \(number) is \(state); only a draft can do that",
                    members: ["state": .string(state), "allowed_actions": []])
            }
            let pk = template["pk"] as TemplateRowID
            try db.execute(
                sql: """
                    UPDATE template_version SET state = ?, reason = ?, decided_at = ?
                    WHERE template = ? AND version = ?
                    """, arguments: [state.rawValue, reason, now, pk, number])
            try db.execute(
                sql: "UPDATE template SET updated_at = ? WHERE pk = ?", arguments: [now, pk])
            let view = Self.versionView(try Self.existingVersion(template, number, db), of: id)
            try AuditEntry(
                action, "template", id, before: Self.versionView(row, of: id), after: view
            )
            .record(by: caller, at: now, db)
            return view
        }
    }

    // MARK: Checking

    /// Finds what is wrong with a version before it is kept.
    ///
    /// - Returns: What is only suspicious.
    func check(_ body: JSONValue) async throws -> [FieldMistake] {
        let (document, warnings) = try await BlockingQueue.run { [allowsPrivateNetworks] in
            let content = try TemplateContent(body["content"] ?? .null, at: "/content")
            let document = ProviderSettings().document(
                for: content, name: "body", shards: 1,
                allowsPrivateNetworks: allowsPrivateNetworks, seed: 0)
            var headers = content.headers
            if let type = content.contentType {
                if let name = headers.keys.first(where: { $0.lowercased() == "content-type" }) {
                    throw Problem.invalid(
                        JSONPointer.appending(name, to: "/content/headers"), "header_invalid",
                        "content_type says this already")
                }
                headers["Content-Type"] = type
            }
            let templates = try RequestCheck.parse(document, headers: headers, at: "/content")
            let warnings = try StoredTemplate.schema(body["variable_schema"]).map {
                try RequestCheck.variables(of: templates, schema: $0, at: "/content")
            }
            return (document, warnings ?? [])
        }
        try await RequestCheck.destination(of: document, destinations, at: "/content")
        return warnings
    }

    // MARK: Rows

    static func insertVersion(
        _ version: Int64, of template: TemplateRowID, _ body: JSONValue, _ now: Timestamp,
        _ db: Database
    ) throws {
        let schema = body["variable_schema"].flatMap { $0.isNull ? nil : $0.encoded }
        try db.execute(
            sql: """
                INSERT INTO template_version (template, version, state, content, variable_schema,
                    created_at)
                VALUES (?, ?, 'draft', ?, ?, ?)
                """,
            arguments: [template, version, body["content"]?.encoded ?? "{}", schema, now])
    }

    /// A version as it stands in a path.
    static func number(_ text: String) throws(Problem) -> Int64 {
        guard let number = Int64(text), number > 0, String(number) == text else {
            throw .notFound("version", text)
        }
        return number
    }

    static func existingVersion(
        _ template: Row, _ version: Int64, _ db: Database
    ) throws -> Row {
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM template_version WHERE template = ? AND version = ?",
            arguments: [template["pk"] as TemplateRowID, version])
        guard let row else { throw Problem.notFound("version", "\(version)") }
        return row
    }

    static func versionView(_ row: Row, of id: String) -> JSONValue {
        func document(_ text: String?) -> JSONValue {
            text.flatMap { try? JSONValue(parsing: $0) } ?? .null
        }
        return [
            "template_id": .string(id), "version": .integer(row["version"]),
            "state": .string(row["state"]), "content": document(row["content"]),
            "variable_schema": document(row["variable_schema"]), "reason": .text(row["reason"]),
            "created_at": .time(row["created_at"]), "decided_at": .time(row["decided_at"]),
        ]
    }
}

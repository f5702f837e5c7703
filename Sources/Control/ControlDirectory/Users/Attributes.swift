package import Filters
import Foundation
package import GRDB
package import JSON

/// Attributes whose type an app has declared: checked in every user that is written, and found by
/// an index where it is asked for.
///
/// Users who were there before keep what they have; a value of another type counts as missing.
package struct Attributes: Sendable {
    let database: ControlDatabase

    /// The declarations of all apps.
    package init(database: ControlDatabase) {
        self.database = database
    }

    private static let types = ["string", "integer", "number", "boolean", "time"]

    /// A declared attribute, as it is shown.
    package static let shape = Shape.named(
        "Attribute",
        .fields([
            .required("path", .text(1...InputLimits.idLength)),
            .required("type", .choice(types)), .required("indexed", .boolean),
            .required("created_at", .time),
        ]))

    /// What is told to declare an attribute.
    package static let declaration = Shape.named(
        "AttributeDeclaration",
        .fields([.required("type", .choice(types)), .required("indexed", .boolean)]))

    /// What an app has declared, for filters.
    package static func declared(_ app: AppRowID, _ db: Database) throws -> [DeclaredAttribute] {
        try Row.fetchAll(
            db.cachedStatement(sql: "SELECT path, type, indexed FROM attribute WHERE app = ?"),
            arguments: [app]
        ).compactMap { declared($0["path"], $0["type"], isIndexed: $0["indexed"]) }
    }

    private static func declared(
        _ path: String, _ type: String, isIndexed: Bool
    ) -> DeclaredAttribute? {
        guard let path = AttributePath(path), let type = FieldType(rawValue: type) else {
            return nil
        }
        return DeclaredAttribute(path: path, type: type, isIndexed: isIndexed)
    }

    /// Lists what is declared, by path; there are at most `InputLimits.attributes`.
    package func list(_ caller: Caller) async throws -> JSONValue {
        try await database.read { db in
            let rows = try Row.fetchAll(
                db, sql: "SELECT * FROM attribute WHERE app = ? ORDER BY path",
                arguments: [caller.app])
            return ["attributes": .array(rows.map(Self.view))]
        }
    }

    /// Declares an attribute, or changes its declaration; an index is built before it returns.
    ///
    /// - Throws: `Problem` of `limitReached` or `validationFailed`.
    package func put(
        _ caller: Caller, _ path: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let type = body["type"]?.string ?? ""
        let isIndexed = body["indexed"]?.bool ?? false
        guard let attribute = Self.declared(path, type, isIndexed: isIndexed) else {
            throw Problem.notFound("attribute", path)
        }
        return try await database.write { db, now in
            let before = try Self.find(path, caller, db)
            try Self.checkLimits(caller, isNew: before == nil, isIndexed: isIndexed, path, db)
            try db.execute(
                sql: """
                    INSERT INTO attribute (app, path, type, indexed, created_at)
                    VALUES (?, ?, ?, ?, ?) ON CONFLICT (app, path)
                    DO UPDATE SET type = excluded.type, indexed = excluded.indexed
                    """,
                arguments: [caller.app, path, type, isIndexed, now])
            let isSame = before?["type"] == type && before?["indexed"] == isIndexed
            if !isSame { try Self.makeIndex(attribute, caller, db) }
            guard let after = try Self.find(path, caller, db) else {
                preconditionFailure("an attribute that was just declared is not there")
            }
            try AuditEntry(
                "declare", "attribute", path, before: before.map(Self.view),
                after: Self.view(after)
            ).record(by: caller, at: now, db)
            return Self.view(after)
        }
    }

    /// Withdraws a declaration, and drops its index.
    package func delete(_ caller: Caller, _ path: String) async throws {
        try await database.write { db, now in
            guard let before = try Self.find(path, caller, db) else {
                throw Problem.notFound("attribute", path)
            }
            try db.execute(
                sql: "DELETE FROM attribute WHERE app = ? AND path = ?",
                arguments: [caller.app, path])
            try db.execute(sql: "DROP INDEX IF EXISTS \(Self.indexName(path, caller))")
            try AuditEntry("withdraw", "attribute", path, before: Self.view(before))
                .record(by: caller, at: now, db)
        }
    }

    private static func checkLimits(
        _ caller: Caller, isNew: Bool, isIndexed: Bool, _ path: String, _ db: Database
    ) throws {
        func count(_ condition: String) throws -> Int {
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM attribute WHERE \(condition)",
                arguments: ["app": caller.app, "path": path]) ?? 0
        }
        if isNew, try count("app = :app AND path <> :path") >= InputLimits.attributes {
            throw Problem(
                .limitReached, "an app declares at most \(InputLimits.attributes) attributes")
        }
        guard isIndexed else { return }
        if try count("app = :app AND indexed AND path <> :path") >= InputLimits.indexedAttributes {
            throw Problem(
                .limitReached,
                "an app has at most \(InputLimits.indexedAttributes) indexed attributes")
        }
        let others = try count("indexed AND NOT (app = :app AND path = :path)")
        if others >= InputLimits.indexedAttributesInAll {
            throw Problem(
                .limitReached, "the server has no room for another index; ask who runs it")
        }
    }

    // A path has letters, digits, `_`, `-` and dots only, so that it needs no escape.
    private static func indexName(_ path: String, _ caller: Caller) -> String {
        "\"user_attribute_\(caller.app)_\(path)\""
    }

    private static func makeIndex(
        _ attribute: DeclaredAttribute, _ caller: Caller, _ db: Database
    ) throws {
        let name = indexName("\(attribute.path)", caller)
        try db.execute(sql: "DROP INDEX IF EXISTS \(name)")
        guard attribute.isIndexed, let expression = attribute.indexExpression() else { return }
        try db.execute(
            sql: "CREATE INDEX \(name) ON user (\(expression)) WHERE app = \(caller.app)")
    }

    private static func find(_ path: String, _ caller: Caller, _ db: Database) throws -> Row? {
        try Row.fetchOne(
            db, sql: "SELECT * FROM attribute WHERE app = ? AND path = ?",
            arguments: [caller.app, path])
    }

    private static func view(_ row: Row) -> JSONValue {
        [
            "path": .string(row["path"]), "type": .string(row["type"]),
            "indexed": .bool(row["indexed"]), "created_at": .time(row["created_at"]),
        ]
    }
}

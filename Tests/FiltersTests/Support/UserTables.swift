import GRDB
import JSON

@testable import Filters

/// A database in memory with the tables that the schema of users is about.
struct UserTables {
    let queue: DatabaseQueue

    init(_ people: [Person] = []) throws {
        queue = try DatabaseQueue()
        try queue.write { db in
            try db.execute(sql: Self.definition)
            for person in people { try Self.insert(person, db) }
        }
    }

    private static var definition: String {
        var sql = """
            CREATE TABLE user (
                pk INTEGER PRIMARY KEY, app INTEGER NOT NULL, id TEXT NOT NULL, name TEXT,
                locale TEXT, timezone TEXT, created_at INTEGER NOT NULL,
                updated_at INTEGER NOT NULL, last_active_at INTEGER, consent TEXT, endpoints TEXT,
                attributes TEXT);
            CREATE UNIQUE INDEX user_id ON user (app, id);
            CREATE INDEX user_created ON user (app, created_at);
            ANALYZE sqlite_schema;
            INSERT INTO sqlite_stat1 VALUES
                ('user', 'user_id', '1000000 1000 1'),
                ('user', 'user_created', '1000000 1000 10');
            ANALYZE sqlite_schema;
            CREATE TABLE tag (pk INTEGER PRIMARY KEY, app INTEGER NOT NULL, name TEXT NOT NULL);
            CREATE UNIQUE INDEX tag_name ON tag (app, name);
            CREATE TABLE user_tag (
                tag INTEGER NOT NULL, user INTEGER NOT NULL, PRIMARY KEY (tag, user)) WITHOUT ROWID;
            CREATE TABLE user_event (
                app INTEGER NOT NULL, name TEXT NOT NULL, user INTEGER NOT NULL,
                count INTEGER NOT NULL, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL,
                PRIMARY KEY (app, name, user)) WITHOUT ROWID;
            CREATE INDEX user_event_last ON user_event (app, name, last_at);

            """
        for (number, attribute) in Person.declared.enumerated() {
            guard let expression = attribute.indexExpression() else { continue }
            sql += "CREATE INDEX user_attribute_\(number) ON user (\(expression)) WHERE app = 7;\n"
        }
        return sql
    }

    private static func insert(_ person: Person, _ db: Database) throws {
        try db.execute(
            sql: "INSERT INTO user VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            arguments: [
                person.pk, person.app, person.id, person.name, person.locale, person.timezone,
                person.createdAt, person.updatedAt, person.lastActiveAt, person.consent?.encoded,
                person.endpoints?.encoded, person.attributes?.encoded,
            ])
        for tag in person.tags {
            try db.execute(
                sql: "INSERT OR IGNORE INTO tag (app, name) VALUES (?, ?)",
                arguments: [person.app, tag])
            try db.execute(
                sql: "INSERT INTO user_tag SELECT pk, ? FROM tag WHERE app = ? AND name = ?",
                arguments: [person.pk, person.app, tag])
        }
        for (name, event) in person.events {
            try db.execute(
                sql: "INSERT INTO user_event VALUES (?, ?, ?, ?, ?, ?)",
                arguments: [person.app, name, person.pk, event.count, 0, event.lastAt])
        }
    }

    /// The keys of the users that pass, ascending.
    func keys(where filter: CompiledFilter) throws -> [Int64] {
        try queue.read { db in
            try Int64.fetchAll(
                db, sql: "SELECT user.pk FROM user WHERE \(filter.sql) ORDER BY user.pk",
                arguments: filter.bindings)
        }
    }

    /// How SQLite goes about finding them.
    func plan(where filter: CompiledFilter, orderBy: String = "user.pk") throws -> [String] {
        try queue.read { db in
            let sql =
                "EXPLAIN QUERY PLAN SELECT user.pk FROM user WHERE \(filter.sql) ORDER BY \(orderBy)"
            return try Row.fetchAll(db, sql: sql, arguments: filter.bindings).map { $0["detail"] }
        }
    }
}

extension CompiledFilter {
    var bindings: StatementArguments {
        StatementArguments(arguments.map(\.databaseValue))
    }
}

extension FilterArgument {
    var databaseValue: DatabaseValue {
        switch self {
        case .null: .null
        case .integer(let value): value.databaseValue
        case .real(let value): value.databaseValue
        case .text(let value): value.databaseValue
        }
    }

    init(_ value: DatabaseValue) {
        switch value.storage {
        case .int64(let value): self = .integer(value)
        case .double(let value): self = .real(value)
        case .string(let value): self = .text(value)
        case .null, .blob: self = .null
        }
    }
}

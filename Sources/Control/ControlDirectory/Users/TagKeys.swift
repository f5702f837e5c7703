import GRDB
import Storage

/// The numbers that tags have in the table `tag`, looked up and made in one transaction.
struct TagKeys {
    private let find: BorrowedStatement
    private let make: BorrowedStatement

    init(_ db: Database) throws {
        find = try db.borrowed("SELECT pk FROM tag WHERE app = ?1 AND name = ?2")
        make = try db.borrowed("INSERT INTO tag (app, name) VALUES (?1, ?2) RETURNING pk")
    }

    /// The number of a tag, made when it is new.
    func key(of name: UnsafeRawBufferPointer, app: AppRowID) throws -> TagRowID {
        for statement in [find, make] {
            statement.bind(1, app)
            unsafe statement.bind(2, name)
            defer { statement.reset() }
            if try statement.step() { return TagRowID(rawValue: statement.row.integer(0)) }
        }
        preconditionFailure("an insert gave no row")
    }
}

extension Users {
    /// Tags that one transaction looks at, so that others can write in between.
    private static let tagsTogether = 10_000

    /// Forgets the tags that no user has any more.
    package func removeUnusedTags() async throws {
        var first: TagRowID? = TagRowID(rawValue: 0)
        while let after = first {
            first = try await database.write { db in
                let last = try TagRowID.fetchOne(
                    db,
                    sql:
                        "SELECT max(pk) FROM (SELECT pk FROM tag WHERE pk > ? ORDER BY pk LIMIT ?)",
                    arguments: [after, Self.tagsTogether])
                try db.execute(
                    sql: """
                        DELETE FROM tag WHERE pk > ? AND pk <= ?
                        AND NOT EXISTS (SELECT 1 FROM user_tag WHERE user_tag.tag = tag.pk)
                        """, arguments: [after, last])
                return last
            }
        }
    }
}

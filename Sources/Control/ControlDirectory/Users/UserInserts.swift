import Audience
import GRDB
import Storage

/// Inserts of users and of their tags, many by one statement.
///
/// A statement's own cost, to begin, to open the trees and to end, is a quarter of an insert of one
/// row; here it is paid once for many.
struct UserInserts {
    /// Rows of one statement.
    static let usersTogether = 32
    static let tagsTogether = 64

    let tagKeys: TagKeys
    private let user: BorrowedStatement
    private let users: BorrowedStatement?
    private let tag: BorrowedStatement
    private let tags: BorrowedStatement?

    /// Columns of a user that differ from row to row.
    private static let columns: Int32 = 10

    /// Prepares the statements, the longer ones only where there are users enough for them.
    init(_ db: Database, isMany: Bool) throws {
        tagKeys = try TagKeys(db)
        user = try db.borrowed(Self.userSQL(1))
        users = isMany ? try db.borrowed(Self.userSQL(Self.usersTogether)) : nil
        tag = try db.borrowed(Self.tagSQL(1))
        tags = isMany ? try db.borrowed(Self.tagSQL(Self.tagsTogether)) : nil
    }

    private static func userSQL(_ count: Int) -> String {
        let rows = (0..<Int32(count)).map { row in
            let places = (0..<columns).map { "?\(3 + row * columns + $0)" }
            return "(?1, \(places.joined(separator: ", ")), ?2, ?2)"
        }
        return """
            INSERT INTO user (app, pk, id, name, locale, timezone, attributes, tags, consent,
                endpoints, last_active_at, created_at, updated_at)
            VALUES \(rows.joined(separator: ",\n"))
            ON CONFLICT (app, id) DO NOTHING
            """
    }

    private static func tagSQL(_ count: Int) -> String {
        let rows = (0..<count).map { "(?\(1 + 2 * $0), ?\(2 + 2 * $0))" }
        return "INSERT INTO user_tag (tag, user) VALUES \(rows.joined(separator: ", "))"
    }

    /// How many users one statement takes of so many.
    func together(_ count: Int) -> Int {
        users != nil && count >= Self.usersTogether ? Self.usersTogether : 1
    }

    /// Inserts those of some users, as many as `together` has said, whose ids are not taken.
    ///
    /// The first gets the row `first`, and the others those that follow. The result is how many
    /// were inserted.
    func insert(
        _ rows: some RandomAccessCollection<UserBatch.Row>, first: UserRowID, app: AppRowID,
        now: Int64,
        _ batch: borrowing UserBatch
    ) throws -> Int {
        let statement = rows.count == 1 ? user : users ?? user
        statement.bind(1, app)
        statement.bind(2, now)
        var place: Int32 = 3
        for (index, row) in rows.enumerated() {
            statement.bind(place, first.advanced(by: index))
            unsafe statement.bind(place + 1, batch.bytes(row.id))
            statement.bindFields(
                of: row, Consent(granted: row.granted, denied: row.denied), from: place + 2, batch)
            place += Self.columns
        }
        return try statement.run()
    }

    /// Inserts tags of users, which are not there.
    func insertTags(_ tags: [(tag: TagRowID, user: UserRowID)]) throws {
        var done = 0
        while done < tags.count {
            let isMany = self.tags != nil && tags.count - done >= Self.tagsTogether
            let statement = isMany ? self.tags ?? tag : tag
            let count = isMany ? Self.tagsTogether : 1
            for index in 0..<count {
                statement.bind(Int32(1 + 2 * index), tags[done + index].tag)
                statement.bind(Int32(2 + 2 * index), tags[done + index].user)
            }
            try statement.run()
            done += count
        }
    }
}

extension BorrowedStatement {
    func bind<Table>(_ place: Int32, _ row: RowID<Table>) { bind(place, row.rawValue) }

    /// Binds the fields after the id, in the order of the table.
    func bindFields(
        of row: UserBatch.Row, _ consent: Consent, from place: Int32,
        _ batch: borrowing UserBatch
    ) {
        unsafe bind(place, batch.bytes(row.name))
        unsafe bind(place + 1, batch.bytes(row.locale))
        unsafe bind(place + 2, batch.bytes(row.timezone))
        bind(place + 3, row.attributes, orElse: "{}", batch)
        bind(place + 4, row.tags, orElse: "[]", batch)
        if consent.granted | consent.denied == 0 {
            bind(place + 5, "{}")
        } else {
            bindCopy(place + 5, consent.json)
        }
        bind(place + 6, row.endpoints, orElse: "[]", batch)
        bind(place + 7, row.lastActiveAt)
    }

    private func bind(
        _ place: Int32, _ text: UserBatch.Text, orElse empty: StaticString,
        _ batch: borrowing UserBatch
    ) {
        if text.exists {
            unsafe bind(place, batch.bytes(text))
        } else {
            bind(place, empty)
        }
    }
}

extension Database {
    /// A statement of SQLite's own, for the length of a transaction.
    func borrowed(_ sql: String) throws -> BorrowedStatement {
        guard let connection = unsafe sqliteConnection else {
            preconditionFailure("a transaction runs on an open connection")
        }
        return try unsafe BorrowedStatement(sql, on: connection, "write users")
    }
}

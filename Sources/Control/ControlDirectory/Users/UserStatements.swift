import Audience
import GRDB
import JSON
import Storage

/// The statements that users who are there are changed by, prepared for one transaction.
struct UserStatements {
    /// What is known of a user whose id is taken.
    struct Known {
        let pk: UserRowID
        let consent: Consent
        /// The tags, where they are others than the new ones.
        let tags: [String]?
    }

    private let find: BorrowedStatement
    private let update: BorrowedStatement
    private let tagKeys: TagKeys
    private let insertTag: BorrowedStatement
    private let removeTag: BorrowedStatement
    private let removeDeleted: BorrowedStatement
    private let deny: BorrowedStatement
    private let undeny: BorrowedStatement
    private let grant: BorrowedStatement
    private let ungrant: BorrowedStatement

    /// Takes a tag from a user: `?1` is the app, `?2` the tag and `?3` the user.
    static let removeTagSQL = """
        DELETE FROM user_tag
        WHERE tag = (SELECT pk FROM tag WHERE app = ?1 AND name = ?2) AND user = ?3
        """

    init(_ db: Database) throws {
        find = try db.borrowed("SELECT pk, tags, consent FROM user WHERE app = ?1 AND id = ?2")
        update = try db.borrowed(
            """
            UPDATE user SET name = ?4, locale = ?5, timezone = ?6, attributes = ?7, tags = ?8,
                consent = ?9, endpoints = ?10,
                last_active_at = CASE WHEN ?3 THEN ?11 ELSE last_active_at END, updated_at = ?2
            WHERE pk = ?1
            """)
        tagKeys = try TagKeys(db)
        insertTag = try db.borrowed("INSERT INTO user_tag (tag, user) VALUES (?1, ?2)")
        removeTag = try db.borrowed(Self.removeTagSQL)
        removeDeleted = try db.borrowed(
            "DELETE FROM ineligible WHERE app = ?1 AND reason = 'user_deleted' AND user_id = ?2")
        deny = try db.borrowed(
            """
            INSERT OR IGNORE INTO ineligible (app, user_id, channel_type, reason, created_at)
            VALUES (?1, ?2, ?3, 'no_consent', ?4)
            """)
        undeny = try db.borrowed(
            """
            DELETE FROM ineligible
            WHERE app = ?1 AND reason = 'no_consent' AND user_id = ?2 AND channel_type = ?3
            """)
        grant = try db.borrowed(
            "INSERT OR IGNORE INTO consent_grant (app, user_id, channel_type) VALUES (?1, ?2, ?3)")
        ungrant = try db.borrowed(
            "DELETE FROM consent_grant WHERE app = ?1 AND user_id = ?2 AND channel_type = ?3")
    }

    // MARK: Users

    func update(
        _ row: UserBatch.Row, _ consent: Consent, user: UserRowID, now: Int64,
        _ batch: borrowing UserBatch
    ) throws {
        update.bind(1, user)
        update.bind(2, now)
        update.bind(3, row.namesLastActive ? 1 : 0)
        update.bindFields(of: row, consent, from: 4, batch)
        try update.run()
    }

    func find(
        _ row: UserBatch.Row, app: AppRowID, _ batch: borrowing UserBatch
    ) throws -> Known {
        find.bind(1, app)
        unsafe find.bind(2, batch.bytes(row.id))
        guard try find.step() else {
            preconditionFailure("a user whose id is taken is not there")
        }
        defer { find.reset() }
        let tags = unsafe find.row.text(1)
        let isSame =
            unsafe row.tags.exists
            ? tags.elementsEqual(batch.bytes(row.tags)) : tags.elementsEqual("[]".utf8)
        return Known(
            pk: UserRowID(rawValue: find.row.integer(0)),
            consent: unsafe Consent(json: find.row.text(2)),
            tags: isSame ? nil : Self.tags(unsafe Array(tags)))
    }

    private static func tags(_ json: [UInt8]) -> [String] {
        (try? JSONValue(parsing: json))?.array?.compactMap(\.string) ?? []
    }

    // MARK: Tags

    private func insertTag(_ tag: UnsafeRawBufferPointer, user: UserRowID, app: AppRowID) throws {
        insertTag.bind(1, try unsafe tagKeys.key(of: tag, app: app))
        insertTag.bind(2, user)
        try insertTag.run()
    }

    /// Removes the tags that a user no longer has, and adds the new ones.
    func changeTags(
        _ old: [String], _ row: UserBatch.Row, user: UserRowID, app: AppRowID,
        _ batch: borrowing UserBatch
    ) throws {
        var new = Set<String>()
        for index in Int(row.firstTag)..<Int(row.firstTag + row.tagCount) {
            new.insert(batch.string(batch.tags[index]))
        }
        for var tag in Set(old).subtracting(new) {
            try tag.withUTF8 {
                removeTag.bind(1, app)
                unsafe removeTag.bind(2, UnsafeRawBufferPointer($0))
                removeTag.bind(3, user)
                _ = try removeTag.run()
            }
        }
        for var tag in new.subtracting(old) {
            try tag.withUTF8 {
                try unsafe insertTag(UnsafeRawBufferPointer($0), user: user, app: app)
            }
        }
    }

    // MARK: Eligibility

    /// - Returns: Whether the user had been deleted.
    func removeDeleted(
        _ row: UserBatch.Row, app: AppRowID, _ batch: borrowing UserBatch
    ) throws -> Bool {
        removeDeleted.bind(1, app)
        unsafe removeDeleted.bind(2, batch.bytes(row.id))
        return try removeDeleted.run() > 0
    }

    func setDenied(
        _ isDenied: Bool, _ row: UserBatch.Row, _ type: Medium, app: AppRowID, now: Int64,
        _ batch: borrowing UserBatch
    ) throws {
        if isDenied { deny.bind(4, now) }
        try run(isDenied ? deny : undeny, row, type, app: app, batch)
    }

    func setGranted(
        _ isGranted: Bool, _ row: UserBatch.Row, _ type: Medium, app: AppRowID,
        _ batch: borrowing UserBatch
    ) throws {
        try run(isGranted ? grant : ungrant, row, type, app: app, batch)
    }

    private func run(
        _ statement: BorrowedStatement, _ row: UserBatch.Row, _ type: Medium, app: AppRowID,
        _ batch: borrowing UserBatch
    ) throws {
        var name = type.rawValue
        try name.withUTF8 {
            statement.bind(1, app)
            unsafe statement.bind(2, batch.bytes(row.id))
            unsafe statement.bind(3, UnsafeRawBufferPointer($0))
            _ = try statement.run()
        }
    }
}

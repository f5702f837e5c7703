import Audience
import GRDB
import Glibc
import Storage

/// Writes checked users into the tables, in a transaction of the control database.
///
/// It uses SQLite's statements directly: a million users are a million inserts, each with its
/// index entries and tags. Users are inserted first, many by one statement, and looked up only if
/// an id among them is taken. They go in the order of their ids and tags in the order of the tags,
/// which keeps the work in few pages of the indexes.
struct UserWriter {
    /// What happens to users that are there.
    enum Mode: String, CaseIterable {
        /// They are replaced.
        case upsert
        /// They stay as they are, and the new one is refused.
        case create
    }

    /// What became of a batch.
    struct Outcome {
        var created = 0
        var updated = 0
        /// Rows whose ids are taken, in the mode `create`.
        var taken: [Int] = []
        var changes: [EligibilityChange] = []
    }

    let app: AppRowID
    private let mode: Mode
    private let now: Int64
    /// Whether consents are kept, which only matter where the default is to refuse.
    private let keepsConsents: Bool
    /// Whether somebody was deleted who may be made again.
    private let hasDeleted: Bool
    private let inserts: UserInserts
    private let statements: UserStatements
    /// The row that no user has yet, and none after it.
    private var nextRow: UserRowID
    private(set) var outcome = Outcome()
    private var tags = TagInserts()

    /// Makes a writer of one batch.
    ///
    /// - Parameters:
    ///   - db: The transaction, in which the writer begins and ends.
    ///   - app: Whose users they are.
    ///   - mode: What happens to users that are there.
    ///   - count: How many users the batch has.
    ///   - now: When they are made or changed.
    /// - Throws: What the database throws.
    init(_ db: Database, app: AppRowID, mode: Mode, count: Int, now: Timestamp) throws {
        self.app = app
        self.mode = mode
        self.now = now.milliseconds
        keepsConsents = try Eligibility.keepsConsents(app, db)
        hasDeleted =
            try Int.fetchOne(
                db,
                sql: "SELECT 1 FROM ineligible WHERE app = ? AND reason = 'user_deleted' LIMIT 1",
                arguments: [app]) != nil
        inserts = try UserInserts(db, isMany: count >= UserInserts.usersTogether)
        statements = try UserStatements(db)
        let last = try UserRowID.fetchOne(db, sql: "SELECT max(pk) FROM user")
        nextRow = last?.advanced(by: 1) ?? UserRowID(rawValue: 1)
    }

    /// Writes the batch.
    mutating func write(_ batch: borrowing UserBatch) throws -> Outcome {
        var rows = Array(batch.rows.enumerated())
        if !Self.areSorted(batch) {
            // Of equal ids the later row counts.
            rows.sort { left, right in
                let order = unsafe Self.order(
                    batch.bytes(left.element.id), batch.bytes(right.element.id))
                return order == 0 ? left.offset < right.offset : order < 0
            }
        }
        var done = 0
        while done < rows.count {
            let count = inserts.together(rows.count - done)
            try write(rows[done..<(done + count)], batch)
            done += count
        }
        try tags.insert(app: app, batch, inserts)
        return outcome
    }

    /// Writes as many users as one statement inserts.
    private mutating func write(
        _ rows: ArraySlice<(offset: Int, element: UserBatch.Row)>, _ batch: borrowing UserBatch
    ) throws {
        let first = nextRow
        nextRow = first.advanced(by: rows.count)
        let inserted = try inserts.insert(
            rows.lazy.map(\.element), first: first, app: app, now: now, batch)
        for (place, (index, row)) in rows.enumerated() {
            let user = first.advanced(by: place)
            if inserted == rows.count {
                try created(row, user, batch)
                continue
            }
            // Some ids are taken: those whose users have other rows.
            if inserted == 0, mode == .create {
                outcome.taken.append(index)
                continue
            }
            let known = try statements.find(row, app: app, batch)
            if known.pk == user {
                try created(row, user, batch)
            } else if mode == .create {
                outcome.taken.append(index)
            } else {
                try update(row, known, batch)
            }
        }
    }

    private mutating func created(
        _ row: UserBatch.Row, _ user: UserRowID, _ batch: borrowing UserBatch
    ) throws {
        outcome.created += 1
        tags.add(row, user: user, batch)
        if hasDeleted { try reviveDeleted(row, batch) }
        if row.granted | row.denied != 0 {
            try change(
                Consent(), to: Consent(granted: row.granted, denied: row.denied), row, batch)
        }
    }

    private static func areSorted(_ batch: borrowing UserBatch) -> Bool {
        let rows = batch.rows
        for index in rows.indices.dropFirst() {
            let order = unsafe order(
                batch.bytes(rows[index - 1].id), batch.bytes(rows[index].id))
            if order > 0 { return false }
        }
        return true
    }

    /// The order of SQLite's own comparison of texts.
    private static func order(
        _ left: UnsafeRawBufferPointer, _ right: UnsafeRawBufferPointer
    ) -> Int {
        guard let first = left.baseAddress, let second = right.baseAddress else {
            preconditionFailure("a user of a batch has an id")
        }
        let order = unsafe memcmp(first, second, min(left.count, right.count))
        return order == 0 ? left.count - right.count : Int(order)
    }

    private mutating func update(
        _ row: UserBatch.Row, _ known: UserStatements.Known, _ batch: borrowing UserBatch
    ) throws {
        outcome.updated += 1
        let consent = Consent(granted: row.granted, denied: row.denied)
        let next =
            switch row.consent {
            case .kept: known.consent
            case .replaced: consent
            case .merged: consent.merged(over: known.consent)
            }
        try statements.update(row, next, user: known.pk, now: now, batch)
        if next != known.consent { try change(known.consent, to: next, row, batch) }
        guard let tags = known.tags else { return }
        // Of equal ids in one batch the first may still wait for its tags.
        try self.tags.insert(app: app, batch, inserts)
        try statements.changeTags(tags, row, user: known.pk, app: app, batch)
    }

    // MARK: Eligibility

    private mutating func reviveDeleted(
        _ row: UserBatch.Row, _ batch: borrowing UserBatch
    ) throws {
        guard try statements.removeDeleted(row, app: app, batch) else { return }
        outcome.changes.append(
            EligibilityChange(
                app: app, userID: batch.string(row.id), reason: .userDeleted, isIneligible: false))
    }

    private mutating func change(
        _ old: Consent, to new: Consent, _ row: UserBatch.Row, _ batch: borrowing UserBatch
    ) throws {
        let id = batch.string(row.id)
        for type in Consent.types(old.denied ^ new.denied) {
            let isDenied = Consent.types(new.denied).contains(type)
            try statements.setDenied(isDenied, row, type, app: app, now: now, batch)
            note(id, type, .noConsent, isDenied)
        }
        guard keepsConsents else { return }
        for type in Consent.types(old.granted ^ new.granted) {
            let isGranted = Consent.types(new.granted).contains(type)
            try statements.setGranted(isGranted, row, type, app: app, batch)
            note(id, type, .notGranted, !isGranted)
        }
    }

    private mutating func note(
        _ id: String, _ type: Medium, _ reason: EligibilityReason, _ isIneligible: Bool
    ) {
        outcome.changes.append(
            EligibilityChange(
                app: app, userID: id, medium: type.rawValue, reason: reason,
                isIneligible: isIneligible))
    }
}

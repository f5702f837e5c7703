import Audience
import GRDB
import Storage

/// Writes checked users into the tables, in a transaction of the control database.
///
/// It uses SQLite's statements directly: a million users are a million inserts, each with its
/// index entries and tags. A user is inserted first and looked up only if the id is taken. Users go
/// in the order of their ids and tags in the order of the tags, which keeps the work in few pages
/// of the indexes.
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

    let app: Int64
    private let mode: Mode
    private let now: Int64
    /// Whether grants are kept, which only matter where the default is to refuse.
    private let keepsGrants: Bool
    /// Whether somebody was deleted who may be made again.
    private let hasDeleted: Bool
    private let statements: UserStatements
    private(set) var outcome = Outcome()
    private var tags = TagInserts()

    init(_ db: Database, app: Int64, mode: Mode, now: Timestamp = .now) throws {
        self.app = app
        self.mode = mode
        self.now = now.milliseconds
        keepsGrants = try Eligibility.keepsGrants(app, db)
        hasDeleted =
            try Int.fetchOne(
                db,
                sql: "SELECT 1 FROM ineligible WHERE app = ? AND reason = 'user_deleted' LIMIT 1",
                arguments: [app]) != nil
        statements = try UserStatements(db)
    }

    /// Writes a batch.
    mutating func write(_ batch: borrowing UserBatch) throws -> Outcome {
        outcome = Outcome()
        let rows = batch.rows
        if Self.areSorted(batch) {
            for index in rows.indices { try write(rows[index], index, batch) }
        } else {
            // Of equal ids the later row counts.
            let order = rows.indices.sorted { left, right in
                let order = unsafe Self.order(
                    batch.bytes(rows[left].id), batch.bytes(rows[right].id))
                return order == 0 ? left < right : order < 0
            }
            for index in order { try write(rows[index], index, batch) }
        }
        try tags.insert(app: app, batch, statements)
        return outcome
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
        for index in 0..<min(left.count, right.count) where unsafe left[index] != right[index] {
            return unsafe Int(left[index]) - Int(right[index])
        }
        return left.count - right.count
    }

    private mutating func write(
        _ row: UserBatch.Row, _ index: Int, _ batch: borrowing UserBatch
    ) throws {
        let consent = Consent(granted: row.granted, denied: row.denied)
        if let pk = try statements.insert(row, consent, app: app, now: now, batch) {
            outcome.created += 1
            tags.add(row, user: pk, batch)
            if hasDeleted { try reviveDeleted(row, batch) }
            if row.granted | row.denied != 0 {
                try change(Consent(), to: consent, row, batch)
            }
        } else if mode == .create {
            outcome.taken.append(index)
        } else {
            try update(row, consent, batch)
            outcome.updated += 1
        }
    }

    private mutating func update(
        _ row: UserBatch.Row, _ consent: Consent, _ batch: borrowing UserBatch
    ) throws {
        let known = try statements.find(row, app: app, batch)
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
        try self.tags.insert(app: app, batch, statements)
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
        guard keepsGrants else { return }
        for type in Consent.types(old.granted ^ new.granted) {
            let isGranted = Consent.types(new.granted).contains(type)
            try statements.setGranted(isGranted, row, type, app: app, batch)
            note(id, type, .notGranted, !isGranted)
        }
    }

    private mutating func note(
        _ id: String, _ type: ChannelType, _ reason: EligibilityReason, _ isIneligible: Bool
    ) {
        outcome.changes.append(
            EligibilityChange(
                app: app, userID: id, channelType: type.rawValue, reason: reason,
                isIneligible: isIneligible))
    }
}

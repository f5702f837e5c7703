import GRDB
import Structures

// Who must not be sent to, and how it is told.
//
// 1. The table `ineligible` has a row for each reason that holds of a user, written in the
//    transaction of the change that brings it about.
// 2. In an app whose `consent_default` is `denied`, everybody is ineligible who has not granted.
//    That takes no row: `consent_grant` has the exceptions instead. It is made when the default
//    changes to `denied`, and kept right as long as it has rows of the app, also when the default
//    changes back: a consent that was told and is withdrawn later must not be taken for one.
// 3. Changes are published in the order of the commits: from the writer's own queue, right after
//    the commit, before the next transaction begins.

/// Tells the engine who must not be sent to.
package final class Eligibility: Sendable {
    private let database: ControlDatabase
    private let publisher = Guarded<(any EligibilityPublisher)?>(nil)

    /// Changes that are handed over at once.
    private static let pageSize = 4_096

    package init(database: ControlDatabase) { self.database = database }

    /// Publishes all that holds now, and from then on every change.
    ///
    /// To be called once, before requests are taken: the changes of the meantime must not come
    /// before what they change.
    package func publish(to publisher: any EligibilityPublisher) async throws {
        self.publisher.withLock { $0 = publisher }
        try await streamAll(to: publisher)
    }

    /// Reads everything that holds, a page at a time.
    package func streamAll(to publisher: any EligibilityPublisher) async throws {
        try await database.read { db in
            var page: [EligibilityChange] = []
            func add(_ change: EligibilityChange) {
                page.append(change)
                guard page.count == Self.pageSize else { return }
                publisher.changed(page)
                page.removeAll(keepingCapacity: true)
            }
            let rows = try Row.fetchCursor(
                db, sql: "SELECT app, user_id, channel_type, reason FROM ineligible")
            while let row = try rows.next() {
                guard let reason = EligibilityReason(rawValue: row[3]) else { continue }
                add(
                    EligibilityChange(
                        app: row[0], userID: row[1], medium: row[2], reason: reason,
                        isIneligible: true))
            }
            let consents = try Row.fetchCursor(
                db, sql: "SELECT app, user_id, channel_type FROM consent_grant")
            while let row = try consents.next() {
                add(
                    EligibilityChange(
                        app: row[0], userID: row[1], medium: row[2], reason: .notGranted,
                        isIneligible: false))
            }
            if !page.isEmpty { publisher.changed(page) }
            let denied = try AppRowID.fetchAll(
                db, sql: "SELECT pk FROM app WHERE consent_default = 'denied'")
            for app in denied { publisher.consentDefaultChanged(app: app, isDenied: true) }
        }
    }

    /// Publishes changes when the transaction commits, and drops them when it does not.
    func publish(_ changes: [EligibilityChange], after db: Database) {
        guard !changes.isEmpty, let publisher = publisher.withLock({ $0 }) else { return }
        db.afterNextTransaction { _ in publisher.changed(changes) }
    }

    // MARK: The default of an app

    /// Makes the app's consents when its `consent_default` has become `denied`, and tells of both.
    func consentDefaultChanged(app: AppRowID, isDenied: Bool, _ db: Database) throws {
        if isDenied {
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO consent_grant (app, user_id, channel_type)
                    SELECT user.app, user.id, key FROM user, json_each(user.consent)
                    WHERE user.app = ? AND consent <> '{}' AND value = 'granted'
                    """, arguments: [app])
        }
        guard let publisher = publisher.withLock({ $0 }) else { return }
        // Before the commit: until the default itself is told, nobody asks for consents.
        if isDenied { try tellConsents(of: app, to: publisher, db) }
        db.afterNextTransaction { _ in
            publisher.consentDefaultChanged(app: app, isDenied: isDenied)
        }
    }

    /// Whether the consents of an app's users are kept.
    static func keepsConsents(_ app: AppRowID, _ db: Database) throws -> Bool {
        try Bool.fetchOne(
            db,
            sql: """
                SELECT consent_default = 'denied'
                    OR EXISTS (SELECT 1 FROM consent_grant WHERE app = ?1)
                FROM app WHERE pk = ?1
                """, arguments: [app]) ?? false
    }

    private func tellConsents(
        of app: AppRowID, to publisher: any EligibilityPublisher, _ db: Database
    ) throws {
        let consents = try Row.fetchCursor(
            db, sql: "SELECT user_id, channel_type FROM consent_grant WHERE app = ?",
            arguments: [app])
        var page: [EligibilityChange] = []
        while let row = try consents.next() {
            page.append(
                EligibilityChange(
                    app: app, userID: row[0], medium: row[1], reason: .notGranted,
                    isIneligible: false))
            guard page.count == Self.pageSize else { continue }
            publisher.changed(page)
            page.removeAll(keepingCapacity: true)
        }
        if !page.isEmpty { publisher.changed(page) }
    }
}

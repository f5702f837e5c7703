package import GRDB
import Structures

/// The quota accounts of all apps.
package final class QuotaBook: Sendable {
    private let accounts = Guarded<[AppRowID: QuotaAccount]>([:])

    /// A book without accounts.
    package init() {}

    /// An app's account.
    package func account(of app: AppRowID) -> QuotaAccount {
        accounts.withLock { accounts in
            if let account = accounts[app] { return account }
            let account = QuotaAccount(limit: 0)
            accounts[app] = account
            return account
        }
    }

    /// Takes limits from the apps, and what this month's campaigns have used.
    package func load(_ db: Database, month: String) throws {
        for row in try Row.fetchAll(db, sql: "SELECT pk, mau, quota_multiplier FROM app") {
            account(of: row["pk"]).setLimit(Self.limit(row))
        }
        let used = try Row.fetchAll(
            db, sql: "SELECT app, sum(used) AS used FROM quota_used WHERE month = ? GROUP BY app",
            arguments: [month])
        for row in used { account(of: row["app"]).add(used: row["used"], month: month) }
    }

    /// Takes an app's limit after a change.
    func update(_ app: AppRowID, _ db: Database) throws {
        let row = try Row.fetchOne(
            db, sql: "SELECT pk, mau, quota_multiplier FROM app WHERE pk = ?", arguments: [app])
        if let row { account(of: app).setLimit(Self.limit(row)) }
    }

    private static func limit(_ row: Row) -> Int {
        let mau: Int = row["mau"]
        return mau * row["quota_multiplier"]
    }
}

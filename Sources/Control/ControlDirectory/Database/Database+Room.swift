import GRDB

extension Database {
    /// Refuses one thing more than an app may have.
    ///
    /// - Parameters:
    ///   - things: What they are, in the plural.
    ///   - max: How many there may be.
    ///   - rows: The table, with a condition on `app = ?`.
    ///   - app: Whose they are.
    /// - Throws: `Problem` of `limitReached`.
    package func requireRoom(
        for things: String, atMost max: Int, in rows: String, app: AppRowID
    ) throws {
        let count = try Int.fetchOne(
            self, sql: "SELECT count(*) FROM \(rows)", arguments: [app])
        guard count ?? 0 < max else {
            throw Problem(.limitReached, "an app has at most \(max) \(things)")
        }
    }
}

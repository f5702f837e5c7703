import Foundation
package import GRDB
import Storage

/// The SQLite file of the control plane, and the clock that its rows are dated by: one writer,
/// several readers, a write-ahead log.
///
/// A change is durable when its call returns. Calls wait on the database's own queues and block no
/// thread of the caller.
package final class ControlDatabase: Sendable {
    /// One writer and several readers, each of which sees the last commit.
    package let pool: DatabasePool
    /// The one clock of the control plane.
    package let clock: WallClock

    /// Reads at a time; more wait.
    static let readersMax = 4

    /// Opens the file, and makes or updates its layout.
    package init(path: String, clock: WallClock) throws {
        self.clock = clock
        SQLiteLibrary.skipMemoryCount()
        var configuration = Configuration()
        configuration.maximumReaderCount = Self.readersMax
        configuration.busyMode = .timeout(5)
        configuration.label = "control"
        configuration.prepareDatabase { db in
            // Measured with an import: larger database pages and a log of 32 MB write the pages of
            // indexes less often, and the writer's cache holds those of several indexes.
            try db.execute(
                sql: """
                    PRAGMA page_size = 8192;
                    PRAGMA synchronous = FULL;
                    PRAGMA cache_size = \(db.configuration.readonly ? -16_384 : -49_152);
                    PRAGMA mmap_size = 0;
                    PRAGMA temp_store = MEMORY;
                    PRAGMA wal_autocheckpoint = 4000;
                    PRAGMA journal_size_limit = 33554432;
                    """)
        }
        pool = try DatabasePool(path: path, configuration: configuration)
        try ControlSchema.migrator.migrate(pool)
    }

    /// Reads a consistent state, beside writers.
    package func read<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        try await pool.read(body)
    }

    /// Changes the database in one transaction, which is undone when the body throws.
    package func write<Value: Sendable>(
        _ body: @Sendable @escaping (Database) throws -> Value
    ) async throws -> Value {
        try await write { db, _ in try body(db) }
    }

    /// Changes the database in one transaction, which is undone when the body throws.
    ///
    /// - Parameter body: Is given the time at which the transaction has begun: what one transaction
    ///   writes has one date, and dates follow the order of the commits.
    /// - Returns: What the body returns.
    /// - Throws: What the body or the database throws.
    package func write<Value: Sendable>(
        _ body: @Sendable @escaping (Database, _ now: Timestamp) throws -> Value
    ) async throws -> Value {
        let scope = IdempotencyScope.current
        return try await pool.write { [clock] db in
            let value = try body(db, clock.now)
            try scope?.markApplied(db)
            return value
        }
    }

    /// Waits for what is under way, moves the log into the file, and closes it.
    package func close() throws {
        // A reader that is just ending can hold the log back; then the next start moves it.
        try? pool.writeWithoutTransaction { db in _ = try db.checkpoint(.truncate) }
        try pool.close()
    }
}

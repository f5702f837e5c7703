package import ControlDirectory
import GRDB
import JSON
package import Logging
import Structures

/// Counts segments in the background, one at a time, and clears away targets of deleted ones.
///
/// What is to be done is in the database, so that it survives a restart:
///
/// ```
/// pending ──claim──▶ counting ──▶ ready | failed
///    ▲ a change, or a request to count, at any time
/// ```
///
/// A count reads beside all writers. One that was overtaken by a change is thrown away.
package final class SegmentCounter: Sendable {
    private struct State {
        var task: Task<Void, Never>?
        /// Whether there may be more to do than the task has seen.
        var isAwake = false
        var isStopped = false
    }

    private let database: ControlDatabase
    private let logger: Logger
    private let state = Guarded(State())

    /// Targets that one transaction clears away, so that others can write in between.
    private static let sweepRows = 5_000

    package init(database: ControlDatabase, logger: Logger) {
        self.database = database
        self.logger = logger
    }

    /// Takes up what an earlier process has left.
    package func start() throws {
        try database.pool.write { db in
            try db.execute(
                sql: "UPDATE segment SET size_state = 'pending' WHERE size_state = 'counting'")
        }
        wake()
    }

    /// Says that there is something to count or to clear away.
    package func wake() {
        state.withLock { state in
            guard !state.isStopped else { return }
            state.isAwake = true
            // Detached: the request that woke it has nothing to do with what it writes.
            if state.task == nil { state.task = Task.detached { await self.run() } }
        }
    }

    /// Ends the work under way, which a later start takes up, and waits for it.
    package func stop() async {
        let task = state.withLock { state in
            state.isStopped = true
            return state.task
        }
        task?.cancel()
        await task?.value
    }

    private func run() async {
        while takeWake() {
            do {
                while try await countNext() {}
                while try await sweep() {}
            } catch {
                if Task.isCancelled { return }
                logger.error("segments were not counted", metadata: ["error": "\(error)"])
            }
        }
    }

    /// Whether to look again; without a reason to, the task has ended.
    private func takeWake() -> Bool {
        state.withLock { state in
            if state.isStopped || !state.isAwake {
                state.task = nil
                return false
            }
            state.isAwake = false
            return true
        }
    }

    // MARK: Counting

    /// A segment whose turn it is.
    private struct Claim: Sendable {
        let pk: SegmentRowID
        let app: AppRowID
        let id: String
    }

    /// - Returns: Whether there was something to count.
    private func countNext() async throws -> Bool {
        guard let claim = try await claim() else { return false }
        do {
            let size = try await database.read { db in
                let source = try SegmentSource.sql(app: claim.app, segment: claim.id, db)
                return try Int64.fetchOne(
                    db, sql: "SELECT count(*) FROM user WHERE \(source.members.sql)",
                    arguments: source.members.arguments) ?? 0
            }
            try await end(claim, "ready", size: size)
        } catch {
            if Task.isCancelled { throw error }
            logger.error(
                "a segment was not counted",
                metadata: ["segment": "\(claim.id)", "error": "\(error)"])
            try await end(claim, "failed", size: nil)
        }
        return true
    }

    /// Those first that were never counted, then those that were counted longest ago.
    private func claim() async throws -> Claim? {
        let next = """
            SELECT * FROM segment WHERE size_state = 'pending' ORDER BY counted_at LIMIT 1
            """
        guard try await database.read({ db in try Row.fetchOne(db, sql: next) != nil }) else {
            return nil
        }
        return try await database.pool.write { db in
            guard let row = try Row.fetchOne(db, sql: next) else { return nil }
            let claim = Claim(pk: row["pk"], app: row["app"], id: row["id"])
            try db.execute(
                sql: "UPDATE segment SET size_state = 'counting' WHERE pk = ?",
                arguments: [claim.pk])
            return claim
        }
    }

    /// Keeps a result unless the segment was changed meanwhile.
    private func end(_ claim: Claim, _ sizeState: String, size: Int64?) async throws {
        try await database.pool.write { [clock = database.clock] db in
            try db.execute(
                sql: """
                    UPDATE segment SET size = coalesce(?, size), size_state = ?, counted_at = ?
                    WHERE pk = ? AND size_state = 'counting'
                    """, arguments: [size, sizeState, clock.now, claim.pk])
        }
    }

    // MARK: Clearing away

    /// - Returns: Whether there may be more.
    private func sweep() async throws -> Bool {
        guard let pk = try await database.read(Self.orphan) else { return false }
        try await database.pool.write { db in
            try db.execute(
                sql: """
                    DELETE FROM segment_target WHERE segment = ?1 AND target_id IN (
                        SELECT target_id FROM segment_target WHERE segment = ?1 LIMIT ?2)
                    """, arguments: [pk, Self.sweepRows])
        }
        return true
    }

    /// A segment that has targets and is not there; each step is one search of the index.
    private static func orphan(_ db: Database) throws -> SegmentRowID? {
        try SegmentRowID.fetchOne(
            db,
            sql: """
                WITH RECURSIVE listed (pk) AS (
                    SELECT min(segment) FROM segment_target
                    UNION ALL
                    SELECT (SELECT min(segment) FROM segment_target WHERE segment > listed.pk)
                    FROM listed WHERE listed.pk IS NOT NULL)
                SELECT pk FROM listed
                WHERE pk IS NOT NULL AND pk NOT IN (SELECT pk FROM segment) LIMIT 1
                """)
    }
}

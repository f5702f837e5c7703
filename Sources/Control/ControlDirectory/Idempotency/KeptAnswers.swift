import Crypto
package import Foundation
import GRDB
import Structures

/// Answers of requests with an `Idempotency-Key`, kept sealed for 24 hours, also over a restart.
///
/// ```
/// (none) ──begin──▶ begun ──first change──▶ applied ──end──▶ answered
///            ▲        │ failed or crashed without a change
///            └────────┘
/// ```
package struct KeptAnswers: Sendable {
    /// How long a key is remembered.
    package static let seconds: Int64 = 24 * 3_600

    /// Characters of a key.
    package static let keyLength = 1...255

    /// An answer as it was given.
    package struct Answer: Sendable {
        /// The status of HTTP that it went out with.
        package let status: Int
        /// The body byte for byte.
        package let body: Data

        /// Takes an answer that is about to be given.
        package init(status: Int, body: Data) {
            self.status = status
            self.body = body
        }
    }

    /// What a request with a key may do.
    package enum Decision: Sendable {
        /// It is the first: do it and say how it ended.
        case perform(IdempotencyScope)
        /// It was answered before.
        case replay(Answer)
    }

    let database: ControlDatabase
    /// Keys whose requests run in this process.
    private let running = Running()

    private final class Running: Sendable {
        let keys = Guarded<Set<String>>([])
    }

    package init(database: ControlDatabase) { self.database = database }

    /// What makes a request the same as another: the same API key has asked for the same.
    ///
    /// - Parameters:
    ///   - caller: Who asks.
    ///   - parts: The operation's name, and what it is asked of; none holds a NUL.
    ///   - body: Byte for byte.
    /// - Returns: 32 bytes, a SHA-256.
    package static func fingerprint(_ caller: Caller, of parts: [String], body: [UInt8]) -> Data {
        var hash = SHA256()
        let words = ([caller.keyID] + parts).joined(separator: "\u{0}")
        hash.update(data: Data((words + "\u{0}").utf8))
        hash.update(data: body)
        return Data(hash.finalize())
    }

    /// Claims a key, or finds its answer.
    ///
    /// - Throws: `Problem` of `idempotencyInProgress` or `idempotencyKeyReused`.
    package func begin(
        app: AppRowID, key: String, fingerprint: Data, seal: AnswerSeal
    ) async throws -> Decision {
        let name = "\(app)/\(key)"
        guard running.keys.withLock({ $0.insert(name).inserted }) else { throw Self.inProgress }
        do {
            let answer = try await database.pool.write { [clock = database.clock] db in
                try Self.claim(app, key, fingerprint, clock.now, db)
            }
            guard let answer else {
                return .perform(IdempotencyScope(app: app, key: key, seal: seal))
            }
            running.keys.withLock { _ = $0.remove(name) }
            return .replay(Answer(status: answer.status, body: try seal.open(answer.body)))
        } catch {
            running.keys.withLock { _ = $0.remove(name) }
            throw error
        }
    }

    private static let inProgress = Problem(
        .idempotencyInProgress, "the first request with this key has not been answered yet")

    /// - Returns: The answer that was given before, sealed; nil when the request is the first.
    private static func claim(
        _ app: AppRowID, _ key: String, _ fingerprint: Data, _ now: Timestamp, _ db: Database
    ) throws -> Answer? {
        let oldest = now.milliseconds - seconds * 1_000
        try db.execute(sql: "DELETE FROM idempotency WHERE created_at < ?", arguments: [oldest])
        let row = try Row.fetchOne(
            db, sql: "SELECT * FROM idempotency WHERE app = ? AND key = ?", arguments: [app, key])
        if let row {
            guard row["fingerprint"] as Data == fingerprint else {
                throw Problem(
                    .idempotencyKeyReused,
                    "the key was used within 24 hours for a request of another path or body, or by "
                        + "another API key")
            }
            switch row["state"] as String {
            case "answered":
                return Answer(status: row["status"], body: row["answer"])
            case "applied":
                // The process died between the change and the answer.
                throw Problem(
                    .idempotencyInProgress,
                    "the first request with this key took effect and its answer was lost; "
                        + "read the resource to see it")
            default: return nil
            }
        }
        try db.execute(
            sql: """
                INSERT INTO idempotency (app, key, fingerprint, state, created_at)
                VALUES (?, ?, ?, 'begun', ?)
                """, arguments: [app, key, fingerprint, now])
        return nil
    }

    /// Runs the request that a key was claimed for: what it writes marks the key.
    package func perform<Value: Sendable>(
        _ scope: IdempotencyScope, _ body: () async throws -> Value
    ) async throws -> Value {
        try await IdempotencyScope.$current.withValue(scope) { try await body() }
    }

    /// Keeps the answer; nil forgets the key, so that the request can be made again.
    package func end(_ scope: IdempotencyScope, with answer: Answer?) async throws {
        defer { running.keys.withLock { _ = $0.remove("\(scope.app)/\(scope.key)") } }
        let sealed = try answer.map { try scope.seal.seal($0.body) }
        try await database.pool.write { db in
            if let answer {
                try db.execute(
                    sql: """
                        UPDATE idempotency SET state = 'answered', status = ?, answer = ?
                        WHERE app = ? AND key = ?
                        """, arguments: [answer.status, sealed, scope.app, scope.key])
            } else {
                try db.execute(
                    sql: "DELETE FROM idempotency WHERE app = ? AND key = ? AND state = 'begun'",
                    arguments: [scope.app, scope.key])
            }
        }
    }
}

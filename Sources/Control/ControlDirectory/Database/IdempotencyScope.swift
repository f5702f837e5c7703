import GRDB

/// Ties the changes of one request to its idempotency key: whatever the request writes says, in the
/// same transaction, that the key was used.
///
/// So after a crash a key whose request had changed nothing may be used again, and one whose
/// request had changed something is known, though its answer is lost.
package final class IdempotencyScope: Sendable {
    @TaskLocal package static var current: IdempotencyScope?

    let app: AppRowID
    let key: String
    let seal: AnswerSeal

    init(app: AppRowID, key: String, seal: AnswerSeal) {
        self.app = app
        self.key = key
        self.seal = seal
    }

    /// Marks the key in the transaction of a change.
    func markApplied(_ db: Database) throws {
        try db.execute(
            sql: "UPDATE idempotency SET state = 'applied' WHERE app = ? AND key = ? "
                + "AND state = 'begun'",
            arguments: [app, key])
    }
}

import GRDB
import Testing

@testable import ControlDirectory

@Suite struct ControlSchemaTests {
    @Test func aFileOfTheFirstLayoutKeepsItsCampaignsAndUsesNoNumberAgain() throws {
        let queue = try DatabaseQueue()
        try ControlSchema.migrator.migrate(queue, upTo: "1")
        try queue.write { db in try Self.insert("old", db) }
        try ControlSchema.migrator.migrate(queue)
        let (kept, next) = try queue.write { db in
            let kept = try Int64.fetchOne(db, sql: "SELECT pk FROM campaign WHERE id = 'old'")
            try db.execute(sql: "DELETE FROM campaign")
            try Self.insert("new", db)
            return (kept, db.lastInsertedRowID)
        }
        #expect(kept == 1)
        #expect(next == 2)
    }

    private static func insert(_ id: String, _ db: Database) throws {
        try db.execute(
            sql: """
                INSERT INTO campaign (app, id, engine_id, kind, name, title, description,
                    segment_ids, user_ids, variables, delivery_mode, delivery_guarantee, trigger,
                    skip_push, skip_webhook, status, created_at, updated_at)
                VALUES (1, ?1, ?1, 'campaign', '', '', '', '[]', '[]', '{}', 'batch',
                    'at_least_once', 'manual', 0, 0, 'draft', 0, 0)
                """, arguments: [id])
    }
}

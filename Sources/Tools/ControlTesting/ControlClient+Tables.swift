import Control
import ControlDirectory
import GRDB

extension ControlClient {
    /// The rows of a table.
    package func count(_ table: String) async throws -> Int {
        try await control.database.read { db in
            try Int.fetchOne(db, sql: "SELECT count(*) FROM \(table)") ?? 0
        }
    }

    /// Indexes whose names begin so.
    package func indexes(of prefix: String) async throws -> Int {
        try await control.database.read { db in
            try Int.fetchOne(
                db, sql: "SELECT count(*) FROM sqlite_schema WHERE type = 'index' AND name GLOB ?",
                arguments: ["\(prefix)*"]) ?? 0
        }
    }

    /// What the table says of who must not be sent to: reason, channel type, user.
    package func ineligible() async throws -> [String] {
        try await control.database.read { db in
            try String.fetchAll(
                db,
                sql: """
                    SELECT reason || ' ' || channel_type || ' ' || user_id FROM ineligible
                    ORDER BY 1
                    """)
        }
    }
}

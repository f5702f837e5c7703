package import ControlDirectory
import Filters
import GRDB
package import JSON

extension Segments {
    /// Adds users to a list; those that are in it already stay.
    package func add(_ caller: Caller, _ id: String, _ body: JSONValue) async throws -> JSONValue {
        let ids = body["target_ids"]?.encoded ?? "[]"
        return try await change(caller, id, "add_targets", "added") { pk, now, db in
            try db.execute(
                sql: """
                    INSERT OR IGNORE INTO segment_target (segment, target_id, created_at)
                    SELECT ?, value, ? FROM json_each(?) ORDER BY value
                    """, arguments: [pk, now, ids])
            return Int64(db.changesCount)
        }
    }

    /// Takes users out of a list.
    package func remove(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> JSONValue {
        let ids = body["target_ids"]?.encoded ?? "[]"
        return try await change(caller, id, "remove_targets", "removed") { pk, _, db in
            try db.execute(
                sql: """
                    DELETE FROM segment_target
                    WHERE segment = ? AND target_id IN (SELECT value FROM json_each(?))
                    """, arguments: [pk, ids])
            return -Int64(db.changesCount)
        }
    }

    /// Changes a list and its size together, so that the size is exact.
    private func change(
        _ caller: Caller, _ id: String, _ action: String, _ name: String,
        _ body: @escaping @Sendable (_ pk: SegmentRowID, _ now: Timestamp, Database) throws -> Int64
    ) async throws -> JSONValue {
        try await database.write { db, now in
            let row = try Self.existing(caller.app, id, db)
            guard row["kind"] as String == SegmentKind.targets.rawValue else {
                throw Problem.notOfKind(row, "has no list of targets")
            }
            let pk = row["pk"] as SegmentRowID
            let change = try body(pk, now, db)
            let size = (row["size"] as Int64) + change
            try db.execute(
                sql: "UPDATE segment SET size = ?, counted_at = ?, updated_at = ? WHERE pk = ?",
                arguments: [size, now, now, pk])
            let result: JSONValue = [name: .integer(abs(change)), "size": .integer(size)]
            try AuditEntry(action, "segment", id, after: result).record(by: caller, at: now, db)
            return result
        }
    }

    /// Lists targets by their ids, ascending.
    package func listTargets(
        _ caller: Caller, _ id: String, _ body: JSONValue
    ) async throws -> ListPage {
        try await database.read { db in
            let row = try Self.existing(caller.app, id, db)
            let list = try FilteredList(body, schema: .targets(segment: row["pk"]))
            return try list.page(db) { Self.targetView($0, of: id) }
        }
    }

    /// One user of a segment's list.
    ///
    /// - Throws: `Problem.notFound` for a segment that there is not, or a user who is not in it.
    package func getTarget(
        _ caller: Caller, _ id: String, _ target: String
    ) async throws -> JSONValue {
        try await database.read { db in
            let row = try Self.existing(caller.app, id, db)
            let found = try Row.fetchOne(
                db, sql: "SELECT * FROM segment_target WHERE segment = ? AND target_id = ?",
                arguments: [row["pk"] as SegmentRowID, target])
            guard let found else { throw Problem.notFound("target", target) }
            return Self.targetView(found, of: id)
        }
    }

    private static func targetView(_ row: Row, of id: String) -> JSONValue {
        [
            "segment_id": .string(id), "target_id": .string(row["target_id"]),
            "created_at": .time(row["created_at"]),
        ]
    }
}

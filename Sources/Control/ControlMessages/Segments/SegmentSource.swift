package import ControlDirectory
import Filters
package import GRDB
import JSON

/// Who is in one or more segments, as SQL.
package struct SegmentSource: Sendable {
    /// True of the stored users who are in one of the segments: a condition over `user`, in
    /// parentheses.
    ///
    /// One scan with it meets each user once, however many segments have it.
    package let members: SQLCondition
    /// Whole statements for the targets that are no stored users: each selects ids, ascending, and
    /// no two the same.
    package let others: [SQLCondition]

    /// Finds out who is in some segments of an app.
    ///
    /// - Parameters:
    ///   - app: Whose segments and users.
    ///   - ids: At most `InputLimits.segmentsPerCampaign`.
    ///   - db: Where to look.
    /// - Returns: The members at the time when the statements run.
    /// - Throws: `Problem` of `notFound`, or of a filter that no longer fits the app's attributes.
    package static func sql(
        app: AppRowID, segments ids: [String], _ db: Database
    ) throws -> SegmentSource {
        let schema = try FilterSchema.users(app: app, db)
        // Of one app's users among those of others an index tells which they are.
        let isAlone = try Int.fetchOne(db, sql: "SELECT count(*) FROM app") == 1
        let scope = "\(isAlone ? "+" : "")user.app = \(app)"
        var conditions: [SQLCondition] = []
        var lists: [SegmentRowID] = []
        for id in Set(ids).sorted() {
            let row = try Segments.existing(app, id, db)
            switch SegmentKind(rawValue: row["kind"]) {
            case .filter: conditions.append(try filter(row, schema, ownsTable: isAlone, db))
            case .allUsers: conditions.append(SQLCondition("TRUE"))
            case .targets, nil: lists.append(row["pk"])
            }
        }
        conditions += lists.map { list in
            SQLCondition(
                "user.id IN (SELECT target_id FROM segment_target WHERE segment = ?)", [list])
        }
        let parts = conditions.map { "(\(scope) AND \($0.sql))" }
        return SegmentSource(
            members: SQLCondition(
                parts.isEmpty ? "FALSE" : "(" + parts.joined(separator: " OR ") + ")",
                conditions.reduce([]) { $0 + $1.arguments }),
            others: lists.indices.map { others(app, list: $0, of: lists) })
    }

    /// Finds out who is in a segment of an app.
    package static func sql(
        app: AppRowID, segment id: String, _ db: Database
    ) throws -> SegmentSource {
        try sql(app: app, segments: [id], db)
    }

    private static func filter(
        _ row: Row, _ schema: FilterSchema, ownsTable: Bool, _ db: Database
    ) throws -> SQLCondition {
        let value = try JSONValue(parsing: row["filter"] as String)
        let filter: Filter
        do {
            filter = try Filter(value, schema: schema, at: "/filter")
        } catch {
            throw Problem.invalid(error)
        }
        return try filter.planned(over: schema.table, ownsTable: ownsTable, db)
    }

    /// The targets of a list that are no users and in no list before it.
    private static func others(_ app: AppRowID, list: Int, of lists: [SegmentRowID]) -> SQLCondition
    {
        let earlier = lists[..<list].map { _ in "?" }.joined(separator: ", ")
        return SQLCondition(
            """
            SELECT target_id FROM segment_target AS target WHERE segment = ?
            AND NOT EXISTS (SELECT 1 FROM user WHERE app = ? AND id = target.target_id)
            AND NOT EXISTS (SELECT 1 FROM segment_target AS earlier
                WHERE earlier.segment IN (\(earlier)) AND earlier.target_id = target.target_id)
            ORDER BY target_id
            """, [lists[list], app] + StatementArguments(lists[..<list]))
    }
}

import GRDB
import Jinja

/// How large an audience is, without reading it.
extension AudienceSnapshot.Audience {
    /// Whether a launch would find anybody.
    func hasAnybody(app: Int64, campaign: Int64, _ db: Database) throws -> Bool {
        if !userIDs.isEmpty { return true }
        if hasRecipients { return true }
        if let segments {
            let found = try Bool.fetchOne(
                db,
                sql: "SELECT EXISTS (SELECT 1 FROM user WHERE user.app = ? AND (\(segments.sql)))",
                arguments: [app] + segments.arguments)
            if found == true { return true }
        }
        for segment in targetSegments {
            let found = try Bool.fetchOne(
                db, sql: "SELECT EXISTS (SELECT 1 FROM segment_target WHERE segment = ?)",
                arguments: [segment])
            if found == true { return true }
        }
        return false
    }

    /// The number of different user ids.
    func size(app: Int64, campaign: Int64, _ db: Database) throws -> Int {
        var parts: [String] = []
        var arguments: StatementArguments = []
        if let segments {
            parts.append("SELECT user.id FROM user WHERE user.app = ? AND (\(segments.sql))")
            arguments += [app]
            arguments += segments.arguments
        }
        for segment in targetSegments {
            parts.append("SELECT target_id FROM segment_target WHERE segment = ?")
            arguments += [segment]
        }
        if hasRecipients {
            parts.append("SELECT user_id FROM campaign_recipient WHERE campaign = ?")
            arguments += [campaign]
        }
        if !userIDs.isEmpty {
            parts.append("SELECT value FROM json_each(?)")
            arguments += [JSONValue.array(userIDs.map { .string($0) }).encoded]
        }
        guard !parts.isEmpty else { return 0 }
        // One source has no user twice, and several need a set of the ids: as a union.
        let sql =
            parts.count == 1
            ? "SELECT count(*) FROM (\(parts[0]))"
            : "SELECT count(*) FROM (\(parts.joined(separator: " UNION ")))"
        return try Int.fetchOne(db, sql: sql, arguments: arguments) ?? 0
    }
}

import ControlDirectory
import ControlMessages
import GRDB
import JSON

extension AudienceSnapshot {
    /// Whom a campaign is for.
    struct Audience: Sendable {
        /// Nil without segments.
        let segments: SegmentSource?
        let userIDs: [String]
        /// Whether the campaign has recipients of its own.
        let hasRecipients: Bool
        private let campaign: CampaignRowID

        /// Finds out whom a campaign is for now.
        init(of record: CampaignRecord, _ db: Database) throws {
            segments =
                record.segmentIDs.isEmpty
                ? nil : try SegmentSource.sql(app: record.app, segments: record.segmentIDs, db)
            userIDs = record.userIDs
            hasRecipients =
                try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (SELECT 1 FROM campaign_recipient WHERE campaign = ?)",
                    arguments: [record.pk]) ?? false
            campaign = record.pk
        }

        /// The inline user ids as a JSON array.
        var userIDList: String { JSONValue.array(userIDs.map { .string($0) }).encoded }

        /// Selects the user ids of all sources, some perhaps more than once.
        private var sources: [SQLCondition] {
            var sources: [SQLCondition] = []
            if let segments {
                sources.append(
                    SQLCondition(
                        "SELECT user.id FROM user WHERE \(segments.members.sql)",
                        segments.members.arguments))
                sources += segments.others.map {
                    SQLCondition("SELECT target_id FROM (\($0.sql))", $0.arguments)
                }
            }
            if hasRecipients {
                sources.append(
                    SQLCondition(
                        "SELECT user_id FROM campaign_recipient WHERE campaign = ?", [campaign]))
            }
            if !userIDs.isEmpty {
                sources.append(SQLCondition("SELECT value FROM json_each(?)", [userIDList]))
            }
            return sources
        }

        /// Whether a launch would find anybody.
        func hasAnybody(_ db: Database) throws -> Bool {
            try sources.contains { source in
                try Bool.fetchOne(
                    db, sql: "SELECT EXISTS (\(source.sql))", arguments: source.arguments) == true
            }
        }

        /// The number of different user ids.
        func size(_ db: Database) throws -> Int {
            guard !sources.isEmpty else { return 0 }
            // Members of segments are different by themselves; more sources need a set of the ids.
            let isSimple = !hasRecipients && userIDs.isEmpty
            let all = sources.map(\.sql).joined(separator: isSimple ? " UNION ALL " : " UNION ")
            return try Int.fetchOne(
                db, sql: "SELECT count(*) FROM (\(all))",
                arguments: sources.reduce([]) { $0 + $1.arguments }) ?? 0
        }
    }
}

import Audience
import Campaigns
import Engine
import Foundation
import GRDB
import Jinja
import Storage

// Resolves a campaign's audience into pages, after which users, segments and templates may change:
// the campaign sends what it was launched with.
//
// 1. Members of segments are read by one scan of the users, in the order of their rows, so that
//    nobody comes twice; recipients of the campaign's own follow, and of equal user ids the first
//    row counts. The recipients' own rows come first: their variables win.
// 2. Memory does not depend on the audience: rows are read one by one and written page by page.
// 3. Values are copied into one buffer per row, because slots borrow.

/// Writes the audience of one campaign.
struct AudienceSnapshot {
    /// Whom the campaign is for.
    struct Audience: Sendable {
        /// A condition over `user` that selects the members of all segments; nil without segments.
        var segments: (sql: String, arguments: StatementArguments)?
        /// Ids of segments whose explicit targets may be no stored users.
        var targetSegments: [Int64] = []
        var userIDs: [String] = []
        /// Whether the campaign has recipients of its own.
        var hasRecipients = false
    }

    let app: Int64
    let campaign: Int64
    let audience: Audience
    let columns: [SnapshotColumn]

    /// Reads the audience from a connection and appends it to a new snapshot.
    ///
    /// - Returns: How many recipients there are, duplicates not counted.
    func write(_ db: Database, into database: CampaignDatabase, directory: String) throws -> Int {
        var generator = SystemRandomNumberGenerator()
        var pages = PageAssembler(
            sink: DatabasePageSink(database), hashKey: UserIDHashKey(using: &generator),
            spoolDirectory: directory)
        var row = SnapshotRow(columns: columns)
        for query in queries {
            let statement = try db.makeStatement(sql: query.sql)
            let cursor = try Row.fetchCursor(statement, arguments: query.arguments)
            while let next = try cursor.next() {
                try row.fill(next)
                try row.append(to: &pages)
            }
        }
        let duplicates = try pages.finish(columnCount: columns.count)
        let names = try JSONEncoder().encode(columns.map(\.name))
        _ = try database.finishImport(
            .init(rowsRead: Int(pages.count), rejected: 0, columns: Array(names)))
        return Int(pages.count - duplicates)
    }

    // MARK: Queries

    private struct Query {
        var sql: String
        var arguments: StatementArguments
    }

    private var queries: [Query] {
        let fields = (["user.id"] + columns.map(\.expression)).joined(separator: ", ")
        var queries: [Query] = []
        if audience.hasRecipients {
            queries.append(
                Query(
                    sql: """
                        SELECT recipient.user_id, \(columns.map(\.expression).list)
                        recipient.variables
                        FROM campaign_recipient AS recipient
                        LEFT JOIN user ON user.app = ? AND user.id = recipient.user_id
                        WHERE recipient.campaign = ?
                        """, arguments: [app, campaign]))
        }
        if let segments = audience.segments {
            queries.append(
                Query(
                    sql: """
                        SELECT \(fields), NULL FROM user
                        WHERE user.app = ? AND (\(segments.sql)) ORDER BY user.pk
                        """, arguments: [app] + segments.arguments))
        }
        for segment in audience.targetSegments {
            queries.append(
                Query(
                    sql: """
                        SELECT target.target_id, \(columns.map(\.expression).list) NULL
                        FROM segment_target AS target
                        LEFT JOIN user ON user.app = ? AND user.id = target.target_id
                        WHERE target.segment = ?
                        """, arguments: [app, segment]))
        }
        if !audience.userIDs.isEmpty {
            let ids = JSONValue.array(audience.userIDs.map { .string($0) }).encoded
            queries.append(
                Query(
                    sql: """
                        SELECT given.value, \(columns.map(\.expression).list) NULL
                        FROM json_each(?) AS given
                        LEFT JOIN user ON user.app = ? AND user.id = given.value
                        """, arguments: [ids, app]))
        }
        return queries
    }
}

extension [String] {
    /// Each followed by a comma.
    fileprivate var list: String { map { "\($0), " }.joined() }
}

import Audience
import ControlDirectory
import ControlMessages
import Engine
import Foundation
import GRDB
import JSON
import SendPlans
import Storage

// Resolves a campaign's audience into pages, after which users, segments and templates may change:
// the campaign sends what it was launched with.
//
// 1. Members of segments are read by one scan of the users, in the order of their rows, so that
//    nobody comes twice; recipients of the campaign's own follow, and of equal user ids the first
//    row counts. The recipients' own rows come first: their variables win.
// 2. Memory does not depend on the audience: rows are read one by one and written page by page.

/// Writes the audience of one campaign.
struct AudienceSnapshot {
    let record: CampaignRecord
    let audience: Audience
    let layout: MessageLayout

    /// Reads the audience from a connection and appends it to a new snapshot.
    ///
    /// - Returns: How many recipients there are, duplicates not counted.
    func write(
        _ db: Database, into database: CampaignDatabase, folder: CampaignFolder
    ) throws -> Int {
        var generator = SystemRandomNumberGenerator()
        let hashes = try UserHashesSink(DatabasePageSink(database), folder: folder)
        var pages = PageAssembler(
            sink: hashes, hashKey: UserIDHashKey(using: &generator),
            spoolDirectory: folder.path)
        var slots = SlotBuffer()
        let columnCount = layout.columns.count
        for query in queries {
            let statement = try db.makeStatement(sql: query.sql)
            let rows = try Row.fetchCursor(statement, arguments: query.arguments)
            // Read in place: a `String` for each column costs as much as SQLite does.
            let row = unsafe BorrowedRow(of: statement.sqliteStatement)
            while try rows.next() != nil {
                slots.removeAll()
                unsafe slots.append(text: row.text(0))
                layout.append(row, from: 1, to: &slots)
                try unsafe slots.withSlots { slots in
                    guard let base = slots.baseAddress else { return }
                    _ = try unsafe pages.append(
                        base, count: slots.count, columnCount: columnCount)
                }
            }
        }
        let duplicates = try pages.finish(columnCount: columnCount)
        try hashes.finish()
        let names = try JSONEncoder().encode(layout.columns.map(\.name))
        _ = try database.finishImport(
            .init(rowsRead: Int(pages.count), rejected: 0, columns: Array(names)))
        return Int(pages.count - duplicates)
    }

    /// Each selects a user id, then the columns.
    private var queries: [SQLCondition] {
        let plain = layout.selection()
        func query(
            _ id: String, _ selection: SQLCondition, _ rest: SQLCondition
        ) -> SQLCondition {
            SQLCondition(
                "SELECT \(id), \(selection.sql) FROM \(rest.sql)",
                selection.arguments + rest.arguments)
        }
        var queries: [SQLCondition] = []
        if audience.hasRecipients {
            queries.append(
                query(
                    "recipient.user_id",
                    layout.selection(variables: SQLCondition("recipient.variables")),
                    SQLCondition(
                        """
                        campaign_recipient AS recipient
                        LEFT JOIN user ON user.app = ? AND user.id = recipient.user_id
                        WHERE recipient.campaign = ?
                        """, [record.app, record.pk])))
        }
        if let segments = audience.segments {
            queries.append(
                query(
                    "user.id", plain,
                    SQLCondition(
                        "user WHERE \(segments.members.sql)", segments.members.arguments)))
            for others in segments.others {
                queries.append(
                    query(
                        "given.target_id", plain,
                        SQLCondition(
                            "(\(others.sql)) AS given LEFT JOIN user ON FALSE", others.arguments)))
            }
        }
        if !audience.userIDs.isEmpty {
            queries.append(
                query(
                    "given.value", plain,
                    SQLCondition(
                        """
                        json_each(?) AS given
                        LEFT JOIN user ON user.app = ? AND user.id = given.value
                        """, [audience.userIDList, record.app])))
        }
        return queries
    }
}

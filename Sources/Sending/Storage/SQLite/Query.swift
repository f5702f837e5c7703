/// Every statement that is prepared and kept: all SQL of the store, beside the schema and pragmas.
///
/// Values are always bound. `operation` is what an error says was being done.
enum Query: Int, CaseIterable {
    case insertCampaign
    case readCampaign
    case updateCampaignState
    case updateCampaignFigures
    case insertAudience
    case insertPage
    case listPages
    case updatePage
    case scanPages
    case readAudienceChecksum
    case readResultChecksum
    case writeResult
    case sumContentBytes
    case readValue
    case writeValue
    case removeValue

    var sql: String {
        switch self {
        case .insertCampaign:
            """
            INSERT INTO campaign (id, high, low, created_at, state, document)
            VALUES (1, ?1, ?2, ?3, ?4, ?5)
            """
        case .readCampaign:
            """
            SELECT high, low, created_at, state, document, columns,
                   rows_read, recipients, duplicates, rejected, pages
            FROM campaign WHERE id = 1
            """
        case .updateCampaignState: "UPDATE campaign SET state = ?1 WHERE id = 1"
        case .updateCampaignFigures:
            """
            UPDATE campaign SET columns = ?1, rows_read = ?2, recipients = ?3, duplicates = ?4,
                   rejected = ?5, pages = ?6 WHERE id = 1
            """
        case .insertAudience: "INSERT INTO audience (page, checksum, content) VALUES (?1, ?2, ?3)"
        case .insertPage: "INSERT INTO page (page, count, bytes, state) VALUES (?1, ?2, ?3, ?4)"
        case .listPages:
            """
            SELECT page.page, count, bytes, state, due, result.page IS NOT NULL
            FROM page LEFT JOIN result ON result.page = page.page ORDER BY page.page
            """
        case .updatePage: "UPDATE page SET state = ?2, due = ?3 WHERE page = ?1"
        case .scanPages: "SELECT page, count, bytes, state, due FROM page ORDER BY page"
        case .readAudienceChecksum: "SELECT checksum FROM audience WHERE page = ?1"
        case .readResultChecksum: "SELECT checksum FROM result WHERE page = ?1"
        case .writeResult:
            // An update of equal length overwrites in place: only database pages whose bytes differ
            // go to the log.
            """
            INSERT INTO result (page, checksum, content) VALUES (?1, ?2, ?3) ON CONFLICT (page)
            DO UPDATE SET checksum = excluded.checksum, content = excluded.content
            """
        case .sumContentBytes:
            "SELECT (SELECT sum(bytes) FROM page), (SELECT sum(length(content)) FROM result)"
        case .readValue: "SELECT content FROM value WHERE name = ?1"
        case .writeValue: "INSERT OR REPLACE INTO value (name, content) VALUES (?1, ?2)"
        case .removeValue: "DELETE FROM value WHERE name = ?1"
        }
    }

    var operation: StaticString {
        switch self {
        case .insertCampaign: "write the campaign"
        case .readCampaign: "read the campaign"
        case .updateCampaignState, .updateCampaignFigures: "update the campaign"
        case .insertAudience, .insertPage: "append a page"
        case .listPages, .scanPages: "list the pages"
        case .updatePage: "write a page's state"
        case .readAudienceChecksum: "read a page's recipients"
        case .readResultChecksum: "read a page's records"
        case .writeResult: "write a page's records"
        case .sumContentBytes: "measure the database"
        case .readValue: "read a value"
        case .writeValue, .removeValue: "write a value"
        }
    }
}

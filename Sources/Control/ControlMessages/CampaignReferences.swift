import ControlDirectory
import GRDB

/// Campaigns that still need something.
enum CampaignReferences {
    /// Refuses to delete what a campaign that has not ended refers to.
    ///
    /// - Throws: `Problem` of `referenceInUse` that names one of them.
    static func refuse(app: AppRowID, where condition: SQLCondition, _ db: Database) throws {
        let id = try String.fetchOne(
            db,
            sql: """
                SELECT id FROM campaign WHERE app = ? AND \(condition.sql)
                    AND status NOT IN ('completed', 'completed_partial', 'stopped', 'failed')
                ORDER BY pk LIMIT 1
                """, arguments: [app] + condition.arguments)
        guard let id else { return }
        throw Problem(.referenceInUse, "the campaign “\(id)” refers to it and has not ended")
    }
}

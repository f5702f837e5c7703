import GRDB
import Jinja

/// Puts events of campaigns where they are sent from, in the transaction of the change itself.
final class CampaignEvents: Sendable {
    /// Records an event with the whole campaign as it is now.
    func record(_ type: CampaignEventType, _ record: CampaignRecord, _ db: Database) throws {}
}

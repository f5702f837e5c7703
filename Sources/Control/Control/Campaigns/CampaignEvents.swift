import CampaignLife
import ControlDirectory
import ControlEvents
import GRDB
import JSON

/// Puts events of campaigns where they are sent from, in the transaction of the change itself.
///
/// Tests are no events: nobody but who asked for one waits for it.
final class CampaignEvents: Sendable {
    private let outbox: EventOutbox
    private let board: LiveBoard

    init(outbox: EventOutbox, board: LiveBoard) {
        self.outbox = outbox
        self.board = board
    }

    /// Records an event with the whole campaign, its status and its figures, as they are now.
    func record(
        _ type: CampaignEventType, _ record: CampaignRecord, at now: Timestamp, _ db: Database
    ) throws {
        guard record.kind != .test else { return }
        // What came to its end by itself has its figures in the record; what runs, or ran until it
        // was stopped, on the board.
        let isOver = record.status.isEnded && record.status != .stopped
        let live = isOver ? nil : board.live(record.pk)
        try outbox.add(
            type.rawValue, app: record.app, data: { ["campaign": record.json(live: live)] },
            at: now, db)
    }
}

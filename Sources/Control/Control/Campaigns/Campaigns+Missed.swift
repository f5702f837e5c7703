import ControlDirectory
import Engine
import GRDB
import Storage

/// Who did not acknowledge in time.
extension Campaigns {
    /// How many messages were not acknowledged by their deadline; nil without a deadline, and while
    /// the campaign's file cannot be used.
    func missed(_ record: CampaignRecord) async throws -> Int? {
        guard let deadline = record.ackDeadline else { return nil }
        return try await BlockingQueue.run { [self] in
            do {
                return try missed(record, deadline: deadline)
            } catch  where error.isOfCampaignFile {
                return nil
            }
        }
    }

    private func missed(_ record: CampaignRecord, deadline: Int64) throws -> Int {
        guard let snapshot = try CampaignFolder(of: record, options).readingIfThere() else {
            return 0
        }
        defer { try? snapshot.close() }
        let acknowledged = try database.pool.read { db in
            try Set(
                Int64.fetchAll(
                    db,
                    sql: """
                        SELECT ordinal FROM engagement
                        WHERE campaign = ? AND acknowledged_at IS NOT NULL
                        """, arguments: [record.pk]))
        }
        let latest = database.clock.now.milliseconds - deadline * 1_000
        var missed = 0
        for index in 0..<snapshot.pageCount {
            let page = PageIndex(UInt32(index))
            for (place, delivery) in try snapshot.readRecords(of: page).enumerated()
            where delivery.status == .sent && delivery.timeMilliseconds <= latest {
                let ordinal = Int64(Ordinal(page: page, index: place).rawValue)
                if !acknowledged.contains(ordinal) { missed += 1 }
            }
        }
        return missed
    }
}

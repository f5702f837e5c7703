import Engine
import Foundation
import Storage
import Testing

@Suite("Accounting, scans and space")
struct ReadingTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    /// Four pages: done, parked, claimed, fresh.
    private func mixed() throws -> CampaignDatabase {
        let database = try SampleCampaign.ready(
            path, counts: [5, 2, 3, 4], duplicates: [0: [4], 3: [0, 1]])
        for _ in 0..<3 { try database.claim() }
        var duplicate = DeliveryRecord()
        duplicate.status = .duplicate
        try database.commit(
            0,
            [
                record(.sent, attempts: 2), record(.sent), record(.failed, code: 404),
                record(.unknown, code: 0, reason: .crashed, generation: 1), duplicate,
            ], due: nil)
        try database.commit(
            1, [record(.skipped, code: 0, reason: .urlInvalid), record(.pending, code: 429)],
            due: 8)
        return database
    }

    @Test func `The account is summed from the records and closes`() throws {
        let database = try mixed()
        for checkingRecipients in [false, true] {
            let sums = try database.accounting(checkingRecipients: checkingRecipients)
            #expect(sums.problems.isEmpty)
            #expect(sums.total == 11)
            #expect(sums.sent == 2)
            #expect(sums.failed == 1)
            #expect(sums.skipped == 1)
            #expect(sums.unknown == 1)
            #expect(sums.pending == 6)
            #expect(sums.duplicates == 3)
            #expect(sums.unreadable == 0)
            #expect(sums.attempts == 7)
            #expect(sums.resent == 1)
            #expect(sums.pages == 4)
            #expect(
                sums.tally.counts == [
                    .init(.sent, .httpStatus, code: 200): 2,
                    .init(.failed, .httpStatus, code: 404): 1,
                    .init(.unknown, .crashed): 1,
                    .init(.skipped, .urlInvalid): 1,
                    .init(.pending, .httpStatus, code: 429): 1,
                    .init(.pending, .none): 5,
                    .init(.duplicate, .none): 3,
                ])
        }
        try database.close()
    }

    @Test func `A campaign that is called completed and is not does not close`() throws {
        let database = try mixed()
        try database.setState(.completed)
        #expect(try database.accounting(checkingRecipients: false).problems.count == 1)
        try database.close()
    }

    @Test(arguments: [false, true])
    func `A scan shows every page once, ascending`(includingRecipients: Bool) throws {
        let database = try mixed()
        var pages: [PageIndex] = []
        var states: [PageState] = []
        var counts: [Int] = []
        var statuses: [[DeliveryStatus]?] = []
        try database.forEachPage(includingRecipients: includingRecipients) { page in
            pages.append(page.page)
            states.append(page.state)
            counts.append(page.count)
            unsafe statuses.append(page.records.map { unsafe $0.map(\.status) })
            let bytes = unsafe Array(page.recipients)
            let expected = SampleCampaign.recipients(Int(page.page.rawValue))
            #expect(bytes == (includingRecipients ? expected : []))
        }
        #expect(pages == (0..<4).map { PageIndex($0) })
        #expect(states == [.done, .parked, .claimed, .fresh])
        #expect(counts == [5, 2, 3, 4])
        #expect(
            statuses == [
                [.sent, .sent, .failed, .unknown, .duplicate], [.skipped, .pending], nil,
                [.duplicate, .duplicate, .pending, .pending],
            ])
        try database.close()
    }

    @Test func `A scan that is left early lets go of the database`() throws {
        let database = try mixed()
        do {
            var scan = try database.scan(includingRecipients: true)
            #expect(try scan.next()?.page == PageIndex(0))
        }
        #expect(!database.isInTransaction)
        try database.transaction { () throws(StorageError) in _ = try database.claim() }
        try database.close()
    }

    @Test func `A reader sees one moment while the writer goes on`() throws {
        let writer = try mixed()
        let reader = try CampaignDatabase.open(at: path, access: .readOnly)
        var scan = try reader.scan(includingRecipients: false)
        #expect(try scan.next()?.page == PageIndex(0))
        try writer.commit(2, Array(repeating: record(.sent), count: 3), due: nil)
        #expect(try scan.next()?.state == .parked)
        let third = try #require(try scan.next())
        #expect(third.state == .claimed)
        #expect(unsafe third.records == nil)
        _ = consume scan
        #expect(try reader.accounting(checkingRecipients: true).sent == 5)
        #expect(try reader.accounting(checkingRecipients: true).problems.isEmpty)
        try writer.close()
        #expect(try reader.accounting(checkingRecipients: true).sent == 5)
        try reader.close()
    }

    @Test func `A finished campaign can be read when no writer is there`() throws {
        try mixed().close()
        #expect(!FileManager.default.fileExists(atPath: path + "-wal"))
        let reader = try CampaignDatabase.open(at: path, access: .readOnly)
        #expect(reader.campaign.counts.pages == 4)
        #expect(reader.tally.done == 1)
        #expect(try reader.accounting(checkingRecipients: true).problems.isEmpty)
        try reader.close()
    }

    @Test func `State takes less than half of the bytes a recipient may`() throws {
        let counts = [Int](repeating: 1_024, count: 12)
        let database = try SampleCampaign.ready(path, counts: counts, bytes: 100_000)
        let sent = [DeliveryRecord](repeating: record(.sent), count: 1_024)
        for page in 0..<12 {
            try database.transaction { () throws(StorageError) in
                try database.claim()
                try database.commit(page, sent, due: nil)
            }
        }
        #expect(try database.spaceReport().fileBytes > 0)
        try database.close()
        let opened = try CampaignDatabase.open(at: path, access: .readOnly)
        let space = try opened.spaceReport()
        #expect(space.recipients == 12 * 1_024)
        #expect(space.recipientsBytes == 12 * 100_000)
        #expect(space.resultsBytes == 12 * 1_024 * 24)
        #expect(space.stateBytesPerRecipient > 24)
        #expect(space.stateBytesPerRecipient < 32)
        try opened.close()
    }

    @Test func `The log stays bounded however much is committed`() throws {
        let database = try SampleCampaign.ready(path, counts: [1_024, 1_024])
        try database.claim()
        var logMax = 0
        // Two kinds of records in turn, so that no commit repeats what the file holds.
        let kinds = (1...2).map {
            [DeliveryRecord](repeating: record(.pending, time: $0), count: 1_024)
        }
        for round in 0..<300 {
            try database.transaction { () throws(StorageError) in
                try database.commit(0, kinds[round % 2], due: 0)
                try database.claim()
                try database.unclaim(PageIndex(0))
                try database.claim()
                try database.setValue(
                    "large", [UInt8](repeating: UInt8(round % 251), count: 200_000))
            }
            logMax = max(logMax, try database.spaceReport().fileBytes)
        }
        // More than twice as much was written.
        #expect(logMax > 4 << 20)
        #expect(logMax < 24 << 20)
        try database.close()
    }
}

import Engine
import Storage
import Testing

@Suite("Resending on purpose")
struct RetryTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    @Test func `Matching deliveries begin anew in the next generation, others stay`() throws {
        let database = try SampleCampaign.ready(path, counts: [4, 2, 1], duplicates: [0: [3]])
        try database.claim()
        try database.claim()
        var duplicate = DeliveryRecord()
        duplicate.status = .duplicate
        let failed = record(.failed, code: 500, generation: 2)
        try database.commit(0, [record(.sent), failed, record(.pending), duplicate], due: 900)
        try database.commit(1, [record(.sent), record(.sent)], due: nil)
        try database.setState(.completed)

        let count = try database.resetForRetry(nowMilliseconds: 40) { $0.code == 500 }
        #expect(count == 1)
        var fresh = DeliveryRecord()
        fresh.generation = 3
        #expect(
            try database.records(0, count: 4)
                == [record(.sent), fresh, record(.pending), duplicate])
        #expect(database.campaign.state == .ready)
        #expect(database.state(1) == .done)
        #expect(database.state(2) == .fresh)
        #expect(try database.claim(now: 40) == 0)
        let accounting = try database.accounting(checkingRecipients: false)
        #expect(accounting.problems.isEmpty)
        #expect(accounting.resent == 1)
        #expect(accounting.duplicates == 1)
        try database.close()
    }

    @Test func `A done page becomes due at once`() throws {
        let database = try SampleCampaign.ready(path, counts: [1, 1])
        for page in 0..<2 {
            try database.claim()
            try database.commit(page, [record(page == 0 ? .unknown : .sent)], due: nil)
        }
        #expect(try database.claimNextPage(nowMilliseconds: 0) == .finished)
        #expect(try database.resetForRetry(nowMilliseconds: 3) { $0.status == .unknown } == 1)
        #expect(try database.claimNextPage(nowMilliseconds: 2) == .nothingDue(untilMilliseconds: 3))
        #expect(try database.claim(now: 3) == 0)
        #expect(try database.claim(now: 3) == nil)
        try database.close()
    }

    @Test func `Without a match nothing changes`() throws {
        let database = try SampleCampaign.ready(path, counts: [1])
        try database.claim()
        try database.commit(0, [record(.sent)], due: nil)
        try database.setState(.completed)
        #expect(try database.resetForRetry(nowMilliseconds: 0) { $0.status == .failed } == 0)
        #expect(database.campaign.state == .completed)
        #expect(database.state(0) == .done)
        try database.close()
    }

    @Test func `The last generation is not resent, since its successor's key was used before`()
        throws
    {
        let database = try SampleCampaign.ready(path, counts: [2])
        try database.claim()
        let last = record(.failed, generation: 255)
        try database.commit(0, [last, record(.failed, generation: 254)], due: nil)
        #expect(try database.resetForRetry(nowMilliseconds: 0) { _ in true } == 1)
        #expect(try database.records(0, count: 2)?.first == last)
        try database.close()
    }
}

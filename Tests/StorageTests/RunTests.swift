import Engine
import Glibc
import Storage
import Testing

@Suite("Claiming and committing pages")
struct RunTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    @Test func `Due pages come first, the longest due before others, then fresh ones ascending`()
        throws
    {
        let database = try SampleCampaign.ready(path, counts: [1, 1, 1, 1, 1])
        for _ in 0..<3 { try database.claim() }
        try database.commit(0, [record(.pending)], due: 300)
        try database.commit(1, [record(.pending)], due: 100)
        try database.commit(2, [record(.pending)], due: 200)
        #expect(try database.claim(now: 200) == 1)
        #expect(try database.claim(now: 200) == 2)
        #expect(try database.claim(now: 200) == 3)
        #expect(try database.claim(now: 200) == 4)
        #expect(
            try database.claimNextPage(nowMilliseconds: 299)
                == .nothingDue(untilMilliseconds: 300))
        #expect(try database.claim(now: 300) == 0)
        #expect(
            try database.claimNextPage(nowMilliseconds: 300)
                == .nothingDue(untilMilliseconds: .max))
        for page in 0..<5 { try database.commit(page, [record(.sent)], due: nil) }
        #expect(try database.claimNextPage(nowMilliseconds: 300) == .finished)
        try database.close()
    }

    @Test func `A claim says how much room its reader needs`() throws {
        let database = try SampleCampaign.ready(
            path, counts: [9, 4], duplicates: [1: [0]], bytes: 77)
        #expect(
            try database.claimNextPage(nowMilliseconds: 0)
                == .claimed(
                    ClaimedPage(
                        page: PageIndex(0), count: 9, recipientsBytes: 77, hasRecords: false)))
        #expect(
            try database.claimNextPage(nowMilliseconds: 0)
                == .claimed(
                    ClaimedPage(
                        page: PageIndex(1), count: 4, recipientsBytes: 77, hasRecords: true)))
        try database.close()
    }

    @Test func `Records come back as they were committed, also after opening anew`() throws {
        let database = try SampleCampaign.ready(path, counts: [1_024, 3])
        try database.claim()
        try database.claim()
        let full = (0..<1_024).map { index in
            var made = record(index % 3 == 0 ? .failed : .sent, code: UInt16(index))
            made.flags = .unsure
            made.timeMilliseconds = .max - Int64(index)
            made.latencyMicroseconds = .max
            return made
        }
        let short = [record(.unknown), record(.pending, time: -1), record(.skipped)]
        try database.commit(0, full, due: nil)
        try database.commit(1, short, due: 44)
        #expect(try database.records(0, count: 1_024) == full)
        try database.close()

        let opened = try CampaignDatabase.open(at: path)
        #expect(try opened.records(0, count: 1_024) == full)
        #expect(try opened.records(1, count: 3) == short)
        #expect(opened.state(0) == .done)
        #expect(opened.state(1) == .parked)
        #expect(try opened.claim(now: 43) == nil)
        #expect(try opened.claim(now: 44) == 1)
        let later = [record(.unknown), record(.sent), record(.skipped)]
        try opened.commit(1, later, due: nil)
        #expect(try opened.records(1, count: 3) == later)
        try opened.close()
    }

    @Test func `What a shard posts is committed`() throws {
        let database = try SampleCampaign.ready(path, counts: [2])
        try database.claim()
        let records = [record(.sent), record(.failed)]
        var memory: UInt8 = 0
        try unsafe withUnsafeMutableBytes(of: &memory) { memory in
            try unsafe records.withUnsafeBufferPointer { records in
                try unsafe database.commit(
                    PageCommit(
                        campaign: SendSlot(0), page: PageIndex(0), slot: 3,
                        records: #require(records.baseAddress), count: 2, dueMilliseconds: nil,
                        memory: #require(memory.baseAddress)))
            }
        }
        #expect(try database.records(0, count: 2) == records)
        #expect(database.state(0) == .done)
        try database.close()
    }

    @Test func `A page that is given back is what it was before`() throws {
        let database = try SampleCampaign.ready(path, counts: [1, 1, 1])
        for _ in 0..<3 { try database.claim() }
        try database.commit(1, [record(.pending)], due: 50)
        try database.unclaim(PageIndex(2))
        try database.unclaim(PageIndex(0))
        #expect(try database.claim(now: 50) == 1)
        try database.unclaim(PageIndex(1))
        #expect(database.state(0) == .fresh)
        #expect(database.state(1) == .parked)
        #expect(try database.claim(now: 49) == 0)
        #expect(try database.claim(now: 49) == 2)
        #expect(try database.claim(now: 49) == nil)
        #expect(try database.claim(now: 50) == 1)
        try database.close()
    }

    @Test func `A transaction that fails leaves nothing, in the file or in memory`() throws {
        struct Stop: Error {}
        let database = try SampleCampaign.ready(path, counts: [1, 1, 1])
        try database.claim()
        try database.begin()
        try database.claim()
        try database.commit(0, [record(.pending)], due: 9)
        try database.setValue("name", [1])
        try database.setState(.completed)
        #expect(database.isInTransaction)
        try database.rollback()
        #expect(!database.isInTransaction)
        #expect(database.state(0) == .claimed)
        #expect(database.state(1) == .fresh)
        #expect(database.campaign.state == .ready)
        #expect(try database.value("name") == nil)
        #expect(try database.records(0, count: 1) == nil)
        #expect(try database.claim() == 1)
        try database.commit(0, [record(.sent)], due: nil)
        try database.close()
        let opened = try CampaignDatabase.open(at: path)
        #expect(opened.state(0) == .done)
        #expect(opened.state(1) == .claimed)
        try opened.close()
    }

    @Test func `A body that throws undoes its transaction`() throws {
        let database = try SampleCampaign.ready(path, counts: [1])
        let failure = code { () throws(StorageError) in
            try database.transaction { () throws(StorageError) in
                try database.claim()
                try database.setValue(
                    "large",
                    [UInt8](
                        repeating: 0, count: StorageLimits.valueBytesMax + 1))
            }
        }
        #expect(failure == .tooLarge)
        #expect(database.state(0) == .fresh)
        try database.close()
    }

    @Test func `Closing undoes what was not committed`() throws {
        let database = try SampleCampaign.ready(path, counts: [1])
        try database.begin()
        try database.claim()
        try database.close()
        let opened = try CampaignDatabase.open(at: path)
        #expect(opened.state(0) == .fresh)
        try opened.close()
    }

    @Test func `Small values are kept beside the pages`() throws {
        let database = try SampleCampaign.ready(path, counts: [1])
        try database.setValue("figures", [1, 2, 3])
        try database.setValue("empty", [])
        try database.setValue("figures", [4])
        try database.setValue("gone", [1])
        try database.setValue("gone", nil)
        try database.close()
        let opened = try CampaignDatabase.open(at: path, access: .readOnly)
        #expect(try opened.value("figures") == [4])
        #expect(try opened.value("empty") == [])
        #expect(try opened.value("gone") == nil)
        try opened.close()
    }
}

@Suite struct RemovedFileTests {
    @Test func whatIsWrittenToAFileThatWasRemovedIsAnError() throws {
        for isReplaced in [false, true] {
            let folder = TemporaryFolder()
            let path = folder.file("a")
            let database = try SampleCampaign.ready(path, counts: [2, 2])
            try database.claim()
            #expect(unsafe unlink(path) == 0)
            if isReplaced { write([], to: path) }
            let error = #expect(throws: StorageError.self) {
                try database.commit(0, [record(.sent), record(.sent)], due: nil)
            }
            #expect(error?.code == .missing)
            #expect(throws: StorageError.self) { try database.close() }
        }
    }
}

@Suite("Calls that are bugs stop the process")
struct MisuseTests {
    /// Runs `body` on a database with one claimed page of two rows.
    ///
    /// - Parameters:
    ///   - isStopped: Whether the body ends the process.
    ///   - body: Uses the database.
    /// - Throws: What the body throws.
    private static func withClaimedPage(
        isStopped: Bool = true, _ body: (CampaignDatabase) throws(StorageError) -> Void
    ) throws(StorageError) {
        let folder = TemporaryFolder()
        let database = try SampleCampaign.ready(folder.file("a"), counts: [2, 2])
        try database.claim()
        // Nobody tidies up after a process that is stopped.
        if isStopped { folder.remove() }
        try body(database)
        folder.remove()
    }

    @Test func `Committing a record that is in flight`() async {
        await #expect(processExitsWith: .failure) {
            try MisuseTests.withClaimedPage { database throws(StorageError) in
                try database.commit(0, [record(.sent), record(.inFlight)], due: 5)
            }
        }
    }

    @Test func `Committing a page as done that has a pending delivery`() async {
        await #expect(processExitsWith: .failure) {
            try MisuseTests.withClaimedPage { database throws(StorageError) in
                try database.commit(0, [record(.sent), record(.pending)], due: nil)
            }
        }
    }

    @Test func `Committing a page that nobody has claimed`() async {
        await #expect(processExitsWith: .failure) {
            try MisuseTests.withClaimedPage { database throws(StorageError) in
                try database.commit(1, [record(.sent), record(.sent)], due: nil)
            }
        }
    }

    @Test func `Calling from a second thread`() async {
        await #expect(processExitsWith: .failure) {
            try MisuseTests.withClaimedPage { database throws(StorageError) in
                runOnOtherThread { _ = database.tally }
            }
        }
    }

    @Test func `The valid forms of these calls do not`() async {
        await #expect(processExitsWith: .success) {
            try MisuseTests.withClaimedPage(isStopped: false) { database throws(StorageError) in
                try database.commit(0, [record(.sent), record(.pending)], due: 5)
                database.handOver()
                runOnOtherThread {
                    precondition(database.tally.parked == 1)
                    database.handOver()
                }
                try database.close()
            }
        }
    }
}

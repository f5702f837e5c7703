import Engine
import Foundation
import Storage
import Testing

@Suite("Importing an audience")
struct ImportTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    @Test func `What was imported is there after opening anew`() throws {
        let database = try SampleCampaign.ready(
            path, counts: [1_024, 1_024, 7], duplicates: [1: [3, 5]])
        let counts = CampaignCounts(
            rowsRead: 2_057, recipients: 2_053, duplicates: 2, rejected: 2, pages: 3)
        #expect(database.campaign.counts == counts)
        #expect(database.campaign.state == .ready)
        let written = database.campaign
        try database.close()

        let opened = try CampaignDatabase.open(at: path)
        #expect(opened.campaign == written)
        #expect(opened.campaign.id == SampleCampaign.id)
        #expect(opened.campaign.createdAtMilliseconds == 1_700_000_000_000)
        #expect(opened.campaign.document == SampleCampaign.document)
        #expect(opened.campaign.columns == Array(#"["a"]"#.utf8))
        #expect(opened.tally.fresh == 3)
        for page in 0..<3 {
            #expect(
                try opened.recipients(page, bytes: 3_000) == SampleCampaign.recipients(page))
        }
        #expect(try opened.records(0, count: 1_024) == nil)
        let marked = try #require(try opened.records(1, count: 1_024))
        #expect(marked.indices.filter { marked[$0].status == .duplicate } == [3, 5])
        #expect(marked.filter { $0 == DeliveryRecord() }.count == 1_022)
        try opened.close()
    }

    @Test func `Pages may be empty of bytes or span many database pages`() throws {
        let sizes = [0, 1, 8_000, 8_192, 100_000, 1_000_003]
        let database = try SampleCampaign.importing(path)
        for (page, size) in sizes.enumerated() {
            try database.append(page, count: 1, SampleCampaign.recipients(page, bytes: size))
        }
        _ = try database.finishImport(ImportTotals(rowsRead: 6, rejected: 0, columns: []))
        for (page, size) in sizes.enumerated() {
            guard case .claimed(let claimed) = try database.claimNextPage(nowMilliseconds: 0) else {
                Issue.record("no page was claimed")
                return
            }
            #expect(claimed.recipientsBytes == size)
            #expect(
                try database.recipients(page, bytes: size)
                    == SampleCampaign.recipients(page, bytes: size))
        }
        try database.close()
    }

    @Test func `Marking a row twice counts it once`() throws {
        let database = try SampleCampaign.importing(path)
        try database.append(0, count: 10, [1, 2, 3])
        try database.append(1, count: 3, [1, 2, 3])
        try database.markDuplicates(of: PageIndex(0), rows: [1, 2] as [UInt16])
        try database.markDuplicates(of: PageIndex(1), rows: [0, 1])
        try database.markDuplicates(of: PageIndex(0), rows: [2, 9])
        let counts = try database.finishImport(
            ImportTotals(rowsRead: 13, rejected: 0, columns: []))
        #expect(counts.duplicates == 5)
        #expect(counts.recipients == 8)
        #expect(try database.accounting(checkingRecipients: true).problems.isEmpty)
        try database.close()
    }

    @Test func `A page of duplicates alone is done before it began`() throws {
        let database = try SampleCampaign.ready(path, counts: [2, 2], duplicates: [0: [0, 1]])
        #expect(database.state(0) == .done)
        #expect(try database.claim() == 1)
        #expect(try database.accounting(checkingRecipients: true).problems.isEmpty)
        try database.close()
    }

    @Test func `Counts that do not add up never become a campaign`() throws {
        let database = try SampleCampaign.importing(path)
        try database.append(0, count: 10, [1])
        #expect(
            code { () throws(StorageError) in
                _ = try database.finishImport(
                    ImportTotals(rowsRead: 12, rejected: 1, columns: []))
            } == .inconsistent)
        try database.close()
        #expect(
            code { () throws(StorageError) in _ = try CampaignDatabase.open(at: path) }
                == .importUnfinished)
    }

    @Test func `An import that was cut off is reported and can be replaced`() throws {
        var database: CampaignDatabase? = try SampleCampaign.importing(path)
        let recipients = SampleCampaign.recipients(0, bytes: 100_000)
        for page in 0..<150 { try database?.append(page, count: 1_024, recipients) }
        // What a killed process leaves, with more written than the cache holds.
        write(contents(path), to: folder.file("copy.sqlite"))
        write([], to: folder.file("copy.sqlite.importing"))
        database = nil
        for path in [path, folder.file("copy.sqlite")] {
            for access in [CampaignDatabase.Access.readWrite, .readOnly] {
                let failure = code { () throws(StorageError) in
                    _ = try CampaignDatabase.open(at: path, access: access)
                }
                #expect(failure == .importUnfinished)
            }
        }
        try CampaignDatabase.remove(at: path)
        try SampleCampaign.ready(path, counts: [1]).close()
    }

    @Test func `A crash inside create leaves an unfinished import`() throws {
        write([], to: path)
        #expect(
            code { () throws(StorageError) in _ = try CampaignDatabase.open(at: path) }
                == .importUnfinished)
        // The tables are there, the campaign's row is not, or half of it is.
        write([1, 2, 3], to: path)
        write([], to: path + ".importing")
        #expect(
            code { () throws(StorageError) in _ = try CampaignDatabase.open(at: path) }
                == .importUnfinished)
    }

    @Test func `Nothing marks a finished import`() throws {
        let database = try SampleCampaign.importing(path)
        #expect(unsafe access(path + ".importing", F_OK) == 0)
        try database.append(0, count: 1, [1])
        _ = try database.finishImport(ImportTotals(rowsRead: 1, rejected: 0, columns: []))
        #expect(unsafe access(path + ".importing", F_OK) != 0)
        try database.close()
    }

    @Test func `Only the owner can read the files, whatever the umask`() async {
        await #expect(processExitsWith: .success) {
            for mask in [0o000, 0o777] as [mode_t] {
                let folder = TemporaryFolder()
                umask(mask)
                let path = folder.file("campaign.sqlite")
                let database = try SampleCampaign.ready(path, counts: [3])
                try database.claim()
                for suffix in ["", "-wal", "-shm"] { precondition(mode(path + suffix) == 0o600) }
                try database.close()
            }
        }
    }

    @Test func `A file that is there already is not touched`() throws {
        write([1, 2, 3], to: path)
        #expect(
            code { () throws(StorageError) in _ = try SampleCampaign.importing(path) } == .exists)
        #expect(contents(path) == [1, 2, 3])
    }

    @Test func `What passes a limit is refused and leaves no file`() throws {
        let document = String(repeating: "x", count: StorageLimits.documentBytesMax + 1)
        #expect(
            code { () throws(StorageError) in
                _ = try CampaignDatabase.create(
                    at: path, campaign: SampleCampaign.id, createdAtMilliseconds: 0,
                    document: document)
            } == .tooLarge)
        #expect(!FileManager.default.fileExists(atPath: path))
        let database = try SampleCampaign.importing(path)
        let page = [UInt8](repeating: 0, count: StorageLimits.recipientsBytesMax + 1)
        #expect(
            code { () throws(StorageError) in try database.append(0, count: 1, page) }
                == .tooLarge)
        try database.close()
    }
}

import Engine
import Structures
import Testing

@testable import Audience

@Suite struct DuplicateSearchTests {
    /// Sizes so small that every way through the spool is taken.
    private static func sizes(
        partitions: Int, block: Int, turn: Int, sweep: Int
    ) -> SpoolSizes {
        var sizes = SpoolSizes()
        sizes.partitions = partitions
        sizes.blockEntries = block
        sizes.entriesPerTurnMax = turn
        sizes.ordinalsPerSweep = sweep
        return sizes
    }

    private static let variants: [SpoolSizes] = [
        .standard,
        sizes(partitions: 1, block: 2, turn: 1_000_000, sweep: 1 << 26),
        sizes(partitions: 4, block: 7, turn: 100, sweep: 1 << 26),
        sizes(partitions: 256, block: 9, turn: 8, sweep: 2_048),
        sizes(partitions: 2, block: 64, turn: 200, sweep: 1),
    ]

    private func duplicates(of ids: [String], _ sizes: SpoolSizes) throws -> [[Int]] {
        var options = AudienceImporter.Options.test
        options.spoolSizes = sizes
        let sink = CollectingSink()
        let text = "user_id\n" + ids.map { $0 + "\n" }.joined()
        let summary = try importAudience(text, .csv, into: sink, options)
        #expect(summary.duplicates == UInt64(sink.duplicates.count))
        #expect(summary.recipients + summary.duplicates == UInt64(ids.count))
        return sink.duplicates
    }

    /// The first one of every id stays; all others are marked, by page and index.
    private func expected(_ ids: [String]) -> [[Int]] {
        var seen: Set<String> = []
        return ids.enumerated().compactMap { ordinal, id in
            seen.insert(id).inserted ? nil : [ordinal / 1_024, ordinal % 1_024]
        }
    }

    @Test(arguments: variants.indices, UInt64(1)...4)
    func aSetAgreesOnRandomAudiences(variant: Int, seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let people = [3, 700, 2_500, 40_000][random.below(4)]
        let count = 1 + random.below(3_000)
        let ids = (0..<count).map { _ in "user-\(random.below(people))" }
        #expect(try duplicates(of: ids, Self.variants[variant]) == expected(ids))
    }

    @Test(arguments: variants.indices) func oneIDAThousandTimesIsOneRecipient(variant: Int) throws {
        let ids = Array(repeating: "same", count: 1_100)
        #expect(try duplicates(of: ids, Self.variants[variant]) == expected(ids))
    }

    @Test func idsThatDifferInOneByteAreDifferent() throws {
        let ids = (0..<256).map { "u" + String($0, radix: 16) } + ["u1 ", " u1", "U1", "u01"]
        #expect(try duplicates(of: ids, .standard).isEmpty)
    }

    @Test func rejectedRowsAreNotTheFirstOnes() throws {
        var options = AudienceImporter.Options.test
        options.rejectLimit = .lines(1)
        let sink = CollectingSink()
        let summary = try importAudience(
            "user_id,a\nu1\nu1,x\nu1,y\n", .csv, into: sink, options)
        #expect(summary.rows == 3 && summary.recipients == 1)
        #expect(summary.duplicates == 1 && summary.rejected == 1)
        #expect(sink.duplicates == [[0, 1]])
    }

    @Test func aSmallAudienceNeverTouchesTheDisk() throws {
        var options = AudienceImporter.Options.test
        options.spoolDirectory = "/nonexistent"
        let text = "user_id\n" + (0..<20_000).map { "u\($0)\n" }.joined()
        #expect(
            try importAudience(text, .csv, into: CollectingSink(), options).recipients == 20_000)
        options.spoolSizes.blockEntries = 2
        #expect {
            try importAudience(text, .csv, into: CollectingSink(), options)
        } throws: { error in
            "\(error)" == "create a spool file in /nonexistent: No such file or directory"
        }
    }

    @Test func theSearchCanBeCancelled() throws {
        var reads = 0
        let importer = AudienceImporter(
            .test, progressed: { _ in reads += 1 }, isCancelled: { reads == 1 })
        // No page is full, so the only question is the search's.
        #expect(throws: AudienceError.self) {
            try importer.run(AudienceInput(MemorySource("user_id\nu1\n")), into: CollectingSink())
        }
    }

    /// The test vectors of SipHash-2-4 with 128 bits, for the bytes 0, 1, 2, … and the key 0 … 15.
    @Test(arguments: [
        (0, 0xE6A8_25BA_047F_81A3 as UInt64, 0x9302_55C7_1472_F66D as UInt64),
        (1, 0x44AF_996B_D8C1_87DA, 0x45FC_229B_1159_7634),
    ])
    func theHashIsSipHash(length: Int, low: UInt64, high: UInt64) {
        let key = UserIDHashKey(low: 0x0706_0504_0302_0100, high: 0x0F0E_0D0C_0B0A_0908)
        let bytes = (0..<length).map { UInt8($0) }
        let hash = unsafe bytes.withUnsafeBytes { unsafe UserIDHash($0, key: key) }
        #expect(hash.low == low)
        #expect(hash.high == high)
    }
}

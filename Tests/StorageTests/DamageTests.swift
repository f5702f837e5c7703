import Engine
import Storage
import Testing

@Suite("Damaged files")
struct DamageTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }
    var copy: String { folder.file("copy.sqlite") }

    /// A closed database of three pages whose records are found by their body size.
    private func makeFile(counts: [Int] = [100, 100, 100]) throws -> [UInt8] {
        let database = try SampleCampaign.ready(path, counts: counts)
        for (page, count) in counts.enumerated() {
            try database.claim()
            var made = record(.sent)
            made.bodyBytes = 0xABCD_0000 + UInt32(page)
            try database.commit(page, Array(repeating: made, count: count), due: nil)
        }
        try database.close()
        return contents(path)
    }

    private func replaceCopy(_ bytes: [UInt8]) throws(StorageError) {
        try CampaignDatabase.remove(at: copy)
        write(bytes, to: copy)
    }

    @Test func `A flipped bit in a record is a problem of its page, and the others still count`()
        throws
    {
        let bytes = try makeFile()
        // The last four bytes of the first record of page 1, little-endian.
        let mark: [UInt8] = [0x01, 0x00, 0xCD, 0xAB]
        let end = try #require(
            bytes.indices.first { $0 + 4 <= bytes.count && Array(bytes[$0..<$0 + 4]) == mark })
        for offset in [-20, -17, 0, 24] {
            for bit in 0..<8 {
                var damaged = bytes
                damaged[end + offset] ^= 1 << bit
                try replaceCopy(damaged)
                let database = try CampaignDatabase.open(at: copy)
                let sums = try database.accounting(checkingRecipients: true)
                #expect(sums.unreadable == 100)
                #expect(sums.sent == 200)
                #expect(sums.problems.count == 2)
                #expect(sums.problems.first?.contains("page 1") == true)
                #expect(
                    code { () throws(StorageError) in _ = try database.records(1, count: 100) }
                        == .damaged)
                #expect(try database.records(2, count: 100)?.count == 100)
                try database.close()
            }
        }
    }

    @Test func `A flipped bit in a page's recipients is found when they are read`() throws {
        let bytes = try makeFile()
        let start = Array(SampleCampaign.recipients(2)[1_000..<1_016])
        let place = try #require(
            bytes.indices.first { $0 + 16 <= bytes.count && Array(bytes[$0..<$0 + 16]) == start })
        var damaged = bytes
        damaged[place] ^= 0x10
        try replaceCopy(damaged)
        let database = try CampaignDatabase.open(at: copy)
        #expect(
            code { () throws(StorageError) in _ = try database.recipients(2, bytes: 3_000) }
                == .damaged)
        #expect(try database.recipients(1, bytes: 3_000) == SampleCampaign.recipients(1))
        #expect(try database.accounting(checkingRecipients: true).problems.count == 1)
        #expect(try database.accounting(checkingRecipients: false).problems.isEmpty)
        try database.close()
    }

    @Test func `No flipped byte anywhere crashes or passes as another result`() throws {
        let bytes = try makeFile(counts: [300, 20])
        var random = SplitMix(seed: 11)
        for _ in 0..<400 {
            var damaged = bytes
            let place = Int(random.next() % UInt64(bytes.count))
            damaged[place] ^= UInt8(truncatingIfNeeded: random.next() | 1)
            try replaceCopy(damaged)
            check(place)
        }
    }

    @Test func `No zeroed or missing stretch of the file crashes`() throws {
        let bytes = try makeFile(counts: [300, 20])
        for start in stride(from: 0, to: bytes.count, by: 4_096) {
            var damaged = bytes
            for place in start..<min(start + 4_096, bytes.count) { damaged[place] = 0 }
            try replaceCopy(damaged)
            check(start)
            try replaceCopy(Array(bytes[..<start]))
            check(start)
        }
    }

    /// Either a typed error, or problems, or the true account: the byte was not in use.
    private func check(_ place: Int) {
        do throws(StorageError) {
            let database = try CampaignDatabase.open(at: copy)
            let sums = try database.accounting(checkingRecipients: true)
            if sums.problems.isEmpty {
                #expect(sums.sent == 320, "byte \(place)")
                #expect(sums.total == 320, "byte \(place)")
            }
            _ = try database.claim(now: .max)
            for (page, count) in [300, 20].enumerated() where database.tally.total > page {
                if let records = try database.records(page, count: count) {
                    #expect(records.allSatisfy { $0.status == .sent }, "byte \(place)")
                }
                _ = try database.recipients(page, bytes: 3_000)
            }
            try database.close()
        } catch {
            let expected: [StorageError.Code] = [
                .damaged, .notACampaign, .newerVersion, .importUnfinished, .failed, .inputOutput,
            ]
            #expect(expected.contains(error.code), "byte \(place): \(error)")
        }
    }
}

/// A small generator with a seed, so that a failure can be repeated.
struct SplitMix {
    var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
        return mixed ^ mixed >> 31
    }
}

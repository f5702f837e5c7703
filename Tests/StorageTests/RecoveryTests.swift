import Engine
import Storage
import Testing

@Suite("After an unclean end")
struct RecoveryTests {
    let folder = TemporaryFolder()
    var path: String { folder.file("campaign.sqlite") }

    @Test func `Claimed pages are listed with what was stored of them`() throws {
        let database = try SampleCampaign.ready(path, counts: [1, 2, 1], duplicates: [1: [1]])
        try database.claim()
        try database.commit(0, [record(.pending)], due: 10)
        try database.claim(now: 10)
        try database.claim(now: 10)
        try database.close()

        let opened = try CampaignDatabase.open(at: path)
        let pages = try opened.recoverClaims()
        #expect(pages.map(\.page) == [PageID(PageIndex(0)), PageID(PageIndex(1))])
        #expect(pages[0].records == [record(.pending)])
        #expect(pages[1].records.map(\.status) == [.pending, .duplicate])
        // They are nobody else's meanwhile.
        #expect(try opened.claim(now: 100) == 2)
        // And each is still due as it was before the claim.
        try opened.unclaim(PageIndex(0))
        #expect(
            try opened.claimNextPage(nowMilliseconds: 9) == .nothingDue(untilMilliseconds: 10))
        try opened.unclaim(PageIndex(1))
        #expect(opened.state(1) == .fresh)
        try opened.close()
    }

    @Test func `A restored page is done or due as its records say`() throws {
        let database = try SampleCampaign.ready(path, counts: [2, 2])
        try database.claim()
        try database.claim()
        try database.restore(
            PageIndex(0), records: [record(.sent), record(.unknown)], dueMilliseconds: 70)
        try database.restore(
            PageIndex(1), records: [record(.sent), record(.pending)], dueMilliseconds: 70)
        #expect(database.state(0) == .done)
        #expect(database.state(1) == .parked)
        #expect(try database.recoverClaims().isEmpty)
        #expect(
            try database.claimNextPage(nowMilliseconds: 69) == .nothingDue(untilMilliseconds: 70))
        try database.close()
    }

    /// What a copy of the files holds, as the next process would find it.
    private struct Found: Equatable {
        var states: [PageState]
        var sent: Int
        var problems: [String]
    }

    @Test func `At every moment the files hold exactly what was committed`() throws {
        let database = try SampleCampaign.ready(path, counts: [3, 3, 3])
        let sent = [DeliveryRecord](repeating: record(.sent), count: 3)
        let mixed = [record(.sent), record(.pending), record(.pending)]
        var expected = Found(states: [.fresh, .fresh, .fresh], sent: 0, problems: [])
        let steps: [(name: String, run: () throws -> Void, change: (inout Found) -> Void)] = [
            ("claim", { try database.claim() }, { $0.states[0] = .claimed }),
            ("begin", { try database.begin() }, { _ in }),
            ("commit in it", { try database.commit(0, mixed, due: 5) }, { _ in }),
            ("claim in it", { try database.claim() }, { _ in }),
            ("claim another", { try database.claim() }, { _ in }),
            (
                "commit the transaction", { try database.commitTransaction() },
                { $0 = Found(states: [.parked, .claimed, .claimed], sent: 1, problems: []) }
            ),
            (
                "finish a page", { try database.commit(1, sent, due: nil) },
                {
                    $0.states[1] = .done
                    $0.sent = 4
                }
            ),
            ("give back", { try database.unclaim(PageIndex(2)) }, { $0.states[2] = .fresh }),
            ("begin again", { try database.begin() }, { _ in }),
            ("claim the due one", { try database.claim(now: 9) }, { _ in }),
            ("roll back", { try database.rollback() }, { _ in }),
            ("claim it again", { try database.claim(now: 9) }, { $0.states[0] = .claimed }),
            (
                "finish it", { try database.commit(0, sent, due: nil) },
                {
                    $0.states[0] = .done
                    $0.sent = 6
                }
            ),
            (
                "retry", { _ = try database.resetForRetry(nowMilliseconds: 1) { _ in true } },
                { $0 = Found(states: [.parked, .parked, .fresh], sent: 0, problems: []) }
            ),
        ]
        for step in steps {
            try step.run()
            step.change(&expected)
            #expect(try found(inCopyNamed: "copy.sqlite") == expected, "after \(step.name)")
        }
        try database.close()
        #expect(try found(inCopyNamed: "copy.sqlite") == expected, "after close")
    }

    /// Opens a copy of the files as a crash would leave them: without the log's index.
    private func found(inCopyNamed name: String) throws -> Found {
        let copy = folder.file(name)
        try CampaignDatabase.remove(at: copy)
        write(contents(path), to: copy)
        let log = contents(path + "-wal")
        if !log.isEmpty { write(log, to: copy + "-wal") }
        let database = try CampaignDatabase.open(at: copy)
        let accounting = try database.accounting(checkingRecipients: true)
        let states = (0..<3).map { database.state($0) }
        try database.close()
        return Found(states: states, sent: accounting.sent, problems: accounting.problems)
    }

    @Test func `A log that ends in the middle of a commit shows the commit before`() throws {
        let database = try SampleCampaign.ready(path, counts: [200, 200])
        try database.claim()
        let before = contents(path + "-wal").count
        try database.commit(0, Array(repeating: record(.sent), count: 200), due: nil)
        let main = contents(path)
        let log = contents(path + "-wal")
        #expect(log.count > before)
        let copy = folder.file("copy.sqlite")
        for end in stride(from: before, to: log.count, by: 997) {
            try CampaignDatabase.remove(at: copy)
            write(main, to: copy)
            write(Array(log[..<end]), to: copy + "-wal")
            let opened = try CampaignDatabase.open(at: copy)
            #expect(opened.state(0) == .claimed)
            #expect(try opened.accounting(checkingRecipients: true).problems.isEmpty)
            try opened.close()
        }
        try database.close()
    }
}

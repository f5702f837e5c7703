import Engine
package import Runtime

/// What every `CampaignStore` promises, as a check that any test target can run on its own.
///
/// It goes through the calls as the store thread makes them: one owner, claims and writes in
/// transactions, at the end `letGo`. Each part begins with a store of its own.
package struct StoreConformance<Store: CampaignStore> {
    private let make: ([SamplePage]) throws -> Store
    private let reopen: (Store) throws -> Store
    private let report: (String) -> Void

    /// Prepares the checks of one implementation.
    ///
    /// - Parameters:
    ///   - make: Makes a store whose campaign has these pages, all of them fresh, and that no quota
    ///     binds.
    ///   - reopen: Opens what is durable of a store anew, as the next process does, after the store
    ///     was let go.
    ///   - report: Called with each promise that is not kept.
    package init(
        make: @escaping ([SamplePage]) throws -> Store,
        reopen: @escaping (Store) throws -> Store, report: @escaping (String) -> Void
    ) {
        self.make = make
        self.reopen = reopen
        self.report = report
    }

    /// Runs all checks.
    ///
    /// - Throws: What the store throws: none of these calls may fail.
    package func run() throws {
        try checkFreshPages()
        try checkParkedPages()
        try checkRecords()
        try checkUnsettledPages()
        try checkTransactions()
        try checkFailures()
    }

    // MARK: The promises

    private func checkFreshPages() throws {
        let pages = SamplePage.pages([3, 1, 2])
        let store = try make(pages)
        for (index, page) in pages.enumerated() {
            guard let claimed = try claim(store) else {
                return report("a fresh page is not claimed")
            }
            expect(claimed.page == PageIndex(UInt32(index)), "fresh pages are claimed in order")
            expect(claimed.count == page.count, "a page has as many recipients as were imported")
            expect(claimed.ids == ids(of: page), "a page is read as it was imported")
            expect(claimed.records == nil, "a fresh page has no records")
            expect(claimed.allowance >= page.count, "without a quota all of a page may be sent")
        }
        expect(
            try answer(store) == .nothingDue(untilMilliseconds: .max),
            "nothing is due at any time while shards hold all that is left")
        for (index, page) in pages.enumerated() {
            expect(!store.isFinished, "a campaign with a claimed page is not finished")
            try write(store, index, Array(repeating: .sample(.sent), count: page.count), due: nil)
        }
        expect(store.isFinished, "a campaign of done pages is finished")
        expect(try answer(store) == .finished, "a campaign of done pages is told to be finished")
        store.letGo()
        expect(
            try answer(try reopen(store)) == .finished, "what is done stays done")
    }

    private func checkParkedPages() throws {
        let store = try make(SamplePage.pages([2, 2, 2]))
        for _ in 0..<2 { _ = try claim(store) }
        try write(store, 0, [.sample(.sent), .sample(.pending)], due: 70)
        try write(store, 1, [.sample(.pending), .sample(.pending)], due: 60)
        expect(!store.isFinished, "a campaign with a parked page is not finished")
        expect(try claim(store, now: 59)?.page == PageIndex(2), "fresh pages do not wait")
        expect(
            try answer(store, now: 59) == .nothingDue(untilMilliseconds: 60),
            "the time of the next parked page is told")
        expect(
            try claim(store, now: 100)?.page == PageIndex(1),
            "of two pages the one comes first that is due longest")
        expect(try claim(store, now: 70)?.page == PageIndex(0), "a page is due at its time")
        try write(store, 2, [.sample(.pending), .sample(.pending)], due: 0)
        expect(try claim(store, now: 1)?.page == PageIndex(2), "a page may be due at once")
        store.letGo()
    }

    private func checkRecords() throws {
        let store = try make(SamplePage.pages([3]))
        _ = try claim(store)
        let records: [DeliveryRecord] = [.sample(.sent), .sample(.failed), .sample(.pending)]
        try write(store, 0, records, due: 5)
        expect(try claim(store, now: 5)?.records == records, "records come back as written")
        store.letGo()
    }

    private func checkUnsettledPages() throws {
        let store = try make(SamplePage.pages([1, 2, 1]))
        for _ in 0..<2 { _ = try claim(store) }
        try write(store, 1, [.sample(.sent), .sample(.pending)], due: 3)
        expect(try claim(store, now: 3)?.page == PageIndex(1), "a parked page is claimed again")
        store.letGo()
        let next = try reopen(store)
        let unsettled = try next.unsettledPages()
        expect(
            unsettled.map(\.page) == [PageID(PageIndex(0)), PageID(PageIndex(1))],
            "unsettled are the pages that were claimed, in order")
        expect(
            unsettled.map(\.records)
                == [[DeliveryRecord()], [.sample(.sent), .sample(.pending)]],
            "an unsettled page has what was stored of it, or fresh records")
        expect(
            try claim(next, now: 9)?.page == PageIndex(2), "nobody claims an unsettled page")
        try write(next, 0, [.sample(.sent)], due: nil)
        try write(next, 1, [.sample(.sent), .sample(.unknown)], due: nil)
        expect(
            try next.unsettledPages().map(\.page) == [PageID(PageIndex(2))],
            "a page is settled by writing it")
        next.letGo()
    }

    private func checkTransactions() throws {
        let store = try make(SamplePage.pages([1, 1]))
        _ = try claim(store)
        try store.beginTransaction()
        try writeInTransaction(store, 0, [.sample(.sent)], due: nil)
        _ = try claimInTransaction(store, now: 0)
        // Never committed.
        store.letGo()
        let next = try reopen(store)
        expect(
            try next.unsettledPages() == [
                UnsettledPage(page: PageID(PageIndex(0)), records: [DeliveryRecord()])
            ], "what was not committed has not happened")
        expect(
            try claim(next)?.page == PageIndex(1), "a claim that was not committed is none")
        next.letGo()
    }

    private func checkFailures() throws {
        let store = try make(SamplePage.pages([2, 1]))
        _ = try claim(store)
        let records: [DeliveryRecord] = [.sample(.sent), .sample(.pending)]
        unsafe records.withUnsafeBufferPointer {
            unsafe store.abandon($0, of: PageID(PageIndex(0)))
        }
        store.letGo()
        let next = try reopen(store)
        expect(
            try next.unsettledPages().map(\.page) == [PageID(PageIndex(0))],
            "a page that was given up is unsettled")
        try write(next, 0, records, due: 4)
        expect(try claim(next, now: 4)?.records == records, "and its records are written later")
        next.letGo()
    }

    // MARK: The calls

    private struct Claimed {
        var page: PageIndex
        var count: Int
        var allowance: Int
        var ids: [String]
        var records: [DeliveryRecord]?
    }

    private func claim(_ store: Store, now: Int64 = 0) throws -> Claimed? {
        try store.beginTransaction()
        let claimed = try claimInTransaction(store, now: now)
        try store.commitTransaction()
        return claimed
    }

    private func claimInTransaction(_ store: Store, now: Int64) throws -> Claimed? {
        let buffer = PageBuffer()
        guard case .claimed(let claim) = try store.claimNextPage(nowMilliseconds: now, into: buffer)
        else { return nil }
        let audience = try unsafe AudiencePage(checking: buffer.page)
        let records = unsafe buffer.results.map {
            unsafe Array(UnsafeBufferPointer(start: $0, count: audience.count))
        }
        return Claimed(
            page: claim.page, count: audience.count, allowance: claim.allowance,
            ids: (0..<audience.count).map {
                unsafe String(decoding: audience.userID(at: $0), as: UTF8.self)
            }, records: records)
    }

    /// The answer to a claim that is to find nothing.
    private func answer(_ store: Store, now: Int64 = 0) throws -> PageClaim {
        try store.beginTransaction()
        let answer = try store.claimNextPage(nowMilliseconds: now, into: PageBuffer())
        try store.commitTransaction()
        return answer
    }

    private func write(
        _ store: Store, _ page: Int, _ records: [DeliveryRecord], due: Int64?
    ) throws {
        try store.beginTransaction()
        try writeInTransaction(store, page, records, due: due)
        try store.commitTransaction()
    }

    private func writeInTransaction(
        _ store: Store, _ page: Int, _ records: [DeliveryRecord], due: Int64?
    ) throws {
        try unsafe records.withUnsafeBufferPointer {
            try unsafe store.write(
                $0, of: PageID(PageIndex(UInt32(page))), dueMilliseconds: due)
        }
    }

    private func ids(of page: SamplePage) -> [String] {
        unsafe page.bytes.withUnsafeBytes { bytes in
            guard let audience = unsafe try? AudiencePage(checking: bytes) else { return [] }
            return (0..<audience.count).map {
                unsafe String(decoding: audience.userID(at: $0), as: UTF8.self)
            }
        }
    }

    private func expect(_ holds: Bool, _ promise: String) {
        if !holds { report("not so: \(promise)") }
    }
}

extension DeliveryRecord {
    /// A record with figures that tell it from a fresh one.
    fileprivate static func sample(_ status: DeliveryStatus) -> DeliveryRecord {
        var record = DeliveryRecord()
        record.status = status
        record.reason = status == .sent || status == .pending ? .none : .httpStatus
        record.code = status == .sent ? 200 : 0
        record.attempts = 1
        record.timeMilliseconds = 3
        record.bodyBytes = 17
        return record
    }
}

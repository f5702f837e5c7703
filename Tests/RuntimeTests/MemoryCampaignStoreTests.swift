import StoreTesting
import Testing

/// The store that the other tests of the runtime rely on.
@Suite struct MemoryCampaignStoreTests {
    @Test func itKeepsWhatAStorePromises() throws {
        var broken: [String] = []
        try StoreConformance(
            make: { MemoryCampaignStore($0) }, reopen: { $0 }, report: { broken.append($0) }
        ).run()
        #expect(broken.isEmpty)
    }

    @Test func theSuiteSeesAStoreThatBreaksAPromise() throws {
        var broken: [String] = []
        try StoreConformance(
            make: { pages in
                let store = MemoryCampaignStore(pages)
                store.allowance = 1
                return store
            }, reopen: { $0 }, report: { broken.append($0) }
        ).run()
        #expect(
            broken
                == Array(
                    repeating: "not so: without a quota all of a page may be sent", count: 2))
    }
}

import Engine
import Foundation
import Testing

@testable import Runtime

/// What a store that fails costs: its own campaign its run, and nobody else anything.
@Suite struct StoreFailureTests {
    /// Where a store fails.
    enum Place: CaseIterable {
        case claim, write, commit, durableCommit
    }

    @Test func sixtyCampaignsWhoseStoresFailLeaveTheSlotsToTheOneThatIsSound() throws {
        let bench = try Bench(shards: 2)
        let broken = (0..<60).map { _ in MemoryCampaignStore(recipients: 1_600, perPage: 100) }
        let ended = Ended(count: broken.count)
        var handles: [CampaignHandle] = []
        for (index, store) in broken.enumerated() {
            store.writesBeforeFailure = index % 3
            handles.append(
                try bench.start(store, control: SendSwitch(), id: id(index)) { _ in
                    ended.countDown()
                })
        }
        let sound = MemoryCampaignStore(recipients: 20_000, perPage: 200)
        #expect(try bench.run(sound, id: id(60)).isCompleted)
        #expect(sound.statuses == [.sent: 20_000])
        ended.wait()
        for handle in handles {
            #expect(handle.end?.failure?.code == .store)
            #expect(handle.figures.pages == 0)
            #expect(handle.figures.inFlight == 0)
            bench.release(handle)
        }
        bench.shutDown()
    }

    @Test func slotsAreUsedAgainHoweverManyStoresFail() throws {
        let bench = try Bench(shards: 1)
        // More than the shard has journal slots, the runtime campaign slots, the journal of
        // unsettled pages slots, and its header lines.
        let count = EngineLimits.campaignsMax + 2 * EngineLimits.pagesPerShardMax
        for index in 0..<count {
            let store = MemoryCampaignStore(recipients: 3)
            store.writesBeforeFailure = 0
            #expect(try bench.run(store, id: id(index)).failure?.code == .store)
        }
        let sound = MemoryCampaignStore(recipients: 2_000, perPage: 10)
        #expect(try bench.run(sound, id: id(count)).isCompleted)
        #expect(sound.statuses == [.sent: 2_000])
        bench.shutDown()
    }

    @Test func aCampaignThatIsRemovedLeavesThePlacesOfItsPagesToOthers() throws {
        let bench = try Bench(shards: 1)
        // More than the journal of unsettled pages has slots.
        let count = 2 * EngineLimits.pagesPerShardMax
        for index in 0..<count {
            let store = MemoryCampaignStore(recipients: 3)
            store.writesBeforeFailure = 0
            #expect(try bench.run(store, id: id(index)).failure?.code == .store)
            bench.runtime.forget(id(index))
        }
        let last = MemoryCampaignStore(recipients: 3)
        last.writesBeforeFailure = 0
        #expect(try bench.run(last, id: id(count)).failure?.code == .store)
        last.writesBeforeFailure = .max
        #expect(try bench.run(last, id: id(count)).isCompleted)
        #expect(last.statuses == [.sent: 3])
        // What was kept says who was sent to; without it all would have been sent to again.
        #expect(bench.figures?.sent == 0)
        bench.shutDown()
    }

    @Test(arguments: Place.allCases)
    func aCampaignGoesOnInTheSameProcessWhenItsStoreWorksAgain(_ place: Place) throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 3_000, perPage: 100)
        fail(store, at: place)
        #expect(try bench.run(store).failure?.code == .store)
        var attempts = try #require(bench.figures).attempts
        store.repair()
        #expect(try bench.run(store).isCompleted)
        attempts += try #require(bench.figures).attempts
        #expect(store.statuses == [.sent: 3_000])
        #expect(attempts == 3_000)
        bench.shutDown()
    }

    @Test(arguments: Place.allCases)
    func theNextProcessFindsWhatTheStoreCouldNotTake(_ place: Place) throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 3_000, perPage: 100)
        fail(store, at: place)
        #expect(try bench.run(store).failure?.code == .store)
        let sent = Int(try #require(bench.figures).sent)
        bench.runtime.shutDown()
        store.repair()
        let outcome = try settle(store, bench.directory)
        #expect(outcome.isJournalTrusted)
        #expect(outcome.unsure == 0)
        #expect(store.statuses[.sent, default: 0] == sent)
        #expect(store.statuses[.pending, default: 0] == 3_000 - sent)
    }

    @Test func withoutRoomForItsPagesACampaignIsUnsureAndOthersAreNot() throws {
        let bench = try Bench(shards: 1)
        var stores: [MemoryCampaignStore] = []
        for index in 0...EngineLimits.pagesPerShardMax {
            let store = MemoryCampaignStore(recipients: 3)
            store.writesBeforeFailure = 0
            #expect(try bench.run(store, id: id(index)).failure != nil)
            stores.append(store)
        }
        bench.runtime.shutDown()
        for (index, store) in stores.enumerated() {
            store.repair()
            let hasRoom = index < EngineLimits.pagesPerShardMax
            let outcome = try settle(store, bench.directory, id(index), .atMostOnce)
            #expect(outcome.isJournalTrusted == hasRoom)
            #expect(store.statuses == [hasRoom ? .sent : .unknown: 3])
        }
    }

    @Test func pagesThatCameBackAreGivenUpWithTheirRecords() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 300, perPage: 100)
        store.writesBeforeFailure = 0
        #expect(try bench.run(store).failure != nil)
        let sent = try #require(bench.figures).sent
        #expect(store.abandoned.values.joined().count { $0.status == .sent } == Int(sent))
        #expect(store.abandoned.values.joined().allSatisfy { $0.status != .inFlight })
        bench.shutDown()
    }

    @Test func aStoreThatStillFailsWhenItsPagesAreSettledLosesNothing() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 1_000, perPage: 100)
        store.writesBeforeFailure = 2
        #expect(try bench.run(store).failure != nil)
        var attempts = try #require(bench.figures).attempts
        store.repair()
        store.commitsBeforeFailure = 0
        #expect(try bench.run(store).failure?.code == .store)
        #expect(bench.figures?.attempts == 0)
        store.repair()
        #expect(try bench.run(store).isCompleted)
        attempts += try #require(bench.figures).attempts
        #expect(attempts == 1_000)
        #expect(store.statuses == [.sent: 1_000])
        bench.shutDown()
    }

    // MARK: Helpers

    private func id(_ index: Int) -> CampaignID { CampaignID(high: 3, low: UInt64(index)) }

    private func fail(_ store: MemoryCampaignStore, at place: Place) {
        switch place {
        case .claim: store.claimsBeforeFailure = 7
        case .write: store.writesBeforeFailure = 3
        case .commit: store.commitsBeforeFailure = 3
        case .durableCommit:
            store.commitsBeforeFailure = 3
            store.keepsFailedCommit = true
        }
    }

    /// Settles a campaign as a process does at its start.
    private func settle(
        _ store: MemoryCampaignStore, _ directory: String,
        _ campaign: CampaignID = CampaignID(high: 1, low: 2),
        _ guarantee: DeliveryGuarantee = .atLeastOnce
    ) throws -> CrashRecovery.Outcome {
        try CrashRecovery.settle(
            store, campaign: campaign, guarantee: guarantee, journalsIn: directory,
            boot: BootIdentity.current, wallMilliseconds: 5)
    }
}

import Engine
import Foundation
import Synchronization
import Testing

@testable import Runtime

@Suite struct StopReceiptTests {
    @Test func everyCallerIsToldOnceAndNothingIsSentAfter() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 200_000, perPage: 500)
        let ended = Ended(count: 1)
        let handle = try bench.start(store, control: SendSwitch(), rate: "20000/s") { _ in
            ended.countDown()
        }
        while handle.figures.sent < 50 { usleep(500) }
        let told = Ended(count: 3)
        let calls = Atomic<Int>(0)
        let attempts = Atomic<UInt64>(0)
        for _ in 0..<3 {
            handle.drain { inFlight in
                calls.wrappingAdd(1, ordering: .relaxed)
                if inFlight < 0 || inFlight > 64 { Issue.record("\(inFlight) in flight") }
                attempts.store(handle.figures.attempts, ordering: .relaxed)
                told.countDown()
            }
        }
        told.wait()
        let before = attempts.load(ordering: .relaxed)
        ended.wait()
        usleep(20_000)
        #expect(handle.figures.attempts == before)
        #expect(calls.load(ordering: .relaxed) == 3)
        #expect(handle.end?.isDrained == true)
        bench.release(handle)
        bench.shutDown()
    }

    @Test func shardsThatSleepAreWoken() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 1_000, perPage: 100)
        let ended = Ended(count: 1)
        let handle = try bench.start(store, control: SendSwitch(), rate: "1/h") { _ in
            ended.countDown()
        }
        while handle.figures.sent < 1 { usleep(500) }
        let told = Ended(count: 1)
        handle.drain { _ in told.countDown() }
        told.wait()
        ended.wait()
        bench.release(handle)
        bench.shutDown()
    }

    @Test func aCampaignThatHasEndedSaysSoAtOnce() throws {
        let bench = try Bench(shards: 2)
        let ended = Ended(count: 1)
        let handle = try bench.start(
            MemoryCampaignStore(recipients: 10), control: SendSwitch()
        ) { _ in ended.countDown() }
        ended.wait()
        let answer = Atomic<Int>(-1)
        handle.drain { answer.store($0, ordering: .relaxed) }
        #expect(answer.load(ordering: .relaxed) == 0)
        bench.release(handle)
        bench.shutDown()
    }

    @Test func aRuntimeThatShutsDownLeavesNobodyWaiting() throws {
        let bench = try Bench(shards: 2)
        let store = MemoryCampaignStore(recipients: 1_000, perPage: 100)
        let handle = try bench.start(store, control: SendSwitch(), rate: "1/h") { _ in }
        while handle.figures.sent < 1 { usleep(500) }
        bench.runtime.shutDown()
        let told = Ended(count: 1)
        handle.drain { _ in told.countDown() }
        told.wait()
        bench.shutDown()
    }

    @Test func shardsLookAtChangedLimitsWhenTheyAreWoken() throws {
        let bench = try Bench(shards: 2)
        bench.runtime.wakeShards()
        bench.shutDown()
    }
}

import Engine
import Foundation
import Pacing
import Structures
import Testing
import UVLoop

@testable import Runtime

/// Starts that fail: of a runtime, and of a campaign whose target a shard refuses.
@Suite struct StartFailureTests {
    /// What the transports of a runtime have come to.
    private final class Fleet: Sendable {
        struct Failure: Error {}

        private struct State {
            var opened = 0
            var closed = 0
        }

        private let state = Guarded(State())
        /// The shard whose transport cannot be made.
        let failing: Int?
        /// The shard whose transport refuses every target.
        let refusing: Int?

        init(failing: Int? = nil, refusing: Int? = nil) {
            self.failing = failing
            self.refusing = refusing
        }

        var opened: Int { state.withLock { $0.opened } }
        var closed: Int { state.withLock { $0.closed } }

        func open() throws -> CarefulTransport {
            let index = state.withLock { state in
                defer { state.opened += 1 }
                return state.opened
            }
            if index == failing { throw Failure() }
            return CarefulTransport(fleet: self, refusesTargets: index == refusing)
        }

        fileprivate func close() { state.withLock { $0.closed += 1 } }
    }

    /// The instant transport, counted, and choosy about targets.
    private struct CarefulTransport: LoopTransport {
        let fleet: Fleet
        let refusesTargets: Bool
        var instant = InstantTransport()

        mutating func prepare(_ target: TargetSpecification) throws(TransportError) -> TargetID {
            if refusesTargets { throw TransportError(field: "url", message: "it is none") }
            return try instant.prepare(target)
        }

        mutating func release(_ target: TargetID) { instant.release(target) }

        mutating func start(_ flight: FlightID, _ request: TransferRequest) {
            instant.start(flight, request)
        }

        mutating func nextCompletion() -> TransferCompletion? { instant.nextCompletion() }

        mutating func kick() { instant.kick() }

        var hasActivity: Bool { instant.hasActivity }

        mutating func close() {
            fleet.close()
            instant.close()
        }
    }

    @Test(arguments: 0..<3)
    func aShardThatCannotStartStopsThoseThatHave(_ failing: Int) throws {
        weak var left: Fleet?
        do {
            let fleet = Fleet(failing: failing)
            left = fleet
            #expect {
                _ = try runtime(shards: 3, fleet)
            } throws: { error in
                (error as? RuntimeError)?.code == .start
            }
            #expect(fleet.opened == failing + 1)
            #expect(fleet.closed == failing)
        }
        #expect(left == nil, "a thread lives on, and what it holds")
    }

    @Test func aJournalThatCannotBeMadeIsNamed() throws {
        let options = DispatchRuntime<InstantTransport>.Options(
            shards: 2, flightsPerShard: 4, journalDirectory: "/nowhere/at/all", seed: 1)
        #expect {
            _ = try DispatchRuntime(options: options) { _ in InstantTransport() }
        } throws: { error in
            (error as? RuntimeError)?.code == .journal
        }
    }

    @Test(arguments: 0..<2)
    func aTargetThatOneShardRefusesEndsTheCampaignAsSuchAndFreesItsSlot(_ shard: Int) throws {
        let runtime = try runtime(shards: 2, Fleet(refusing: shard))
        // More often than there are campaign slots or journal slots.
        for _ in 0..<EngineLimits.campaignsMax + 1 {
            let store = MemoryCampaignStore(recipients: 40, perPage: 10)
            let ended = Ended(count: 1)
            let handle = try runtime.start(
                try .toNobody(), store: StoreHandover(store),
                shares: Array(repeating: SendShare(inFlightMax: 4, perHostMax: 4), count: 2)
            ) { _ in ended.countDown() }
            ended.wait()
            #expect(handle.end?.failure?.code == .target)
            #expect(handle.end?.failure?.message.contains("target") == true)
            runtime.release(handle) { ended.countDown() }
            ended.wait()
            // The store works, so nobody is unsure: what the other shard sent is written.
            #expect(store.statuses[.sent, default: 0] == Int(handle.figures.sent))
            #expect(store.pages.allSatisfy { $0.state != .claimed })
        }
        runtime.shutDown()
    }

    private func runtime(
        shards: Int, _ fleet: Fleet
    ) throws -> DispatchRuntime<CarefulTransport> {
        let directory = NSTemporaryDirectory() + "fanfare-start-\(UUID().uuidString)"
        try FileManager.default.createDirectory(
            atPath: directory, withIntermediateDirectories: true)
        return try DispatchRuntime(
            options: .init(
                shards: shards, flightsPerShard: 8, journalDirectory: directory, seed: 1)
        ) { _ in try fleet.open() }
    }
}

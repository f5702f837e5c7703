import Engine
import SendPlans
import Synchronization
import Testing

@testable import Control

/// A resolver of which a test says when it answers, and what.
final class ScriptedResolver: Sendable {
    private struct State {
        var asked: [String] = []
        var waiting: [CheckedContinuation<HostReach, Never>] = []
        /// Nil while nothing is answered.
        var answer: HostReach?
    }

    private let state: Mutex<State>

    /// Makes a resolver that answers at once, or that never does.
    init(_ answer: HostReach?) { state = Mutex(State(answer: answer)) }

    /// The names that were asked for, in their order.
    var asked: [String] { state.withLock { $0.asked } }

    /// What a control plane is given.
    ///
    /// - Parameter patience: How long callers wait for an answer.
    /// - Returns: A resolver that asks here.
    func resolver(patience: Duration = .seconds(3_600)) -> Resolver {
        Resolver(patience: patience) { name in
            await withCheckedContinuation { continuation in
                let answer = self.state.withLock { state -> HostReach? in
                    state.asked.append(name)
                    if state.answer == nil { state.waiting.append(continuation) }
                    return state.answer
                }
                if let answer { continuation.resume(returning: answer) }
            }
        }
    }

    /// Answers all that was asked and what will be; nil: answers nothing from now on.
    func answer(_ answer: HostReach?) {
        let waiting = state.withLock { state in
            state.answer = answer
            guard answer != nil else { return [CheckedContinuation<HostReach, Never>]() }
            defer { state.waiting = [] }
            return state.waiting
        }
        for continuation in waiting { continuation.resume(returning: answer ?? .unknown) }
    }

    /// Returns when so many names were asked for.
    func wait(forNames count: Int) async {
        while asked.count < count { await Task.yield() }
    }
}

@Suite struct DestinationTests {
    private func destinations(
        _ resolver: ScriptedResolver, patience: Duration = .seconds(3_600)
    ) -> Destinations {
        Destinations(resolver: resolver.resolver(patience: patience), allowsPrivateNetworks: false)
    }

    @Test func aHostThatIsPrivateByEveryAddressIsRefused() async throws {
        let resolver = ScriptedResolver(.confined)
        let mistake = await #expect(throws: CampaignMistake.self) {
            try await destinations(resolver).check(url: "https://Inner.test:8443/x")
        }
        #expect(mistake?.field == .privateNetwork)
        #expect(mistake?.message == "Inner.test is a loopback, private or link-local address")
        #expect(resolver.asked == ["inner.test"])
        for reach in [HostReach.open, .unknown] {
            try await destinations(ScriptedResolver(reach)).check(url: "https://inner.test/")
        }
    }

    @Test func anAddressIsNotLookedUp() async throws {
        let resolver = ScriptedResolver(nil)
        let destinations = destinations(resolver)
        await #expect(throws: CampaignMistake.self) {
            try await destinations.check(url: "http://127.1/")
        }
        try await destinations.check(url: "http://[2606:4700::1111]/")
        #expect(resolver.asked.isEmpty)
    }

    @Test func nobodyIsAskedWherePrivateNetworksAreAllowed() async throws {
        let resolver = ScriptedResolver(nil)
        try await Destinations(resolver: resolver.resolver(), allowsPrivateNetworks: true)
            .check(url: "http://inner.test/")
        #expect(resolver.asked.isEmpty)
    }

    @Test func aNameIsAskedForOnceByAllWhoWantToKnowIt() async throws {
        let resolver = ScriptedResolver(nil)
        let destinations = destinations(resolver)
        await withTaskGroup(of: Bool.self) { group in
            for _ in 0..<20 {
                group.addTask {
                    do { try await destinations.check(url: "http://a.test/") } catch { return true }
                    return false
                }
            }
            await resolver.wait(forNames: 1)
            resolver.answer(.confined)
            for await isRefused in group { #expect(isRefused) }
        }
        await #expect(throws: CampaignMistake.self) {
            try await destinations.check(url: "https://A.test./")
        }
        #expect(resolver.asked == ["a.test"])
    }

    @Test func whoWaitsInVainPasses() async throws {
        let resolver = ScriptedResolver(nil)
        let destinations = destinations(resolver, patience: .milliseconds(1))
        // More than are asked for at a time: the rest pass without having been asked for.
        for index in 0..<3 * DestinationLimits.lookUps {
            try await destinations.check(url: "http://a\(index).test/")
        }
        #expect(resolver.asked.count == DestinationLimits.lookUps)
        resolver.answer(.open)
    }

    @Test func fewNamesAreAskedForAtATime() async throws {
        let resolver = ScriptedResolver(nil)
        let destinations = destinations(resolver)
        try await withThrowingTaskGroup(of: Void.self) { group in
            for index in 0..<4 * DestinationLimits.lookUps {
                group.addTask { try await destinations.check(url: "http://a\(index).test/") }
            }
            await resolver.wait(forNames: DestinationLimits.lookUps)
            for _ in 0..<1_000 { await Task.yield() }
            #expect(resolver.asked.count == DestinationLimits.lookUps)
            resolver.answer(.open)
            try await group.waitForAll()
        }
        #expect(Set(resolver.asked).count == 4 * DestinationLimits.lookUps)
    }
}

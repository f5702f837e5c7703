import Engine
import EngineTesting
import Pacing
import Testing

@Suite("Limits of campaigns and hosts")
struct ShardLimitTests {
    private let first = SendSlot(0)
    private let second = SendSlot(1)

    private func unlimited() -> RateLimiter { RateLimiter(.unlimited, nowNanoseconds: 0) }

    private func chain(_ bound: InFlightLimit) -> LimiterChain {
        LimiterChain([.init(.app, unlimited(), inFlight: bound)])
    }

    @Test("so many requests are on the wire as a bound allows, and each that ends gives its place")
    func inFlight() {
        let bound = InFlightLimit(limit: 3)
        let harness = ShardHarness()
        harness.page(6)
        harness.add(limiters: chain(bound))
        harness.settle()
        #expect(harness.transport.requests.count == 3 && bound.count == 3)
        harness.transport.answer(harness.transport.requests[0], 200)
        harness.transport.answer(harness.transport.requests[1], 503)
        harness.settle()
        #expect(harness.transport.requests.count == 5 && bound.count == 3)
        bound.limit = 1
        for request in harness.transport.requests[2...] { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.transport.requests.count == 6 && bound.count == 1)
    }

    @Test("a shard that a bound holds up comes again within about a millisecond")
    func polls() {
        let bound = InFlightLimit(limit: 1)
        #expect(bound.take(upTo: 1).count == 1)
        let harness = ShardHarness()
        harness.page(1)
        harness.add(limiters: chain(bound))
        harness.settle()
        #expect(harness.turn() == .at(harness.nowNanoseconds + 1_000_000))
        // The place of another shard comes free.
        bound.release()
        harness.advance(milliseconds: 1)
        #expect(harness.transport.requests.count == 1)
    }

    @Test("campaigns under one bound take turns")
    func fairness() {
        let bound = InFlightLimit(limit: 4)
        let harness = ShardHarness()
        harness.page(40, of: first)
        harness.page(40, of: second)
        harness.add(first, limiters: chain(bound))
        harness.settle()
        harness.add(second, limiters: chain(bound))
        for answered in 0..<30 {
            harness.transport.answer(harness.transport.requests[answered], 200)
            harness.settle()
        }
        let prefix = "\(CampaignID(high: 7, low: 1))"
        let ofSecond = harness.transport.requests.count { $0.key.hasPrefix(prefix) }
        #expect((14...16).contains(ofSecond))
    }

    @Test("shards under one bound share it, also when one is faster to see its own places")
    func fairnessOfShards() {
        let bound = InFlightLimit(limit: 4)
        let harnesses = [ShardHarness(index: 0), ShardHarness(index: 1)]
        var answered = [0, 0]
        for harness in harnesses {
            harness.page(400)
            harness.add(limiters: chain(bound))
            harness.settle()
        }
        #expect(harnesses.map { $0.transport.requests.count } == [4, 0])
        for _ in 0..<200 {
            for (index, harness) in harnesses.enumerated() {
                let requests = harness.transport.requests
                if answered[index] < requests.count {
                    harness.transport.answer(requests[answered[index]], 200)
                    answered[index] += 1
                }
                harness.advance(milliseconds: 1)
            }
            #expect(bound.count <= 4)
        }
        // As evenly as ends of requests allow: the first has four to begin with.
        #expect(abs(answered[0] - answered[1]) < 40)
        #expect(answered[0] + answered[1] >= 200)
    }

    @Test("skips and failures hold no places")
    func givenBack() {
        let bound = InFlightLimit(limit: 10)
        let harness = ShardHarness()
        harness.store.add(
            (0..<8).map { ("r\($0)", $0 % 2 == 0 ? "no host" : "a.test") }, of: first)
        harness.add(url: "http://{{host}}/", limiters: chain(bound))
        harness.settle()
        #expect(harness.transport.requests.count == 4 && bound.count == 4)
    }

    @Test("a shard whose transport was closed gives its places back")
    func abandoned() throws {
        let bound = InFlightLimit(limit: 10)
        let hosts = HostLimits()
        hosts.set(url: "http://a.test/", rate: .unlimited, inFlightMax: 5, nowNanoseconds: 0)
        let harness = ShardHarness()
        harness.page(8)
        harness.add(url: "http://{{host}}/", limiters: chain(bound), hostLimits: hosts)
        harness.settle()
        let entry = try #require(hosts.entry(url: "http://a.test/x"))
        #expect(bound.count == 5 && entry.inFlight.count == 5)
        harness.shard.abandonFlights()
        #expect(bound.count == 0 && entry.inFlight.count == 0)
    }

    // MARK: Hosts

    @Test("a host's rate holds for templates and fixed URLs, and holds nobody else up")
    func hostRate() throws {
        for url in [nil, "http://{{host}}/"] {
            let harness = ShardHarness()
            let hosts = HostLimits()
            let limited = url == nil ? "http://static.test/" : "http://slow.test/"
            hosts.set(
                url: limited, rate: try RateLimit(10, burst: 2),
                nowNanoseconds: harness.nowNanoseconds)
            harness.page(5, host: "slow.test")
            harness.page(5, host: "fast.test")
            harness.add(url: url, hostLimits: hosts)
            harness.settle()
            let fast = url == nil ? 0 : 5
            #expect(harness.transport.requests.count == 2 + fast)
            harness.advance(milliseconds: 99)
            #expect(harness.transport.requests.count == 2 + fast)
            guard case .at(let deadline) = harness.turn() else {
                Issue.record("a shard that a host binds spins")
                return
            }
            #expect(deadline == harness.nowNanoseconds + 1_000_000)
            harness.advance(milliseconds: 1)
            #expect(harness.transport.requests.count == 3 + fast)
            harness.advance(milliseconds: 200)
            #expect(harness.transport.requests.count == 5 + fast)
        }
    }

    @Test("who waits for a host goes in the order of waiting")
    func hostOrder() throws {
        let harness = ShardHarness()
        let hosts = HostLimits()
        hosts.set(
            url: "http://a.test/", rate: try RateLimit(10, burst: 1),
            nowNanoseconds: harness.nowNanoseconds)
        harness.page(4)
        harness.add(url: "http://{{host}}/", hostLimits: hosts)
        harness.settle()
        for _ in 0..<4 { harness.advance(milliseconds: 100) }
        #expect(harness.transport.requests.map(\.body) == ["r0", "r1", "r2", "r3"])
    }

    @Test("tokens of the campaign are not spent on those who wait for a host")
    func hostTokens() throws {
        let harness = ShardHarness()
        let hosts = HostLimits()
        hosts.set(
            url: "http://a.test/", rate: try RateLimit(1, burst: 1),
            nowNanoseconds: harness.nowNanoseconds)
        let limiter = RateLimiter(
            try RateLimit(1, burst: 10), nowNanoseconds: harness.nowNanoseconds)
        harness.page(8)
        harness.add(
            url: "http://{{host}}/", limiters: LimiterChain([.init(.campaign, limiter)]),
            hostLimits: hosts)
        harness.settle()
        #expect(harness.transport.requests.count == 1)
        #expect(limiter.available(nowNanoseconds: harness.nowNanoseconds) == 9)
    }

    @Test("a host's limits change while somebody waits for them, and come for a host that is busy")
    func hostChanges() throws {
        let harness = ShardHarness()
        let hosts = HostLimits()
        harness.page(40, host: "a.test")
        harness.add(url: "http://{{host}}/", inFlightMax: 4, perHostMax: 4, hostLimits: hosts)
        harness.settle()
        #expect(harness.transport.requests.count == 4)
        hosts.set(
            url: "http://a.test/", rate: try RateLimit(parsing: "1/h", burst: 1), inFlightMax: 2,
            nowNanoseconds: harness.nowNanoseconds)
        for request in harness.transport.requests { harness.transport.answer(request, 200) }
        harness.settle()
        #expect(harness.transport.requests.count == 5)
        harness.transport.answer(harness.transport.requests[4], 200)
        harness.advance(milliseconds: 1_000)
        #expect(harness.transport.requests.count == 5)
        hosts.set(
            url: "http://a.test/", rate: .unlimited, inFlightMax: 2,
            nowNanoseconds: harness.nowNanoseconds)
        harness.settle()
        #expect(harness.transport.requests.count == 7)
        hosts.remove(url: "http://a.test/", nowNanoseconds: harness.nowNanoseconds)
        harness.settle()
        #expect(harness.transport.requests.count == 9)
    }

    @Test("campaigns with different registries do not share a host's limits")
    func registries() throws {
        let harness = ShardHarness()
        let hosts = [HostLimits(), HostLimits()]
        hosts[0].set(
            url: "http://a.test/", rate: try RateLimit(1, burst: 1),
            nowNanoseconds: harness.nowNanoseconds)
        harness.page(3, of: first)
        harness.page(3, of: second)
        harness.add(first, url: "http://{{host}}/", hostLimits: hosts[0])
        harness.add(second, url: "http://{{host}}/", hostLimits: hosts[1])
        harness.settle()
        #expect(harness.transport.requests.count == 4)
    }
}
